/* Hits an engine with the behaviour of echo.c from many threads at once, the way rough hosts do: relinked lists, tags
 * freed before wrapperExecFree, stale handles, a Destroy during a Write, callbacks that call back in, cancels, resources
 * that go while they are used, wrapperFini while everything runs.
 *
 *     hammer ./libecho.so [threads] [rounds]
 *
 * Ends with 0 and one line, or with the first promise that was broken. Meant to run under ASan, TSan and valgrind too;
 * include the engine's source (-DENGINE_SOURCE='"echo.c"') to instrument both with one build. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aiges/errors.h"
#include "aiges/wrapper.h"

static wrapperSetCtrlPtr set_ctrl;
static wrapperInitPtr init;
static wrapperFiniPtr fini;
static wrapperErrorPtr error_text;
static wrapperLoadResPtr load;
static wrapperUnloadResPtr unload;
static wrapperCreatePtr create;
static wrapperWritePtr writes;
static wrapperReadPtr reads;
static wrapperDestroyPtr destroy;
static wrapperExecPtr exec;
static wrapperExecFreePtr exec_free;
static wrapperExecAsyncPtr exec_async;
static wrapperDebugInfoPtr debug_info;
static aiges_session_cancel_fn cancel;

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            fprintf(stderr, "hammer: %s:%d: broken: %s\n", __func__, __LINE__, #condition); \
            abort();                                                                        \
        }                                                                                   \
    } while (0)

static void open_engine(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "hammer: %s\n", dlerror());
        exit(2);
    }
    const struct {
        const char *name;
        void *where;
    } symbols[] = {{"wrapperSetCtrl", &set_ctrl},
                   {"wrapperInit", &init},
                   {"wrapperFini", &fini},
                   {"wrapperError", &error_text},
                   {"wrapperLoadRes", &load},
                   {"wrapperUnloadRes", &unload},
                   {"wrapperCreate", &create},
                   {"wrapperWrite", &writes},
                   {"wrapperRead", &reads},
                   {"wrapperDestroy", &destroy},
                   {"wrapperExec", &exec},
                   {"wrapperExecFree", &exec_free},
                   {"wrapperExecAsync", &exec_async},
                   {"wrapperDebugInfo", &debug_info},
                   {"aiges_session_cancel", &cancel}};
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *found = dlsym(library, symbols[i].name);
        CHECK(found != NULL);
        memcpy(symbols[i].where, &found, sizeof found);
    }
}

/* What the callbacks count. One per tag that is in flight. */
struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t news;
    int calls, finals, code, inside;
    bool nested; /* write once more from inside */
    const void *handle;
    char text[64];
};

enum { MAILBOXES = 64 };
static struct mailbox mailboxes[MAILBOXES];
static atomic_int meter_calls, trace_calls;

static struct mailbox *mailbox_of(const void *tag) {
    int number = -1;
    CHECK(sscanf(tag, "tag-%d", &number) == 1 && number >= 0 && number < MAILBOXES);
    return &mailboxes[number];
}

static int take(const void *tag, pDataList list, int code) {
    struct mailbox *box = mailbox_of(tag);
    pthread_mutex_lock(&box->lock);
    CHECK(box->finals == 0); /* nothing after the final one */
    CHECK((code == 0) == (list != NULL));
    box->calls++;
    bool nested = box->nested;
    box->nested = false;
    CHECK(box->inside == 0 || !nested);
    box->inside++;
    const void *handle = box->handle;
    pthread_mutex_unlock(&box->lock);

    CHECK(fini() == AIGES_ERR_BUSY);
    if (code != 0) CHECK(error_text(code)[0] != '\0');
    if (nested) {
        struct DataList inner = {.key = "inner", .data = "in", .len = 2, .status = DataContinue};
        CHECK(writes(handle, &inner) == 0);
    }
    pthread_mutex_lock(&box->lock);
    box->inside--;
    if (code != 0) {
        box->finals++;
        box->code = code;
    }
    for (; list != NULL; list = list->next) {
        if (list->status == DataEnd || list->status == DataOnce) box->finals++;
        if (list->len < sizeof box->text) {
            memcpy(box->text, list->data, list->len);
            box->text[list->len] = '\0';
        }
    }
    pthread_cond_broadcast(&box->news);
    pthread_mutex_unlock(&box->lock);
    return 0;
}

