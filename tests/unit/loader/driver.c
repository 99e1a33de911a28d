/* A host of libaiges.so with named sub-commands; test_loader.py runs them. Each prints "ok" last, or the check that
 * failed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aiges/loader.h"

#define CHECK(condition)                                                                               \
    do {                                                                                               \
        if (!(condition)) {                                                                            \
            printf("%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition, aiges_last_error()); \
            exit(1);                                                                                   \
        }                                                                                              \
    } while (0)
#define CHECK_CODE(wanted, expression)                                                                           \
    do {                                                                                                         \
        const int code_ = (expression);                                                                          \
        if (code_ != (wanted)) {                                                                                 \
            printf("%s:%d: %s is %d, not %s; last error: %s\n", __FILE__, __LINE__, #expression, code_, #wanted, \
                   aiges_last_error());                                                                          \
            exit(1);                                                                                             \
        }                                                                                                        \
    } while (0)
#define CHECK_ERROR(text) CHECK(strstr(aiges_last_error(), text))

static const char *engine_file;    /* argv[2]: one engine a library */
static const char *instances_file; /* argv[3]: many */

static struct DataList hello = {.key = "text", .data = "hello", .len = 5, .status = DataOnce};

static struct ParamList param(const char *key, const char *value, pParamList next) {
    return (struct ParamList){(char *)key, (char *)value, (unsigned int)strlen(value), next};
}

static aiges_engine *open_engine(const char *file) {
    aiges_engine *engine = NULL;
    CHECK_CODE(0, aiges_engine_open(file, NULL, &engine));
    return engine;
}

static aiges_engine *start_engine(const char *file, pConfig config) {
    aiges_engine *engine = open_engine(file);
    CHECK_CODE(0, aiges_engine_init(engine, config));
    return engine;
}

static int exec_with(aiges_engine *engine, pParamList params, pDataList *result) {
    aiges_call call = AIGES_CALL_INIT;
    call.request = &hello;
    call.params = params;
    return aiges_engine_exec(engine, &call, result);
}

/* One call with one param; its result must be `text`. */
static void check_exec(aiges_engine *engine, const char *key, const char *value, const char *text) {
    struct ParamList params = param(key, value, NULL);
    pDataList result = NULL;
    CHECK_CODE(0, exec_with(engine, &params, &result));
    CHECK(result && result->len == strlen(text) && !memcmp(result->data, text, result->len));
    CHECK_CODE(0, aiges_engine_release(engine, &result));
    CHECK(!result);
}

static aiges_stats stats_of(aiges_engine *engine) {
    aiges_stats stats = AIGES_STATS_INIT;
    CHECK_CODE(0, aiges_engine_stats(engine, &stats));
    return stats;
}

/* -------------------------------------------------------------------------------------------------------------- */

/* driver open FILE CODE: opens and prints the sentence. */
static void open_one(char **argv) {
    aiges_engine *engine = (aiges_engine *)1;
    const int code = aiges_engine_open(argv[2], NULL, &engine);
    printf("%d %s\n", code, aiges_last_error());
    if (code == 0) {
        printf("%s\n", aiges_engine_path(engine));
        CHECK(strlen(aiges_engine_version(engine)));
        CHECK_CODE(0, aiges_engine_close(engine, 0));
    } else {
        CHECK(!engine);
    }
}

