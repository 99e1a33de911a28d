#include "host.h"

#include <dlfcn.h>
#include <stdarg.h>

struct engine engine;
const char *engine_path;
struct ParamList *config;
char **words;

/* ---- The engine ---- */

static void *symbol(const char *name) {
    void *found = dlsym(engine.library, name);
    if (found == NULL) FAIL("symbol '%s' is missing in '%s'", name, engine_path);
    return found;
}

void open_engine(void) {
    engine.library = dlopen(engine_path, RTLD_NOW | RTLD_LOCAL);
    if (engine.library == NULL) FAIL("cannot open '%s': %s", engine_path, dlerror());
    engine.set_ctrl = symbol("wrapperSetCtrl");
    engine.init = symbol("wrapperInit");
    engine.fini = symbol("wrapperFini");
    engine.error = symbol("wrapperError");
    engine.version = symbol("wrapperVersion");
    engine.load_res = symbol("wrapperLoadRes");
    engine.unload_res = symbol("wrapperUnloadRes");
    engine.create = symbol("wrapperCreate");
    engine.write = symbol("wrapperWrite");
    engine.read = symbol("wrapperRead");
    engine.destroy = symbol("wrapperDestroy");
    engine.exec = symbol("wrapperExec");
    engine.exec_free = symbol("wrapperExecFree");
    engine.exec_async = symbol("wrapperExecAsync");
    engine.debug_info = symbol("wrapperDebugInfo");
}

void start(void) {
    const int code = engine.init(config);
    if (code != 0) FAIL("wrapperInit returned %d: %s", code, engine.error(code));
}

void stop(void) { SAME(engine.fini(), 0); }

/* ---- Checks ---- */

void fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    flockfile(stderr);
    fprintf(stderr, "FAILED %s:%d: ", strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    fflush(stderr);
    va_end(arguments);
    _exit(1);
}

void same_int(const char *file, int line, const char *what, long long got, long long expected) {
    if (got != expected) fail(file, line, "%s is %lld, expected %lld", what, got, expected);
}

void same_text(const char *file, int line, const char *what, const char *got, const char *expected) {
    if (got == NULL || strcmp(got, expected) != 0)
        fail(file, line, "%s is '%s', expected '%s'", what, got != NULL ? got : "(null)", expected);
}

/* ---- Lists ---- */

struct ParamList *params(const char *key, ...) {
    struct ParamList *first = NULL, **end = &first;
    va_list arguments;
    va_start(arguments, key);
    for (; key != NULL; key = va_arg(arguments, const char *)) {
        const char *value = va_arg(arguments, const char *);
        *end = calloc(1, sizeof **end);
        (*end)->key = strdup(key);
        (*end)->value = strdup(value);
        (*end)->vlen = (unsigned int)strlen(value);
        end = &(*end)->next;
    }
    va_end(arguments);
    return first;
}

struct DataList *node(const char *key, const void *data, unsigned int len, int type, int status,
                      struct DataList *next) {
    struct DataList *made = calloc(1, sizeof *made);
    made->key = key != NULL ? strdup(key) : NULL;
    made->len = len;
    made->type = (DataType)type;
    made->status = (DataStatus)status;
    made->next = next;
    if (data != NULL) {
        made->data = malloc(len + 1); /* one byte more: len 0 is a pointer, too */
        memcpy(made->data, data, len);
    }
    return made;
}

struct DataList *text_node(const char *text) {
    return node("text", text, (unsigned int)strlen(text), DataText, DataOnce, NULL);
}

static void spoil(void *memory, size_t size) {
    if (memory != NULL) memset(memory, 0xDD, size);
    free(memory);
}

void free_params(struct ParamList *list) {
    while (list != NULL) {
        struct ParamList *next = list->next;
        spoil(list->value, list->value != NULL ? strlen(list->value) : 0);
        spoil(list->key, list->key != NULL ? strlen(list->key) : 0);
        spoil(list, sizeof *list);
        list = next;
    }
}

void free_data(struct DataList *list) {
    while (list != NULL) {
        struct DataList *next = list->next;
        spoil(list->data, list->data != NULL ? list->len : 0);
        spoil(list->key, list->key != NULL ? strlen(list->key) : 0);
        free_params(list->desc);
        spoil(list, sizeof *list);
        list = next;
    }
}

/* ---- Calls ---- */

void read_list(struct DataList *list, struct answer *answer) {
    answer->count = 0;
    answer->len = 0;
    for (; list != NULL; list = list->next) {
        CHECK(list->key != NULL);
        CHECK(list->data != NULL || list->len == 0);
        for (struct ParamList *desc = list->desc; desc != NULL; desc = desc->next)
            CHECK(desc->value[desc->vlen] == '\0' && strlen(desc->value) == desc->vlen);
        const size_t room = sizeof answer->text - 1 - answer->len;
        if (answer->len < sizeof answer->text)
            memcpy(answer->text + answer->len, list->data, list->len < room ? list->len : room);
        answer->len += list->len;
        ++answer->count;
    }
    answer->text[answer->len < sizeof answer->text ? answer->len : sizeof answer->text - 1] = '\0';
}