static void reset(struct mailbox *box) {
    pthread_mutex_lock(&box->lock);
    box->calls = box->finals = box->code = 0;
    box->nested = false;
    box->handle = NULL;
    pthread_mutex_unlock(&box->lock);
}

static int await_final(struct mailbox *box) {
    pthread_mutex_lock(&box->lock);
    while (box->finals == 0) pthread_cond_wait(&box->news, &box->lock);
    CHECK(box->finals == 1);
    int code = box->code;
    pthread_mutex_unlock(&box->lock);
    return code;
}

static int count_meter(const void *tag, const char *key, int count) {
    CHECK(strcmp(key, "echo.calls") == 0 && count == 1);
    (void)tag;
    atomic_fetch_add(&meter_calls, 1);
    return 0;
}

static int count_trace(const char *tag, const char *key, const char *value) {
    CHECK(strcmp(key, "echo.bytes") == 0 && value[0] != '\0');
    (void)tag;
    atomic_fetch_add(&trace_calls, 1);
    return 0;
}

/* ---- what one thread does in a round ---- */

static struct ParamList sleep_long = {.key = "echo.sleep_ms", .value = "60000"};
static struct ParamList sleep_short = {.key = "echo.sleep_ms", .value = "3"};

static void round_exec(unsigned int seed) {
    char payload[300];
    memset(payload, 'a' + (int)(seed % 26), sizeof payload);
    struct ParamList kind = {.key = "kind", .value = "noise-and-more", .vlen = 5};
    struct ParamList reserved = {.key = "aiges.buffer", .value = "0x1", .next = &kind};
    struct DataList blank = {0}, second = {.key = NULL, .data = payload, .len = seed % 300, .type = DataAudio};
    struct DataList first = {
        .key = "first", .data = payload, .len = 300, .type = DataText, .desc = &reserved, .next = &blank};
    blank.next = &second;
    struct ParamList upper = {.key = "echo.upper", .value = "1"};
    char *tag = strdup("gone");
    pDataList list = NULL;
    int code = exec(tag, &upper, &first, &list, NULL, 0);
    memset(tag, 'x', 4);
    CHECK(code == 0 && list != NULL);
    CHECK(list->len == 300 && ((char *)list->data)[299] == 'A' + (int)(seed % 26) && list->status == DataOnce);
    CHECK(list->desc != NULL && strcmp(list->desc->key, "kind") == 0 && strcmp(list->desc->value, "noise") == 0 &&
          list->desc->vlen == 5 && list->desc->next == NULL);
    if (seed % 300 > 0) {
        CHECK(list->next != NULL && list->next->type == DataAudio && strcmp(list->next->key, "") == 0);
        CHECK(list->next->len == seed % 300 && list->next->next == NULL);
    }
    free(tag);
    const char *dangling = (const char *)(uintptr_t)8; /* hosts free the tag first: whoever reads it dies here */
    struct DataList foreign = {0};
    list->next = seed % 2 ? NULL : &foreign; /* relinked by the host */
    CHECK(exec_free(dangling, &list) == 0 && list == NULL);
    CHECK(exec_free(NULL, &list) == 0);

    struct DataList hole = {.key = "hole", .data = NULL, .len = 4};
    CHECK(exec("t", NULL, &hole, &list, NULL, 0) == AIGES_ERR_INVALID_ARG && list == NULL);
    struct DataList none = {0};
    CHECK(exec("t", NULL, &none, &list, NULL, 0) == 4001 && exec("t", NULL, NULL, &list, NULL, 0) == 4001);
    CHECK(exec("t", NULL, &first, NULL, NULL, 0) == AIGES_ERR_INVALID_ARG);
    CHECK(exec("t", NULL, &first, &list, NULL, 1) == AIGES_ERR_INVALID_ARG);
    struct ParamList word = {.key = "echo.fail", .value = "often"},
                     fail = {.key = "echo.fail", .value = "77", .next = &word};
    CHECK(exec("t", &fail, &first, &list, NULL, 0) == 77 && exec("t", &word, &first, &list, NULL, 0) == 4002);
}