/* driver wrapper_file FILE LIBRARY: what a Python wrapper's engine is told at start. */
static void wrapper_file(char **argv) {
    aiges_open_options options = AIGES_OPEN_OPTIONS_INIT;
    options.python_library = argv[3];
    aiges_engine *engine = NULL, *other = NULL;
    CHECK_CODE(0, aiges_engine_open(argv[2], &options, &engine));
    struct ParamList config = param("lang", "en", NULL);
    CHECK_CODE(0, aiges_engine_init(engine, &config));
    check_exec(engine, "show_config", "lang", "en");
    struct ParamList params = param("show_config", "wrapper.file", NULL);
    pDataList result = NULL;
    CHECK_CODE(0, exec_with(engine, &params, &result));
    printf("%.*s\n%s\n", (int)result->len, (char *)result->data, stats_of(engine).name);
    CHECK_CODE(0, aiges_engine_release(engine, &result));

    CHECK_CODE(0, aiges_engine_open(argv[2], &options, &other)); /* any number */
    config = param("wrapper.file", "/mine", NULL);
    CHECK_CODE(0, aiges_engine_init(other, &config));
    check_exec(other, "show_config", "wrapper.file", "/mine");
    CHECK_CODE(0, aiges_engine_close(other, 0));
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void exec_and_stats(char **argv) {
    (void)argv;
    aiges_engine *engine = open_engine(engine_file);
    pDataList result = (pDataList)1;
    CHECK_CODE(AIGES_ERR_NOT_READY, exec_with(engine, NULL, &result));
    CHECK(!result);
    CHECK_ERROR("is not started");
    CHECK(stats_of(engine).state == AIGES_STATE_OPENED && stats_of(engine).calls == 0);

    struct ParamList bad = param("fail_init", "7", NULL);
    CHECK_CODE(7, aiges_engine_init(engine, &bad));
    CHECK_ERROR("seven is not allowed (code 7)");
    CHECK(stats_of(engine).state == AIGES_STATE_FAILED);
    CHECK_CODE(0, aiges_engine_init(engine, NULL));
    CHECK_CODE(AIGES_ERR_ALREADY_INIT, aiges_engine_init(engine, NULL));
    CHECK(stats_of(engine).state == AIGES_STATE_READY);

    check_exec(engine, "no", "thing", "hello");
    struct ParamList params = param("code", "7", NULL);
    result = (pDataList)1;
    CHECK_CODE(7, exec_with(engine, &params, &result));
    CHECK(!result);
    CHECK_ERROR("cannot exec in engine 'engine': seven is not allowed (code 7)");
    params = param("nothing", "1", NULL);
    CHECK_CODE(0, exec_with(engine, &params, &result));
    CHECK(!result);
    CHECK_CODE(0, aiges_engine_release(engine, &result));

    const aiges_stats stats = stats_of(engine);
    CHECK(stats.calls == 3 && stats.failures == 1 && stats.in_flight == 0 && !strcmp(stats.name, "engine"));
    CHECK(stats.bytes_in == 15 && stats.bytes_out == 5 && stats.total_ns > 0 && stats.bytes_copied == 0);
    uint64_t timed = 0;
    for (int i = 0; i < AIGES_STATS_BUCKETS; i++) timed += stats.histogram[i];
    CHECK(timed == 3);
    aiges_stats part = AIGES_STATS_INIT;
    part.size = offsetof(aiges_stats, failures);
    CHECK_CODE(0, aiges_engine_stats(engine, &part));
    CHECK(part.calls == 3 && part.failures == 0 && part.size == offsetof(aiges_stats, failures));

    CHECK_CODE(0, aiges_engine_load_resource(engine, &hello, 4));
    CHECK_CODE(8, aiges_engine_load_resource(engine, NULL, 4));
    CHECK_CODE(0, aiges_engine_unload_resource(engine, 4));
    CHECK_CODE(0, aiges_engine_fini(engine));
    CHECK_CODE(0, aiges_engine_fini(engine));
    CHECK_CODE(AIGES_ERR_NOT_READY, exec_with(engine, NULL, &result));
    CHECK_CODE(0, aiges_engine_init(engine, NULL));
    check_exec(engine, "no", "thing", "hello");
    CHECK_CODE(0, aiges_engine_close(engine, 0));
    CHECK_CODE(AIGES_ERR_ENGINE_CLOSED, exec_with(engine, NULL, &result)); /* late: not crash */
    CHECK_CODE(AIGES_ERR_ENGINE_CLOSED, aiges_engine_close(engine, 0));
    CHECK(!strcmp(aiges_engine_error(engine, AIGES_ERR_BUSY), aiges_engine_error(NULL, AIGES_ERR_BUSY)));
}

static void bad_arguments(char **argv) {
    (void)argv;
    aiges_engine *engine = (aiges_engine *)1;
    aiges_session *session = NULL;
    aiges_call call = AIGES_CALL_INIT;
    pDataList result = NULL;
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_open(NULL, NULL, &engine));
    CHECK(!engine);
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_open("x", NULL, NULL));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_open("", NULL, &engine));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_init(NULL, NULL));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_exec(NULL, &call, &result));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_session_create(NULL, &call, NULL, NULL, &session));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_session_write(NULL, &hello));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_session_read(NULL, &result));
    CHECK_CODE(0, aiges_session_destroy(NULL));
    CHECK_CODE(0, aiges_engine_close(NULL, 0));
    CHECK(!strcmp(aiges_session_debug_info(NULL), "") && !strcmp(aiges_engine_path(NULL), ""));

    engine = start_engine(instances_file, NULL);
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_exec(engine, NULL, &result));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_exec(engine, &call, NULL));
    call.psr_count = 1;
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_exec(engine, &call, &result));
    CHECK_ERROR("psr_ids NULL");
    call.psr_count = 0;
    call.size = 8;
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_engine_exec(engine, &call, &result));
    CHECK_ERROR("AIGES_CALL_INIT");
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void deadline(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    struct ParamList forged = param("aiges.deadline_ms", "1", NULL);
    struct ParamList params = param("show", "aiges.deadline_ms", &forged);
    aiges_call call = AIGES_CALL_INIT;
    call.request = &hello;
    call.params = &params;
    call.deadline_ms = 123456789012345;
    pDataList result = NULL;
    CHECK_CODE(0, aiges_engine_exec(engine, &call, &result));
    CHECK(result->len == 15 && !memcmp(result->data, "123456789012345", 15));
    CHECK_CODE(0, aiges_engine_release(engine, &result));
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void two_engines(char **argv) {
    (void)argv;
    struct ParamList one = param("who", "one", NULL), two = param("who", "two", NULL);
    aiges_engine *first = start_engine(instances_file, &one), *second = start_engine(instances_file, &two);
    check_exec(first, "show_config", "who", "one");
    check_exec(second, "show_config", "who", "two");
    CHECK(stats_of(first).calls == 1 && stats_of(second).calls == 1);
    CHECK_CODE(0, aiges_engine_close(first, 0));
    check_exec(second, "show_config", "who", "two");
    CHECK_CODE(0, aiges_engine_close(second, 0));

    aiges_engine *plain = start_engine(engine_file, NULL), *again = NULL;
    CHECK_CODE(AIGES_ERR_ENGINE_IN_USE, aiges_engine_open(engine_file, NULL, &again));
    CHECK_ERROR("is open already");
    CHECK_CODE(0, aiges_engine_close(plain, 0));
    CHECK_CODE(0, aiges_engine_close(open_engine(engine_file), 0));
}

static void many_engines(char **argv) {
    (void)argv;
    aiges_engine *engines[64], *one_more = NULL;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 64; i++) engines[i] = start_engine(instances_file, NULL);
        CHECK_CODE(AIGES_ERR_TOO_MANY_ENGINES, aiges_engine_open(instances_file, NULL, &one_more));
        for (int i = 0; i < 64; i++) {
            check_exec(engines[i], "no", "thing", "hello");
            CHECK(stats_of(engines[i]).calls == 1); /* not those of the place's last engine */
            CHECK_CODE(0, aiges_engine_close(engines[i], 0));
        }
    }
}

