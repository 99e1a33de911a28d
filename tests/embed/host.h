/* What driver.c and crowd.c share: the engine's functions, requests and answers, named events, threads. */
#ifndef EMBED_HOST_H
#define EMBED_HOST_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aiges/errors.h"
#include "aiges/wrapper.h"

#define PATIENCE_S 60 /* an event that takes longer never comes */

/* _exit, not abort: the message is what the test shows, and no handler of the tested library runs. */
#define CHECK(condition)                                                        \
    do {                                                                        \
        if (!(condition)) {                                                     \
            dprintf(2, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
            _exit(101);                                                         \
        }                                                                       \
    } while (0)

#define CHECK_CODE(call, expected)                                                               \
    do {                                                                                         \
        const int got_ = (call), expected_ = (expected);                                         \
        if (got_ != expected_) {                                                                 \
            dprintf(2, "%s:%d: %s gave %d (%s), expected %d\n", __FILE__, __LINE__, #call, got_, \
                    host.error != NULL ? host.error(got_) : "no engine", expected_);             \
            _exit(101);                                                                          \
        }                                                                                        \
    } while (0)

/* ---- The engine ------------------------------------------------------------------------------------------------- */

struct host {
    void *library;
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
    aiges_session_cancel_fn cancel;
};
static struct host host;

static inline void load_engine(const char *path) {
    host.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (host.library == NULL) {
        dprintf(2, "dlopen: %s\n", dlerror());
        _exit(102);
    }
#define LOAD(member, symbol) CHECK((*(void **)&host.member = dlsym(host.library, symbol)) != NULL)
    LOAD(set_ctrl, "wrapperSetCtrl");
    LOAD(init, "wrapperInit");
    LOAD(fini, "wrapperFini");
    LOAD(error, "wrapperError");
    LOAD(version, "wrapperVersion");
    LOAD(load_res, "wrapperLoadRes");
    LOAD(unload_res, "wrapperUnloadRes");
    LOAD(create, "wrapperCreate");
    LOAD(write, "wrapperWrite");
    LOAD(read, "wrapperRead");
    LOAD(destroy, "wrapperDestroy");
    LOAD(exec, "wrapperExec");
    LOAD(exec_free, "wrapperExecFree");
    LOAD(exec_async, "wrapperExecAsync");
    LOAD(debug_info, "wrapperDebugInfo");
    LOAD(cancel, "aiges_session_cancel");
#undef LOAD
}

/* ---- Requests and answers --------------------------------------------------------------------------------------- */

/* A request with one node and the parameters `do` (what wrapper_driven/wrapper.py shall do) and `arg`. */
struct request {
    struct ParamList params[2];
    struct DataList data;
};

static inline void fill_request(struct request *request, const char *text, const char *words, const char *argument) {
    memset(request, 0, sizeof *request);
    request->params[0].key = (char *)"do";
    request->params[0].value = (char *)words;
    request->params[0].next = argument != NULL ? &request->params[1] : NULL;
    request->params[1].key = (char *)"arg";
    request->params[1].value = (char *)argument;
    request->data.key = (char *)"data";
    request->data.data = (char *)text;
    request->data.len = (unsigned int)strlen(text);
    request->data.status = DataOnce;
}

static inline bool node_is(pDataList node, const char *text) {
    return node != NULL && node->len == strlen(text) && memcmp(node->data, text, node->len) == 0;
}

static inline int exec_words(const char *tag, const char *text, const char *words, const char *argument,
                             pDataList *answer) {
    struct request request;
    fill_request(&request, text, words, argument);
    *answer = NULL;
    return host.exec(tag, request.params, &request.data, answer, NULL, 0);
}

/* One call that must succeed and give its data back. */
static inline void echo_with(const char *text, const char *words, const char *argument) {
    pDataList answer = NULL;
    CHECK_CODE(exec_words("tag", text, words, argument, &answer), 0);
    CHECK(node_is(answer, text) && answer->status == DataOnce);
    CHECK_CODE(host.exec_free(NULL, &answer), 0);
    CHECK(answer == NULL);
}

static inline void echo(const char *text) { echo_with(text, "", NULL); }

/* A number that the wrapper answers with. */
static inline long ask_number(const char *words, const char *argument) {
    pDataList answer = NULL;
    char text[32] = "";
    CHECK_CODE(exec_words("tag", "?", words, argument, &answer), 0);
    CHECK(answer != NULL && answer->len < sizeof text);
    memcpy(text, answer->data, answer->len);
    CHECK_CODE(host.exec_free(NULL, &answer), 0);
    return strtol(text, NULL, 10);
}

static inline int exec_async_words(const char *tag, const char *text, const char *words, const char *argument,
                                   wrapperCallback callback, int timeout) {
    struct request request;
    fill_request(&request, text, words, argument);
    return host.exec_async(tag, request.params, &request.data, callback, timeout, NULL, 0);
}

/* ---- Events ----------------------------------------------------------------------------------------------------- */

/* Named events: the wrapper posts one with callback_metric(tag, NAME, 1), waits for one with
 * callback_trace(tag, "wait", NAME). */
struct event {
    char name[32];
    sem_t sem;
};
static struct event events[32];
static pthread_mutex_t events_lock = PTHREAD_MUTEX_INITIALIZER;

static inline sem_t *event_named(const char *name) {
    pthread_mutex_lock(&events_lock);
    struct event *event = events;
    while (event->name[0] != '\0' && strcmp(event->name, name) != 0) ++event;
    if (event->name[0] == '\0') {
        CHECK(event < events + 31);
        snprintf(event->name, sizeof event->name, "%s", name);
        sem_init(&event->sem, 0, 0);
    }
    pthread_mutex_unlock(&events_lock);
    return &event->sem;
}

static inline void post(const char *name) { sem_post(event_named(name)); }

static inline bool wait_for(const char *name, int milliseconds) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += milliseconds / 1000;
    limit.tv_nsec += milliseconds % 1000 * 1000000L;
    if (limit.tv_nsec >= 1000000000L) limit.tv_sec += 1, limit.tv_nsec -= 1000000000L;
    int code;
    do code = sem_timedwait(event_named(name), &limit);
    while (code != 0 && errno == EINTR);
    return code == 0;
}

#define AWAIT(name) CHECK(wait_for(name, PATIENCE_S * 1000) && name)

static inline int meter(const void *tag, const char *key, int count) {
    (void)tag;
    while (count-- > 0) post(key);
    return 0;
}

static inline int trace(const char *tag, const char *key, const char *value) {
    (void)tag;
    if (strcmp(key, "wait") == 0) AWAIT(value);
    return 0;
}

static inline void give_controls(void) {
    CHECK_CODE(host.set_ctrl(CTMeterCustom, (void *)&meter), 0);
    CHECK_CODE(host.set_ctrl(CTTraceLog, (void *)&trace), 0);
}

/* ---- Threads ---------------------------------------------------------------------------------------------------- */

typedef void *(*thread_main)(void *);

static inline pthread_t start(thread_main run, void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

static inline void *join(pthread_t thread) {
    void *result = NULL;
    CHECK(pthread_join(thread, &result) == 0);
    return result;
}

/* Runs something on a thread of its own, which ends. */
static inline void *elsewhere(thread_main run, void *argument) { return join(start(run, argument)); }

static inline int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

#endif