static void round_resource(unsigned int seed) {
    unsigned int id = seed % 4, absent = 1000;
    char body[5000];
    memset(body, 'r', sizeof body);
    struct DataList data = {.key = "p", .data = body, .len = sizeof body, .type = DataPer, .status = DataEnd};
    struct DataList text = {.key = "t", .data = "text", .len = 4};
    CHECK(load(&data, id) == 0);
    pDataList list = NULL;
    int code = exec("t", NULL, &text, &list, &id, 1); /* another thread may have unloaded it */
    CHECK(code == 0 || code == 4004);
    if (code == 0) {
        CHECK(strcmp(list->next->key, "resource") == 0 && list->next->len == sizeof body);
        CHECK(((char *)list->next->data)[4999] == 'r');
        exec_free(NULL, &list);
    }
    code = unload(id);
    CHECK(code == 0 || code == AIGES_ERR_UNKNOWN_RESOURCE);
    CHECK(unload(absent) == AIGES_ERR_UNKNOWN_RESOURCE && load(NULL, id) == AIGES_ERR_INVALID_ARG);
    CHECK(exec("t", NULL, &text, &list, &absent, 1) == 4004);
}

static void round_session(unsigned int seed) {
    int code = 1;
    const void *handle = create("s", NULL, NULL, NULL, 0, &code);
    CHECK(handle != NULL && code == 0);
    pDataList list = NULL;
    CHECK(reads(handle, &list) == 0 && list == NULL);
    for (int i = 0; i < 4; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%u-%d", seed, i);
        struct DataList piece = {
            .key = "k", .data = text, .len = (unsigned)length, .status = i == 3 ? DataEnd : (DataStatus)(i > 0)};
        CHECK(writes(handle, &piece) == 0);
    }
    CHECK(writes(handle, NULL) == 0);
    for (int i = 0; i < 4; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%u-%d", seed, i);
        CHECK(reads(handle, &list) == 0 && list != NULL);
        CHECK(list->len == (unsigned)length && memcmp(list->data, text, list->len) == 0);
        CHECK((int)list->status == (i == 3 ? DataEnd : i > 0));
        if (i == 1) break; /* leave some unread */
    }
    CHECK(strstr(debug_info(handle), "4 written") != NULL);
    CHECK(destroy(handle) == 0 && destroy(handle) == AIGES_ERR_UNKNOWN_HANDLE);
    CHECK(writes(handle, NULL) == AIGES_ERR_UNKNOWN_HANDLE && reads(handle, &list) == AIGES_ERR_UNKNOWN_HANDLE);
    CHECK(reads(NULL, &list) == AIGES_ERR_UNKNOWN_HANDLE && destroy(&code) == AIGES_ERR_UNKNOWN_HANDLE);
    CHECK(debug_info(handle)[0] == '\0' && debug_info(NULL)[0] == '\0');
}

static void round_callbacks(int box_number, const char *tag) {
    struct mailbox *box = &mailboxes[box_number];
    reset(box);
    int code = 1;
    const void *handle = create(tag, NULL, take, NULL, 0, &code);
    CHECK(handle != NULL && code == 0);
    pthread_mutex_lock(&box->lock);
    box->handle = handle;
    box->nested = true;
    pthread_mutex_unlock(&box->lock);
    struct DataList piece = {.key = "k", .data = "first", .len = 5, .status = DataBegin};
    CHECK(writes(handle, &piece) == 0 && box->calls == 2); /* the nested one as well */
    piece.status = DataEnd;
    CHECK(writes(handle, &piece) == 0 && box->finals == 1);
    CHECK(writes(handle, &piece) == 4003 && box->calls == 3);
    CHECK(destroy(handle) == 0);

    reset(box);
    handle = create(tag, NULL, take, NULL, 0, NULL);
    CHECK(cancel(handle, NULL) == 0 && cancel(handle, NULL) == 0);
    CHECK(writes(handle, &piece) == 4005 && box->code == 4005 && writes(handle, &piece) == 4005 && box->finals == 1);
    CHECK(destroy(handle) == 0 && cancel(handle, NULL) == AIGES_ERR_UNKNOWN_HANDLE);
}

struct helper {
    const void *handle;
    const char *tag;
    int code;
};

static void *slow_write(void *argument) {
    struct helper *helper = argument;
    struct DataList piece = {.key = "k", .data = "x", .len = 1, .status = DataEnd};
    helper->code = writes(helper->handle, &piece);
    return NULL;
}