/* ---- asynchronous requests and sessions ------------------------------------------------------------------------ */

struct inbox {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int results, finals, last_code, answer, code_of_close, code_of_fini;
    uint64_t bytes;
    aiges_engine *engine; /* closed and stopped from inside, if set */
    const char *expect;
};

static struct inbox new_inbox(void) {
    return (struct inbox){.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .expect = "hello"};
}

static int receive(void *context, pDataList response, int code) {
    struct inbox *inbox = context;
    if (inbox->engine) {
        inbox->code_of_close = aiges_engine_close(inbox->engine, -1);
        inbox->code_of_fini = aiges_engine_fini(inbox->engine);
    }
    pthread_mutex_lock(&inbox->mutex);
    inbox->results++;
    inbox->last_code = code;
    CHECK(code == 0 || !response);
    int final = code != 0;
    for (; response; response = response->next) {
        CHECK(response->len == strlen(inbox->expect) && !memcmp(response->data, inbox->expect, response->len));
        inbox->bytes += response->len;
        final |= response->status >= DataEnd;
    }
    inbox->finals += final;
    const int answer = inbox->answer;
    pthread_cond_broadcast(&inbox->changed);
    pthread_mutex_unlock(&inbox->mutex); /* after this the inbox may be gone */
    return answer;
}

static void await_finals(struct inbox *inbox, int count) {
    pthread_mutex_lock(&inbox->mutex);
    while (inbox->finals < count) pthread_cond_wait(&inbox->changed, &inbox->mutex);
    pthread_mutex_unlock(&inbox->mutex);
}

static int start_async(aiges_engine *engine, const char *tag, const char *mode, struct inbox *inbox) {
    struct ParamList params = param("mode", mode, NULL);
    aiges_call call = AIGES_CALL_INIT;
    call.usr_tag = tag;
    call.request = &hello;
    call.params = &params;
    return aiges_engine_exec_async(engine, &call, receive, inbox);
}

/* What the engine answers to a question about the callbacks it made. */
static int ask_engine(aiges_engine *engine, const char *what) {
    struct ParamList params = param(what, "1", NULL);
    pDataList none = NULL;
    return exec_with(engine, &params, &none);
}

static int returned_to(aiges_engine *engine) { return ask_engine(engine, "show_returned"); }
static int returns_to(aiges_engine *engine) { return ask_engine(engine, "show_returns"); }

/* The engine's threads note what a callback returned after the host has seen the callback. */
static void await_returns(aiges_engine *engine, int count) {
    while (returns_to(engine) != count) usleep(100);
}

