/* A host that treats an engine the way the AIGES AIservice does: one engine,
 * opened as ./libwrapper.so, through the fifteen functions and nothing else.
 *
 *     cd FOLDER_OF_THE_ENGINE && aiges_style_host [options] COMMAND [TEXT...]
 *
 *     exec TEXT...      one request for each text
 *     session TEXT...   one session, one write for each text, results read
 *     stream TEXT...    one session, results called back
 *     async TEXT...     one asynchronous request for each text
 *     all TEXT...       all of these
 *
 *     --engine PATH     another library than ./libwrapper.so
 *     --config K=V      for wrapperInit; any number of times, as are the next
 *     --param K=V       for every request
 *     --save FILE       writes the bytes of all results there
 *     --repeat N        does the command N times (default 1)
 *
 * Its habits: RTLD_NOW without RTLD_GLOBAL; config, params and desc out of hash maps, so in no order, an empty one as a
 * node of nothing; every call of a session on another thread; inputs overwritten and freed as soon as a call returns;
 * wrapperExecFree gets a tag that is gone; wrapperError asked on another thread than the failure; requests sent
 * even if wrapperInit failed; wrapperFini on a thread of its own. It never calls wrapperSetCtrl, wrapperLoadRes,
 * wrapperUnloadRes, wrapperDebugInfo, wrapperVersion. One habit is left out: it ends with 1, not 0, on a load error. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiges/wrapper.h"

enum { READ_PAUSE_MS = 50, EMPTY_READS = 100 };

static struct {
    wrapperSetCtrlPtr set_ctrl;
    wrapperInitPtr init;
    wrapperFiniPtr fini;
    wrapperErrorPtr error;
    wrapperVersionPtr version;
    wrapperLoadResPtr load_res;
    wrapperUnloadResPtr unload_res;
    wrapperCreatePtr create;
    wrapperWritePtr write;
    wrapperReadPtr read;
    wrapperDestroyPtr destroy;
    wrapperExecPtr exec;
    wrapperExecFreePtr exec_free;
    wrapperExecAsyncPtr exec_async;
    wrapperDebugInfoPtr debug_info;
} engine;

static pParamList config, param;
static FILE *save;
static int failures;

static void *reserve(size_t size) {
    void *memory = calloc(1, size);
    if (memory == NULL) abort();
    return memory;
}

static char *copy(const char *text) { return strcpy(reserve(strlen(text) + 1), text); }

static bool load_engine(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "cannot load the engine: %s\n", dlerror());
        return false;
    }
    static const char *const names[] = {"wrapperSetCtrl",  "wrapperInit",      "wrapperFini",      "wrapperError",
                                        "wrapperVersion",  "wrapperLoadRes",   "wrapperUnloadRes", "wrapperCreate",
                                        "wrapperWrite",    "wrapperRead",      "wrapperDestroy",   "wrapperExec",
                                        "wrapperExecFree", "wrapperExecAsync", "wrapperDebugInfo"};
    _Static_assert(sizeof engine == sizeof names, "one name for each function, in the same order");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *symbol = dlsym(library, names[i]);
        if (symbol == NULL) {
            fprintf(stderr, "cannot load the engine: %s\n", dlerror());
            return false;
        }
        memcpy((char *)&engine + i * sizeof symbol, &symbol, sizeof symbol);
    }
    return true;
}

/* ---- a call hops to a thread of its own ---- */

struct hop {
    const void *handle;
    char *tag;
    pParamList params;
    wrapperCallback callback;
    pDataList data, *list;
    const char *text;
    int code;
};

static void hop(void *(*body)(void *), struct hop *call) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, call) != 0) abort();
    pthread_join(thread, NULL);
}

static void *do_init(void *call) {
    return ((struct hop *)call)->code = engine.init(((struct hop *)call)->params), NULL;
}
static void *do_fini(void *call) { return ((struct hop *)call)->code = engine.fini(), NULL; }
static void *do_error(void *call) {
    return ((struct hop *)call)->text = engine.error(((struct hop *)call)->code), NULL;
}
static void *do_create(void *argument) {
    struct hop *call = argument;
    call->handle = engine.create(call->tag, call->params, call->callback, NULL, 0, &call->code);
    if (call->handle != NULL) call->code = 0;
    return NULL;
}
static void *do_write(void *call) {
    return ((struct hop *)call)->code = engine.write(((struct hop *)call)->handle, ((struct hop *)call)->data), NULL;
}
static void *do_read(void *call) {
    return ((struct hop *)call)->code = engine.read(((struct hop *)call)->handle, ((struct hop *)call)->list), NULL;
}
static void *do_destroy(void *call) {
    return ((struct hop *)call)->code = engine.destroy(((struct hop *)call)->handle), NULL;
}