static void *slow_exec(void *argument) {
    struct helper *helper = argument;
    struct DataList piece = {.key = "k", .data = "x", .len = 1, .status = DataOnce};
    pDataList list = NULL;
    helper->code = exec(helper->tag, &sleep_long, &piece, &list, NULL, 0);
    CHECK(list == NULL);
    return NULL;
}

static void round_ended_from_outside(unsigned int seed, const char *tag) {
    struct helper helper = {.handle = create(tag, &sleep_long, NULL, NULL, 0, NULL), .tag = tag};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, slow_write, &helper) == 0);
    if (seed % 2) sched_yield();
    CHECK(destroy(helper.handle) == 0); /* before, in, or after the write's sleep began */
    pthread_join(thread, NULL);
    CHECK(helper.code == AIGES_ERR_UNKNOWN_HANDLE);

    CHECK(pthread_create(&thread, NULL, slow_exec, &helper) == 0);
    while (cancel(NULL, tag) != 0) sched_yield();
    pthread_join(thread, NULL);
    CHECK(helper.code == 4005);
}

static void round_async(unsigned int seed, int box_number, const char *tag) {
    struct mailbox *box = &mailboxes[box_number];
    struct DataList piece = {.key = "k", .data = "later", .len = 5, .status = DataBegin};
    reset(box);
    char *brief = strdup(tag), *text = strdup("later");
    piece.data = text;
    CHECK(exec_async(brief, seed % 2 ? &sleep_short : NULL, &piece, take, 0, NULL, 0) == 0);
    memset(brief, 'x', strlen(brief));
    memset(text, 'x', 5);
    free(brief);
    free(text);
    CHECK(await_final(box) == 0 && strcmp(box->text, "later") == 0);

    piece.data = "later";
    reset(box);
    CHECK(exec_async(tag, &sleep_long, &piece, take, 2, NULL, 0) == 0);
    CHECK(await_final(box) == AIGES_ERR_TIMEOUT);

    reset(box);
    CHECK(exec_async(tag, &sleep_long, &piece, take, 0, NULL, 0) == 0);
    CHECK(cancel(NULL, tag) == 0);
    CHECK(await_final(box) == 4005);

    CHECK(exec_async(tag, NULL, &piece, NULL, 0, NULL, 0) == AIGES_ERR_INVALID_ARG);
    CHECK(exec_async(tag, NULL, NULL, take, 0, NULL, 0) == 4001);
}

struct thread {
    pthread_t id;
    int number, rounds;
};

static void *hammer(void *argument) {
    struct thread *self = argument;
    char tag[16];
    snprintf(tag, sizeof tag, "tag-%d", self->number);
    for (int i = 0; i < self->rounds; i++) {
        unsigned int seed = (unsigned)(i * 7 + self->number);
        round_exec(seed);
        round_resource(seed);
        round_session(seed);
        round_callbacks(self->number, tag);
        round_ended_from_outside(seed, tag);
        round_async(seed, self->number, tag);
        set_ctrl(CTMeterCustom, i % 2 ? (void *)count_meter : NULL);
    }
    return NULL;
}