static void async_on(const char *file) {
    aiges_engine *engine = start_engine(file, NULL);
    const int before = returns_to(engine);
    struct inbox inbox = new_inbox();
    CHECK_CODE(0, start_async(engine, "a", "inline", &inbox));
    CHECK(inbox.results == 1 && inbox.finals == 1 && stats_of(engine).in_flight == 0);
    inbox.answer = 5;
    CHECK_CODE(0, start_async(engine, NULL, "thread", &inbox));
    CHECK_CODE(0, start_async(engine, NULL, "thread", &inbox)); /* two without a tag do not meet */
    await_finals(&inbox, 3);
    await_returns(engine, before + 3);
    CHECK(returned_to(engine) == 5);

    struct inbox parts = new_inbox();
    CHECK_CODE(0, start_async(engine, "b", "partial", &parts));
    await_finals(&parts, 1);
    CHECK(parts.results == 3 && parts.bytes == 15);
    await_returns(engine, before + 6);
    CHECK_CODE(0, start_async(engine, "c", "twice", &parts));
    await_finals(&parts, 2);
    await_returns(engine, before + 8);
    CHECK(parts.results == 4 && returned_to(engine) == -1); /* the second final one is for nobody */

    struct inbox failed = new_inbox();
    CHECK_CODE(7, start_async(engine, "d", "fail", &failed));
    CHECK_ERROR("seven is not allowed");
    CHECK_CODE(7, start_async(engine, "d", "fail", &failed)); /* the tag is free again */
    CHECK(failed.results == 0);
    CHECK_CODE(0, start_async(engine, "d", "inline_then_fail", &failed)); /* answered once is answered */
    CHECK(failed.finals == 1);

    struct inbox waiting = new_inbox();
    CHECK_CODE(0, start_async(engine, "e", "until_cancelled", &waiting));
    CHECK_CODE(AIGES_ERR_BUSY, start_async(engine, "e", "thread", &waiting));
    CHECK_ERROR("tag 'e' is in flight");
    CHECK(stats_of(engine).in_flight == 1);
    CHECK_CODE(AIGES_ERR_UNKNOWN_HANDLE, aiges_engine_cancel(engine, NULL, NULL));
    CHECK_CODE(0, aiges_engine_cancel(engine, NULL, "e"));
    await_finals(&waiting, 1);
    CHECK(waiting.last_code == 4005);
    const aiges_stats stats = stats_of(engine);
    CHECK(stats.in_flight == 0 && stats.failures >= 3);
    await_returns(engine, before + 10);
    CHECK_CODE(0, aiges_engine_close(engine, 5000));
}

static void async(char **argv) {
    (void)argv;
    async_on(engine_file);
    async_on(instances_file);
    async_on(engine_file); /* the library is opened again after its threads called us */
}