static bool failed(const char *what, int code) {
    if (code == 0) return false;
    struct hop call = {.code = code};
    hop(do_error, &call);
    fprintf(stderr, "%s failed: %d %s\n", what, code, call.text);
    failures++;
    return true;
}

/* ---- inputs: made for one call, spoiled after it ---- */

/* A copy in turned order, as a hash map might give it; none: one node of nothing. */
static pParamList from_map(pParamList list) {
    pParamList head = NULL;
    for (; list != NULL; list = list->next) {
        pParamList node = reserve(sizeof *node);
        *node =
            (struct ParamList){.key = copy(list->key), .value = copy(list->value), .vlen = list->vlen, .next = head};
        head = node;
    }
    return head != NULL ? head : reserve(sizeof *head);
}

static void spoil(void *memory, size_t size) {
    if (memory != NULL) memset(memory, 0xa5, size);
    free(memory);
}

static void spoil_params(pParamList node) {
    while (node != NULL) {
        pParamList next = node->next;
        if (node->key != NULL) spoil(node->key, strlen(node->key));
        if (node->value != NULL) spoil(node->value, strlen(node->value));
        spoil(node, sizeof *node);
        node = next;
    }
}

static pDataList make_data(const char *text, DataStatus status) {
    pDataList node = reserve(sizeof *node);
    *node = (struct DataList){.key = copy("text"), .data = copy(text), .len = (unsigned)strlen(text), .status = status};
    node->desc = from_map(NULL);
    return node;
}

static void spoil_data(pDataList node) {
    spoil(node->key, strlen(node->key));
    spoil(node->data, node->len);
    spoil_params(node->desc);
    spoil(node, sizeof *node);
}

static char *make_tag(void) {
    static int number;
    char tag[32];
    snprintf(tag, sizeof tag, "request-%d", ++number);
    return copy(tag);
}

/* ---- results ---- */

/* Prints a list; true if it holds the last piece. `by_length`: desc values are read by vlen, or up to their NUL. */
static bool print(const char *what, const struct DataList *node, bool by_length) {
    bool last = false;
    for (; node != NULL; node = node->next) {
        printf("%s: key=%s type=%d status=%d len=%u", what, node->key, (int)node->type, (int)node->status, node->len);
        for (const struct ParamList *item = node->desc; item != NULL && item->key != NULL; item = item->next)
            printf(" %s=%.*s", item->key, by_length ? (int)item->vlen : (int)strlen(item->value), item->value);
        if (node->type == DataText && node->len <= 200) printf(" \"%.*s\"", (int)node->len, (const char *)node->data);
        printf("\n");
        if (save != NULL && node->len > 0) fwrite(node->data, 1, node->len, save);
        last = last || node->status >= DataEnd;
    }
    return last;
}

static struct {
    pthread_mutex_t lock;
    pthread_cond_t done;
    char tag[32]; /* "": nobody waits */
    bool finished;
} waiting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, "", false};

static int take(const void *tag, pDataList list, int code) {
    pthread_mutex_lock(&waiting.lock);
    bool known = tag != NULL && strcmp(tag, waiting.tag) == 0;
    if (known) {
        if (code != 0) {
            fprintf(stderr, "callback failed: %d %s\n", code, engine.error(code));
            failures++;
        }
        waiting.finished = print("callback", list, false) || code != 0 || waiting.finished;
        pthread_cond_signal(&waiting.done);
    }
    pthread_mutex_unlock(&waiting.lock);
    return known ? 0 : -1;
}

static void expect(const char *tag) {
    pthread_mutex_lock(&waiting.lock);
    snprintf(waiting.tag, sizeof waiting.tag, "%s", tag);
    waiting.finished = false;
    pthread_mutex_unlock(&waiting.lock);
}

static void await(bool answered) {
    pthread_mutex_lock(&waiting.lock);
    while (answered && !waiting.finished) pthread_cond_wait(&waiting.done, &waiting.lock);
    waiting.tag[0] = '\0';
    pthread_mutex_unlock(&waiting.lock);
}

/* ---- commands ---- */

static void run_exec(int count, char **texts) {
    for (int i = 0; i < count; i++) {
        char *tag = make_tag();
        pParamList params = from_map(param);
        pDataList data = make_data(texts[i], DataOnce), result = NULL;
        struct timespec began, ended;
        clock_gettime(CLOCK_MONOTONIC, &began);
        int code = engine.exec(tag, params, data, &result, NULL, 0);
        clock_gettime(CLOCK_MONOTONIC, &ended);
        spoil_params(params);
        spoil_data(data);
        if (!failed("wrapperExec", code)) {
            print("exec", result, true);
            fprintf(stderr, "wrapperExec took %.1f us\n",
                    (double)(ended.tv_sec - began.tv_sec) * 1e6 + (double)(ended.tv_nsec - began.tv_nsec) / 1e3);
            engine.exec_free((const char *)(uintptr_t)8, &result); /* as good as freed: who reads the tag dies */
        }
        spoil(tag, strlen(tag));
    }
}