static void refused_everywhere(int code) {
    pDataList list = (pDataList)&code;
    int create_code = 0;
    struct DataList text = {.key = "t", .data = "text", .len = 4};
    CHECK(exec("t", NULL, &text, &list, NULL, 0) == code && list == NULL);
    CHECK(exec_async("t", NULL, &text, take, 0, NULL, 0) == code);
    CHECK(create("t", NULL, NULL, NULL, 0, &create_code) == NULL && create_code == code);
    CHECK(create("t", NULL, NULL, NULL, 0, NULL) == NULL);
    CHECK(writes(&code, &text) == code && reads(&code, &list) == code && load(&text, 1) == code && unload(1) == code);
    CHECK(destroy(&code) == (code == AIGES_ERR_FORKED ? code : AIGES_ERR_UNKNOWN_HANDLE));
    CHECK(debug_info(&code)[0] == '\0' && error_text(code)[0] != '\0');
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int at_gate, through_gate;

static int block(const void *tag, pDataList list, int code) {
    (void)tag, (void)list, (void)code;
    atomic_fetch_add(&at_gate, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    atomic_fetch_add(&through_gate, 1);
    return 0;
}

/* wrapperFini while requests sleep, wait in line, and sit in a callback that does not return. */
static void fini_while_busy(void) {
    struct DataList text = {.key = "t", .data = "text", .len = 4};
    atomic_store(&at_gate, 0);
    atomic_store(&through_gate, 0);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 3; i++) CHECK(exec_async("gate", NULL, &text, block, 0, NULL, 0) == 0);
    while (atomic_load(&at_gate) < 3) sched_yield();
    for (int i = 0; i < 20; i++) {
        char tag[16];
        snprintf(tag, sizeof tag, "tag-%d", MAILBOXES - 1 - i);
        reset(&mailboxes[MAILBOXES - 1 - i]);
        CHECK(exec_async(tag, &sleep_long, &text, take, 0, NULL, 0) == 0);
        create(tag, NULL, take, NULL, 0, NULL);
    }
    struct helper helper = {.tag = "sleeper", .handle = create("w", &sleep_long, NULL, NULL, 0, NULL)};
    pthread_t execing, writing;
    CHECK(pthread_create(&execing, NULL, slow_exec, &helper) == 0);
    struct helper writer = helper;
    CHECK(pthread_create(&writing, NULL, slow_write, &writer) == 0);
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    CHECK(fini() == 0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    CHECK(ended.tv_sec - began.tv_sec < 5);
    pthread_join(execing, NULL);
    pthread_join(writing, NULL);
    CHECK(helper.code == AIGES_ERR_STOPPING || helper.code == AIGES_ERR_NOT_READY);
    CHECK(writer.code == AIGES_ERR_STOPPING || writer.code == AIGES_ERR_NOT_READY);
    for (int i = 0; i < 20; i++) CHECK(mailboxes[MAILBOXES - 1 - i].calls == 0);
    refused_everywhere(AIGES_ERR_NOT_READY);
    CHECK(init(NULL) == 0); /* a new life while old callbacks are still out there */
    pthread_mutex_unlock(&gate);
    while (atomic_load(&through_gate) < 3) sched_yield();
}

static void fork_and_look(void) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        refused_everywhere(AIGES_ERR_FORKED);
        _exit(init(NULL) == AIGES_ERR_FORKED && fini() == AIGES_ERR_FORKED ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int count, char **arguments) {
    if (count < 2) return fprintf(stderr, "usage: hammer ENGINE.so [threads] [rounds]\n"), 2;
    int threads = count > 2 ? atoi(arguments[2]) : 4, rounds = count > 3 ? atoi(arguments[3]) : 200;
    if (threads > MAILBOXES / 2) threads = MAILBOXES / 2;
    open_engine(arguments[1]);
    for (int i = 0; i < MAILBOXES; i++) {
        pthread_mutex_init(&mailboxes[i].lock, NULL);
        pthread_cond_init(&mailboxes[i].news, NULL);
    }
    refused_everywhere(AIGES_ERR_NOT_READY);
    CHECK(fini() == 0);
    set_ctrl(CTMeterCustom, (void *)count_meter);
    set_ctrl(CTTraceLog, (void *)count_trace);
    set_ctrl(CTMetricsLog, (void *)count_trace);
    set_ctrl((CtrlType)99, NULL);
    struct ParamList fail = {.key = "echo.fail_init", .value = "42"};
    CHECK(init(&fail) == 42);
    refused_everywhere(AIGES_ERR_NOT_READY);
    for (int life = 0; life < 3; life++) {
        struct ParamList blank = {0};
        CHECK(init(life == 0 ? NULL : &blank) == 0 && init(NULL) == AIGES_ERR_ALREADY_INIT);
        struct thread all[MAILBOXES / 2];
        for (int i = 0; i < threads; i++) {
            all[i] = (struct thread){.number = i, .rounds = rounds};
            CHECK(pthread_create(&all[i].id, NULL, hammer, &all[i]) == 0);
        }
        for (int i = 0; i < threads; i++) pthread_join(all[i].id, NULL);
        fini_while_busy();
#ifndef NO_FORK
        fork_and_look();
#endif
        CHECK(fini() == 0 && fini() == 0);
    }
    printf("hammer: %d threads x %d rounds x 3 lives: all promises kept (%d meters, %d traces)\n", threads, rounds,
           atomic_load(&meter_calls), atomic_load(&trace_calls));
    return 0;
}