static void stop_with_requests(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    struct inbox lost = new_inbox(), inside = new_inbox();
    CHECK_CODE(0, start_async(engine, "never", "never", &lost));
    CHECK_CODE(AIGES_ERR_BUSY, aiges_engine_close(engine, 20));
    CHECK_ERROR("1 calls and 0 other uses are in flight");
    CHECK_CODE(0, aiges_engine_fini(engine));
    CHECK(lost.finals == 1 && lost.last_code == AIGES_ERR_STOPPING);
    CHECK_CODE(0, aiges_engine_close(engine, 20));

    engine = start_engine(engine_file, NULL);
    inside.engine = engine;
    CHECK_CODE(0, start_async(engine, "inside", "inline", &inside));
    CHECK(inside.code_of_close == AIGES_ERR_BUSY && inside.code_of_fini == AIGES_ERR_BUSY);
    check_exec(engine, "no", "thing", "hello");
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void sessions_on(const char *file) {
    aiges_engine *engine = start_engine(file, NULL);
    aiges_call call = AIGES_CALL_INIT;
    struct ParamList bad = param("code", "7", NULL);
    aiges_session *session = (aiges_session *)1, *other = NULL;
    call.params = &bad;
    CHECK_CODE(7, aiges_session_create(engine, &call, NULL, NULL, &session));
    CHECK(!session);
    call.params = NULL;
    CHECK_CODE(0, aiges_session_create(engine, &call, NULL, NULL, &session));
    CHECK(stats_of(engine).sessions == 1);
    pDataList result = NULL;
    CHECK_CODE(0, aiges_session_read(session, &result));
    CHECK(!result);
    CHECK_CODE(0, aiges_session_write(session, &hello));
    CHECK_CODE(0, aiges_session_read(session, &result));
    CHECK(result && result->len == 5);
    CHECK(!strcmp(aiges_session_debug_info(session), "a session"));
    CHECK_CODE(0, aiges_engine_cancel(engine, session, NULL));
    CHECK_CODE(0, aiges_session_destroy(session));

    struct inbox inbox = new_inbox();
    call.usr_tag = "s";
    CHECK_CODE(0, aiges_session_create(engine, &call, receive, &inbox, &session));
    CHECK_CODE(AIGES_ERR_BUSY, aiges_session_create(engine, &call, receive, &inbox, &other));
    CHECK(!other);
    struct DataList part = hello;
    part.status = DataContinue;
    CHECK_CODE(0, aiges_session_write(session, &part));
    CHECK(inbox.results == 1 && inbox.finals == 0 && returned_to(engine) == 0);
    CHECK_CODE(0, aiges_session_write(session, &hello));
    CHECK(inbox.results == 2 && inbox.finals == 1);
    CHECK_CODE(0, aiges_session_write(session, &hello)); /* after the final one */
    CHECK(inbox.results == 2 && returned_to(engine) == -1);
    CHECK_CODE(0, aiges_session_create(engine, &call, receive, &inbox, &other)); /* the tag is free */
    CHECK_CODE(0, aiges_session_destroy(session));
    CHECK_CODE(0, aiges_session_write(other, &part)); /* and its new route is not the old session's to close */
    CHECK(inbox.results == 3);
    CHECK_CODE(0, aiges_session_destroy(other));
    struct ParamList late = param("late", "s", NULL);
    CHECK_CODE(-1, exec_with(engine, &late, &result)); /* the engine delivers after destroy */
    CHECK(inbox.results == 3 && stats_of(engine).sessions == 0);
    call.usr_tag = NULL;
    CHECK_CODE(0, aiges_session_create(engine, &call, receive, &inbox, &session));
    CHECK_CODE(0, aiges_session_write(session, &part));
    CHECK(inbox.results == 4);

    CHECK_CODE(0, aiges_engine_fini(engine)); /* with a session open */
    CHECK(inbox.last_code == AIGES_ERR_STOPPING);
    CHECK_CODE(0, aiges_engine_init(engine, NULL));
    CHECK_CODE(AIGES_ERR_UNKNOWN_HANDLE, aiges_session_write(session, &part));
    CHECK_CODE(AIGES_ERR_UNKNOWN_HANDLE, aiges_session_read(session, &result));
    CHECK_CODE(AIGES_ERR_BUSY, aiges_engine_close(engine, 0));
    CHECK_CODE(AIGES_ERR_UNKNOWN_HANDLE, aiges_session_destroy(session));
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void sessions(char **argv) {
    (void)argv;
    sessions_on(engine_file);
    sessions_on(instances_file);
}

static int count_meter(void *context, const char *tag, const char *key, int count) {
    CHECK(!strcmp(tag, "t") && !strcmp(key, "tokens"));
    return *(int *)context + count;
}

static int note_trace(void *context, const char *tag, const char *key, const char *value) {
    CHECK(!strcmp(tag, "t") && !strcmp(key, "step") && !strcmp(value, "one"));
    return *(int *)context;
}

static void hooks(char **argv) {
    (void)argv;
    aiges_engine *first = start_engine(instances_file, NULL), *second = start_engine(instances_file, NULL);
    int hundred = 100, two = 200;
    struct ParamList meter = param("meter", "1", NULL), trace = param("trace", "1", NULL);
    aiges_call call = AIGES_CALL_INIT;
    call.usr_tag = "t";
    call.params = &meter;
    pDataList none = NULL;
    CHECK_CODE(-5, aiges_engine_exec(first, &call, &none));
    CHECK_CODE(0, aiges_engine_set_meter(first, count_meter, &hundred));
    CHECK_CODE(0, aiges_engine_set_meter(second, count_meter, &two));
    CHECK_CODE(103, aiges_engine_exec(first, &call, &none));
    CHECK_CODE(203, aiges_engine_exec(second, &call, &none));
    CHECK_CODE(0, aiges_engine_set_meter(first, NULL, NULL));
    CHECK_CODE(-5, aiges_engine_exec(first, &call, &none));
    call.params = &trace;
    CHECK_CODE(0, aiges_engine_set_trace(second, note_trace, &two));
    CHECK_CODE(200, aiges_engine_exec(second, &call, &none));
    CHECK_CODE(0, aiges_engine_close(first, 0));
    CHECK_CODE(0, aiges_engine_close(second, 0));
}

/* ---- closing while in use --------------------------------------------------------------------------------------- */

static void *blocked_exec(void *engine) {
    struct ParamList params = param("gate", "1", NULL);
    pDataList result = NULL;
    CHECK_CODE(0, exec_with(engine, &params, &result));
    CHECK_CODE(0, aiges_engine_release(engine, &result)); /* also while it is being closed */
    return NULL;
}

static void close_busy(char **argv) {
    (void)argv;
    int gate[2];
    char number[16];
    CHECK(pipe(gate) == 0);
    snprintf(number, sizeof number, "%d", gate[0]);
    struct ParamList config = param("gate", number, NULL);
    aiges_engine *engine = start_engine(engine_file, &config);

    pthread_t thread;
    pthread_create(&thread, NULL, blocked_exec, engine);
    while (stats_of(engine).in_flight == 0) usleep(100);
    CHECK_CODE(AIGES_ERR_BUSY, aiges_engine_close(engine, 10));
    CHECK_ERROR("1 calls and 0 other uses");
    pDataList result = NULL;
    CHECK_CODE(AIGES_ERR_ENGINE_CLOSED, exec_with(engine, NULL, &result));
    CHECK_CODE(AIGES_ERR_ENGINE_CLOSED, aiges_engine_init(engine, NULL));
    CHECK(stats_of(engine).in_flight == 1);
    CHECK(write(gate[1], "x", 1) == 1);
    CHECK_CODE(0, aiges_engine_close(engine, -1));
    pthread_join(thread, NULL);

    engine = start_engine(engine_file, NULL);
    aiges_call call = AIGES_CALL_INIT;
    aiges_session *session = NULL;
    CHECK_CODE(0, exec_with(engine, NULL, &result));
    CHECK_CODE(0, aiges_session_create(engine, &call, NULL, NULL, &session));
    CHECK_CODE(AIGES_ERR_BUSY, aiges_engine_close(engine, 0));
    CHECK_ERROR("1 results are not released, 1 sessions are open");
    CHECK_CODE(0, aiges_engine_release(engine, &result));
    CHECK_CODE(AIGES_ERR_BUSY, aiges_engine_close(engine, 0));
    CHECK_CODE(0, aiges_session_destroy(session));
    CHECK_CODE(0, aiges_engine_close(engine, 0));

    struct ParamList fails = param("fail_fini", "7", NULL);
    CHECK_CODE(7, aiges_engine_close(start_engine(engine_file, &fails), 0)); /* closed all the same */
    CHECK_CODE(0, aiges_engine_close(start_engine(engine_file, NULL), 0));
}

struct worker {
    aiges_engine *engine;
    int calls;
    long done;
};

static void *work(void *argument) {
    struct worker *worker = argument;
    for (int i = 0; i < worker->calls; i++) {
        pDataList result = NULL;
        const int code = exec_with(worker->engine, NULL, &result);
        if (code == AIGES_ERR_ENGINE_CLOSED) break;
        CHECK_CODE(0, code);
        CHECK(result->len == 5);
        CHECK_CODE(0, aiges_engine_release(worker->engine, &result));
        worker->done++;
    }
    return NULL;
}

enum { THREADS = 8 };

static void threads(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    struct worker workers[THREADS];
    pthread_t ids[THREADS];
    for (int round = 0; round < 3; round++) { /* threads that come get the shards of those that went */
        for (int i = 0; i < THREADS; i++) workers[i] = (struct worker){engine, 20000, 0};
        for (int i = 0; i < THREADS; i++) pthread_create(&ids[i], NULL, work, &workers[i]);
        for (int i = 0; i < 20; i++) CHECK(stats_of(engine).calls <= 3 * THREADS * 20000);
        for (int i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
    }
    const aiges_stats stats = stats_of(engine);
    CHECK(stats.calls == 3 * THREADS * 20000 && stats.bytes_in == stats.calls * 5 && stats.bytes_out == stats.bytes_in);
    uint64_t timed = 0;
    for (int i = 0; i < AIGES_STATS_BUCKETS; i++) timed += stats.histogram[i];
    CHECK(timed <= stats.calls && timed + 3 * THREADS * 11 >= stats.calls);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

/* More threads at once than there are shards. */
static void crowd(char **argv) {
    (void)argv;
    enum { CROWD = 300 };
    static pthread_t ids[CROWD];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    int gate[2];
    char number[16];
    CHECK(pipe(gate) == 0);
    snprintf(number, sizeof number, "%d", gate[0]);
    struct ParamList config = param("gate", number, NULL);
    aiges_engine *engine = start_engine(engine_file, &config);
    for (int i = 0; i < CROWD; i++) CHECK(!pthread_create(&ids[i], &small, blocked_exec, engine));
    while (stats_of(engine).in_flight != CROWD) usleep(1000);
    for (int i = 0; i < CROWD; i++) CHECK(write(gate[1], "x", 1) == 1);
    for (int i = 0; i < CROWD; i++) pthread_join(ids[i], NULL);
    CHECK(stats_of(engine).calls == CROWD && stats_of(engine).in_flight == 0);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

/* Calls race with close: each is served or told "closed". */
static void close_race(char **argv) {
    (void)argv;
    for (int round = 0; round < 200; round++) {
        aiges_engine *engine = start_engine(engine_file, NULL);
        struct worker workers[THREADS];
        pthread_t ids[THREADS];
        for (int i = 0; i < THREADS; i++) workers[i] = (struct worker){engine, 1 << 30, 0};
        for (int i = 0; i < THREADS; i++) pthread_create(&ids[i], NULL, work, &workers[i]);
        usleep((unsigned)round * 10);
        CHECK_CODE(0, aiges_engine_close(engine, -1));
        for (int i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
    }
}

static void *async_worker(void *argument) {
    struct worker *worker = argument;
    for (int i = 0; i < worker->calls; i++) {
        struct inbox inbox = new_inbox();
        const int code = start_async(worker->engine, NULL, i % 2 ? "inline" : "thread", &inbox);
        if (code == AIGES_ERR_ENGINE_CLOSED) break;
        CHECK_CODE(0, code);
        await_finals(&inbox, 1);
        pthread_mutex_lock(&inbox.mutex); /* the final callback has left the mutex */
        pthread_mutex_unlock(&inbox.mutex);
        worker->done++;
    }
    return NULL;
}

static void async_threads(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    struct worker workers[THREADS];
    pthread_t ids[THREADS];
    for (int i = 0; i < THREADS; i++) workers[i] = (struct worker){engine, 200, 0};
    for (int i = 0; i < THREADS; i++) pthread_create(&ids[i], NULL, async_worker, &workers[i]);
    for (int i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
    CHECK(stats_of(engine).calls == THREADS * 200);
    CHECK_CODE(0, aiges_engine_close(engine, 5000));
}

/* ---- odd ends --------------------------------------------------------------------------------------------------- */

static void *ended_inside(void *engine) {
    struct ParamList params = param("exit_thread", "1", NULL);
    pDataList result = NULL;
    exec_with(engine, &params, &result);
    CHECK(!"the thread ended");
    return NULL;
}

/* A thread is ended inside the engine, by forced unwinding, as Python does it while it finalises. */
static void forced_unwind(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, ended_inside, engine);
    pthread_join(thread, NULL);
    CHECK(stats_of(engine).in_flight == 0 && stats_of(engine).failures == 1);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

/* driver throwing FILE */
static void throwing(char **argv) {
    aiges_engine *engine = start_engine(argv[2], NULL);
    aiges_call call = AIGES_CALL_INIT;
    aiges_session *session = NULL;
    struct inbox inbox = new_inbox();
    pDataList result = NULL;
    CHECK_CODE(AIGES_ERR_WRAPPER_RAISED, exec_with(engine, NULL, &result));
    CHECK_ERROR("thrown by wrapperExec");
    CHECK_CODE(AIGES_ERR_WRAPPER_RAISED, aiges_session_create(engine, &call, receive, &inbox, &session));
    CHECK_CODE(AIGES_ERR_WRAPPER_RAISED, aiges_engine_exec_async(engine, &call, receive, &inbox));
    CHECK(inbox.results == 0 && stats_of(engine).in_flight == 0);
    CHECK(strlen(aiges_engine_error(engine, 12345)));
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void check_in_child(aiges_engine *engine) {
    CHECK(stats_of(engine).calls == 0); /* a page of its own */
    for (int i = 0; i < 5; i++) check_exec(engine, "no", "thing", "hello");
    CHECK(stats_of(engine).calls == 5 && !strcmp(stats_of(engine).name, "engine"));
    aiges_stats_page *page = NULL;
    aiges_stats stats = AIGES_STATS_INIT;
    CHECK_CODE(0, aiges_stats_map(aiges_stats_fd(), &page));
    CHECK_CODE(0, aiges_stats_read(page, 0, &stats));
    CHECK(stats.calls == 5);
    aiges_stats_unmap(page);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static void forked(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    check_exec(engine, "no", "thing", "hello");
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        check_in_child(engine);
        fflush(stdout);
        _exit(0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    check_exec(engine, "no", "thing", "hello");
    CHECK(stats_of(engine).calls == 2);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

/* Another program reads the counters: this one again, with the descriptor. */
static void stats_elsewhere(char **argv) {
    CHECK(aiges_stats_fd() == -1);
    aiges_engine *engine = start_engine(engine_file, NULL), *other = start_engine(instances_file, NULL);
    for (int i = 0; i < 1000; i++) check_exec(engine, "no", "thing", "hello");
    check_exec(other, "no", "thing", "hello");
    char number[16];
    const int inherited = dup(aiges_stats_fd());
    snprintf(number, sizeof number, "%d", inherited);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) execl("/proc/self/exe", argv[0], "read_stats", number, (char *)NULL), _exit(9);
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
    CHECK_CODE(0, aiges_engine_close(other, 0));
}

static void read_stats(char **argv) {
    aiges_stats_page *page = NULL;
    aiges_stats stats = AIGES_STATS_INIT;
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_stats_map(0, &page));
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_stats_map(-1, &page));
    CHECK(!page);
    CHECK_CODE(0, aiges_stats_map(atoi(argv[2]), &page));
    CHECK_CODE(0, aiges_stats_read(page, 0, &stats));
    CHECK(stats.calls == 1000 && !strcmp(stats.name, "engine") && stats.state == AIGES_STATE_READY);
    CHECK_CODE(0, aiges_stats_read(page, 1, &stats));
    CHECK(stats.calls == 1 && !strcmp(stats.name, "instances"));
    CHECK_CODE(AIGES_ERR_UNKNOWN_HANDLE, aiges_stats_read(page, 2, &stats));
    CHECK(ftruncate(atoi(argv[2]), 0) == -1); /* nobody can take the memory away */
    aiges_stats_unmap(page);
}

/* driver counting_engine FILE: an engine library with counters of its own thread records adds to the same slot. */
static void counting_engine(char **argv) {
    aiges_engine *engine = start_engine(argv[2], NULL), *other = start_engine(argv[2], NULL);
    struct worker workers[THREADS];
    pthread_t ids[THREADS];
    for (int i = 0; i < THREADS; i++) workers[i] = (struct worker){engine, 10000, 0};
    for (int i = 0; i < THREADS; i++) pthread_create(&ids[i], NULL, work, &workers[i]);
    check_exec(other, "no", "thing", "hello");
    for (int i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
    const aiges_stats stats = stats_of(engine);
    CHECK(stats.calls == THREADS * 10000);
    CHECK(stats.bytes_copied == stats.calls * 10 && stats.gil_wait_ns == stats.calls * 5);
    CHECK(stats_of(other).bytes_copied == 10);
    CHECK_CODE(0, aiges_engine_close(engine, 0));
    CHECK_CODE(0, aiges_engine_close(other, 0));
}

static void buffers(char **argv) {
    (void)argv;
    aiges_engine *engine = start_engine(engine_file, NULL);
    aiges_buffer *buffer = NULL;
    CHECK_CODE(AIGES_ERR_INVALID_ARG, aiges_buffer_create(1, NULL));
    CHECK_CODE(AIGES_ERR_NO_MEMORY, aiges_buffer_create(UINT64_MAX, &buffer));
    CHECK(!buffer);
    CHECK_CODE(0, aiges_buffer_create(2 << 20, &buffer));
    CHECK(buffer->magic == AIGES_BUFFER_MAGIC && (uintptr_t)buffer->data % 64 == 0 && buffer->length == 2 << 20);
    memset(buffer->data, 'x', buffer->length);
    aiges_buffer_announcement announcement;
    aiges_buffer_announce(buffer, &announcement);
    CHECK(!strcmp(announcement.node.key, AIGES_BUFFER_KEY) && announcement.node.vlen == 16);
    struct DataList node = {.key = "k", .data = buffer->data, .len = 2 << 20, .status = DataOnce};
    node.desc = &announcement.node;
    aiges_call call = AIGES_CALL_INIT;
    call.request = &node;
    pDataList result = NULL;
    CHECK_CODE(0, aiges_engine_exec(engine, &call, &result)); /* an engine that knows nothing of this */
    buffer->retain(buffer);
    buffer->release(buffer);
    buffer->release(buffer);
    CHECK(result->len == 2 << 20);
    CHECK_CODE(0, aiges_engine_release(engine, &result));
    CHECK_CODE(0, aiges_engine_close(engine, 0));
}

static const struct {
    const char *name;
    void (*run)(char **argv);
    int needs_engines;
} commands[] = {
    {"open", open_one, 0},
    {"wrapper_file", wrapper_file, 0},
    {"throwing", throwing, 0},
    {"read_stats", read_stats, 0},
    {"counting_engine", counting_engine, 0},
    {"exec_and_stats", exec_and_stats, 1},
    {"bad_arguments", bad_arguments, 1},
    {"deadline", deadline, 1},
    {"two_engines", two_engines, 1},
    {"many_engines", many_engines, 1},
    {"async", async, 1},
    {"stop_with_requests", stop_with_requests, 1},
    {"sessions", sessions, 1},
    {"hooks", hooks, 1},
    {"close_busy", close_busy, 1},
    {"threads", threads, 1},
    {"crowd", crowd, 1},
    {"close_race", close_race, 1},
    {"async_threads", async_threads, 1},
    {"forced_unwind", forced_unwind, 1},
    {"forked", forked, 1},
    {"stats_elsewhere", stats_elsewhere, 1},
    {"buffers", buffers, 1},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 2 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) || (commands[i].needs_engines && argc < 4)) continue;
        engine_file = argv[2];
        instances_file = argc > 3 ? argv[3] : NULL;
        commands[i].run(argv);
        puts("ok");
        return 0;
    }
    fprintf(stderr, "usage: driver COMMAND ENGINE.so INSTANCES.so\n");
    return 2;
}