/* Reads until the last piece, or until the engine has had nothing for too long. */
static void read_all(const void *handle) {
    for (int empty = 0; empty < EMPTY_READS;) {
        pDataList list = NULL;
        struct hop call = {.handle = handle, .list = &list};
        hop(do_read, &call);
        if (failed("wrapperRead", call.code) || print("read", list, true)) return;
        if (list != NULL) continue;
        empty++;
        nanosleep(&(struct timespec){.tv_nsec = READ_PAUSE_MS * 1000000L}, NULL);
    }
    fprintf(stderr, "wrapperRead gave no last piece\n");
    failures++;
}

static void run_session(int count, char **texts, wrapperCallback callback) {
    struct hop call = {.tag = make_tag(), .params = from_map(param), .callback = callback};
    if (callback != NULL) expect(call.tag);
    hop(do_create, &call);
    spoil_params(call.params);
    bool good = !failed("wrapperCreate", call.code);
    for (int i = 0; i < count && good; i++) {
        DataStatus status = count == 1 ? DataOnce : i == 0 ? DataBegin : i == count - 1 ? DataEnd : DataContinue;
        call.data = make_data(texts[i], status);
        hop(do_write, &call);
        spoil_data(call.data);
        good = !failed("wrapperWrite", call.code);
    }
    if (callback != NULL)
        await(good);
    else if (good)
        read_all(call.handle);
    if (call.handle != NULL) {
        hop(do_destroy, &call);
        failed("wrapperDestroy", call.code);
    }
    spoil(call.tag, strlen(call.tag));
}

static void run_async(int count, char **texts) {
    for (int i = 0; i < count; i++) {
        char *tag = make_tag();
        pParamList params = from_map(param);
        pDataList data = make_data(texts[i], DataOnce);
        expect(tag);
        int code = engine.exec_async(tag, params, data, take, 0, NULL, 0);
        spoil_params(params);
        spoil_data(data);
        await(!failed("wrapperExecAsync", code));
        spoil(tag, strlen(tag));
    }
}

static void run(const char *command, int count, char **texts) {
    bool all = strcmp(command, "all") == 0;
    if (all || strcmp(command, "exec") == 0) run_exec(count, texts);
    if (all || strcmp(command, "session") == 0) run_session(count, texts, NULL);
    if (all || strcmp(command, "stream") == 0) run_session(count, texts, take);
    if (all || strcmp(command, "async") == 0) run_async(count, texts);
}

static bool add(pParamList *list, const char *pair) {
    const char *equals = strchr(pair, '=');
    if (equals == NULL) return false;
    pParamList node = reserve(sizeof *node);
    node->key = copy(pair);
    node->key[equals - pair] = '\0';
    node->value = copy(equals + 1);
    node->vlen = (unsigned)strlen(node->value);
    node->next = *list;
    *list = node;
    return true;
}

int main(int count, char **words) {
    const char *path = "./libwrapper.so";
    int repeat = 1, at = 1;
    for (; at + 1 < count && strncmp(words[at], "--", 2) == 0; at += 2) {
        const char *option = words[at], *value = words[at + 1];
        if (strcmp(option, "--engine") == 0)
            path = value;
        else if (strcmp(option, "--repeat") == 0)
            repeat = atoi(value);
        else if (strcmp(option, "--save") == 0 && (save = fopen(value, "wb")) != NULL)
            continue;
        else if (strcmp(option, "--config") == 0 && add(&config, value))
            continue;
        else if (strcmp(option, "--param") == 0 && add(&param, value))
            continue;
        else
            return fprintf(stderr, "bad option: %s %s\n", option, value), 2;
    }
    if (at >= count)
        return fprintf(stderr, "usage: aiges_style_host [options] exec|session|stream|async|all TEXT...\n"), 2;
    if (!load_engine(path)) return 1;

    struct hop call = {.params = from_map(config)};
    hop(do_init, &call);
    spoil_params(call.params);
    failed("wrapperInit", call.code); /* and goes on: the engine has to bear it */
    for (int i = 0; i < repeat; i++) run(words[at], count - at - 1, words + at + 1);
    hop(do_fini, &call);
    failed("wrapperFini", call.code);

    spoil_params(config);
    spoil_params(param);
    if (save != NULL && fclose(save) != 0) failures++;
    return failures != 0;
}