static void check_failure(int code) {
    const char *text = engine.error(code);
    CHECK(text != NULL && text[0] != '\0');
    CHECK(strstr(text, "PAYLOAD") == NULL);
}

struct answer *ask(struct ParamList *wishes, struct DataList *data) {
    static _Thread_local struct answer answer;
    struct DataList *response = (void *)-1;
    answer.code = engine.exec("tag", wishes, data, &response, NULL, 0);
    free_params(wishes);
    free_data(data);
    if (answer.code != 0) {
        CHECK(response == NULL);
        check_failure(answer.code);
    }
    read_list(response, &answer);
    SAME(engine.exec_free((const char *)8, &response), 0); /* the tag is not read */
    CHECK(response == NULL);
    return &answer;
}

int ask_code(struct ParamList *wishes, struct DataList *data) { return ask(wishes, data)->code; }

const char *ask_text(struct ParamList *wishes, struct DataList *data) {
    struct answer *answer = ask(wishes, data);
    if (answer->code != 0) FAIL("wrapperExec returned %d: %s", answer->code, engine.error(answer->code));
    return answer->text;
}

void good_call(void) { SAME_TEXT(ask_text(NULL, text_node("are you well")), "are you well"); }

const void *create(const char *tag, struct ParamList *wishes, wrapperCallback callback, int *code) {
    *code = 12345;
    const void *handle = engine.create(tag, wishes, callback, NULL, 0, code);
    free_params(wishes);
    CHECK((handle != NULL) == (*code == 0));
    if (*code != 0) check_failure(*code);
    return handle;
}

int write_text(const void *handle, const char *text, int status) {
    struct DataList *data = node("text", text, (unsigned int)strlen(text), DataText, status, NULL);
    const int code = engine.write(handle, data);
    free_data(data);
    return code;
}

int read_text(const void *handle, struct answer *answer) {
    struct DataList *response = NULL;
    answer->code = engine.read(handle, &response);
    CHECK(answer->code == 0 || response == NULL);
    read_list(response, answer);
    return answer->code;
}

int start_async(const char *tag, struct ParamList *wishes, const char *text, wrapperCallback callback, int timeout) {
    struct DataList *data = text_node(text);
    char *copy = tag != NULL ? strdup(tag) : NULL;
    const int code = engine.exec_async(copy, wishes, data, callback, timeout, NULL, 0);
    spoil(copy, copy != NULL ? strlen(copy) : 0);
    free_params(wishes);
    free_data(data);
    return code;
}

/* ---- Callbacks ---- */

#define INBOX {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, 0, {{0}}, NULL}
struct inbox inbox_a = INBOX, inbox_b = INBOX;

static int take(struct inbox *box, const void *tag, pDataList list, int ret) {
    static _Thread_local struct answer answer;
    CHECK(ret == 0 || list == NULL);
    CHECK(ret != 0 || list != NULL);
    read_list(list, &answer);
    pthread_mutex_lock(&box->lock);
    struct received *received = &box->all[box->count % 256];
    received->ret = ret;
    received->final = ret != 0;
    for (; list != NULL; list = list->next) received->final |= (int)list->status >= DataEnd;
    snprintf(received->tag, sizeof received->tag, "%s", tag != NULL ? (const char *)tag : "(null)");
    snprintf(received->text, sizeof received->text, "%.255s", answer.text);
    if (++box->inside > box->most_inside) box->most_inside = box->inside;
    pthread_mutex_unlock(&box->lock);
    if (box->hook != NULL) box->hook(box);
    pthread_mutex_lock(&box->lock);
    --box->inside;
    ++box->count;
    pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->lock);
    return box->answer;
}

int take_a(const void *tag, pDataList list, int ret) { return take(&inbox_a, tag, list, ret); }
int take_b(const void *tag, pDataList list, int ret) { return take(&inbox_b, tag, list, ret); }

void await_count(struct inbox *box, int count) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 60;
    pthread_mutex_lock(&box->lock);
    while (box->count < count)
        if (pthread_cond_timedwait(&box->changed, &box->lock, &limit) != 0)
            FAIL("%d callbacks came within 60 s, expected %d", box->count, count);
    pthread_mutex_unlock(&box->lock);
}

void empty_inbox(struct inbox *box) {
    pthread_mutex_lock(&box->lock);
    box->count = box->most_inside = box->answer = 0;
    box->hook = NULL;
    pthread_mutex_unlock(&box->lock);
}

/* ---- Time and threads ---- */

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void pause_ms(int milliseconds) {
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

pthread_t in_thread(void *(*function)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument) != 0) FAIL("cannot start a thread");
    return thread;
}

void join(pthread_t thread) { pthread_join(thread, NULL); }

long resident_kb(void) {
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2) FAIL("cannot read /proc/self/statm");
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

bool sanitized(void) {
    return dlsym(RTLD_DEFAULT, "__asan_init") != NULL || dlsym(RTLD_DEFAULT, "__tsan_init") != NULL;
}
