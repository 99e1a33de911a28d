/* A small engine that does on request what engines do, well or badly. For the tests of libaiges.so only.
 *
 * Built several ways: as it is (one engine), -DINSTANCES (any number of engines), -DWITHOUT_EXEC (a symbol is missing),
 * -DABI_MAJOR=2, -DWITH_STATS (adds to the counters it is attached to).
 *
 * Params  code=N            fail with N              show=KEY         answer with that param
 *         show_config=KEY   answer with that config  exit_thread=1    end the calling thread inside the call
 *         mode=MODE         of exec_async: see run_mode
 *         gate=1            wait until a file descriptor (config `gate`) gives a byte */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aiges/errors.h"
#include "aiges/instance.h"
#include "aiges/version.h"
#include "aiges/wrapper.h"

#define EXPORT __attribute__((visibility("default")))

struct aiges_instance {
    int ready;
    int cancelled; /* by aiges_session_cancel; atomic */
    char config[4][2][512];
    wrapperMeterCustom meter;
    wrapperTraceLog trace;
    void *slot;
    struct session *sessions; /* open ones; the tests use sessions on one thread */
};

struct session {
    struct session *next;
    char *tag;
    wrapperCallback callback;
    struct DataList last;
    char data[256];
};

static struct aiges_instance the_engine;
static int callback_returned;  /* what the host said last; atomic */
static int callbacks_returned; /* how often; atomic */
static wrapperCallback late_callback;

static void set(int *place, int value) { __atomic_store_n(place, value, __ATOMIC_SEQ_CST); }
static int get(int *place) { return __atomic_load_n(place, __ATOMIC_SEQ_CST); }

static void note_return(int code) {
    set(&callback_returned, code);
    __atomic_add_fetch(&callbacks_returned, 1, __ATOMIC_SEQ_CST);
}

static const char *value_of(const struct ParamList *list, const char *key) {
    for (; list; list = list->next)
        if (list->key && !strcmp(list->key, key)) return list->value;
    return NULL;
}

static const char *config_of(struct aiges_instance *self, const char *key) {
    for (int i = 0; i < 4; i++)
        if (!strcmp(self->config[i][0], key)) return self->config[i][1];
    return NULL;
}

static pDataList node_of(const void *data, unsigned int length, DataStatus status) {
    struct DataList *node = calloc(1, sizeof *node + length);
    node->key = "echo";
    node->data = node + 1;
    node->len = length;
    node->status = status;
    if (length) memcpy(node->data, data, length);
    return node;
}

#ifdef WITH_STATS
int stats_attach(void **slot, void *given, uint32_t layout);
void stats_add(void *slot, uint64_t copied, uint64_t waited_ns);
#else
static void stats_add(void *slot, uint64_t copied, uint64_t waited_ns) { (void)slot, (void)copied, (void)waited_ns; }
#endif

static int do_set_ctrl(struct aiges_instance *self, CtrlType type, void *function) {
    if (type == CTMeterCustom) self->meter = (wrapperMeterCustom)function;
    if (type == CTTraceLog) self->trace = (wrapperTraceLog)function;
    return 0;
}

static int do_init(struct aiges_instance *self, pConfig config) {
    memset(self->config, 0, sizeof self->config);
    set(&self->cancelled, 0); /* a library that stayed mapped keeps its variables */
    const char *code = value_of(config, "fail_init");
    if (code) return atoi(code);
    for (int i = 0; i < 4 && config; config = config->next, i++) {
        snprintf(self->config[i][0], 512, "%s", config->key);
        snprintf(self->config[i][1], 512, "%s", config->value);
    }
    self->ready = 1;
    return 0;
}

static void drop_session(struct aiges_instance *self, struct session *session) {
    struct session **place = &self->sessions;
    while (*place != session) place = &(*place)->next;
    *place = session->next;
    free(session->tag);
    free(session);
}

static int do_fini(struct aiges_instance *self) {
    const char *code = config_of(self, "fail_fini");
    self->ready = 0;
    while (self->sessions) drop_session(self, self->sessions);
    return code ? atoi(code) : 0;
}

static const char *do_error(struct aiges_instance *self, int code) {
    (void)self;
    return code == 7 ? "seven is not allowed" : "some failure";
}

static const char *do_version(struct aiges_instance *self) {
    (void)self;
    return "1.2.3 test";
}

static int do_load(struct aiges_instance *self, pDataList data, unsigned int id) {
    (void)self;
    return data && id ? 0 : 8;
}

static int do_unload(struct aiges_instance *self, unsigned int id) {
    (void)self;
    return id ? 0 : 8;
}

static const void *do_create(struct aiges_instance *self, const char *tag, pParamList params, wrapperCallback callback,
                             unsigned int ids[], int count, int *error) {
    (void)ids, (void)count;
    const char *code = value_of(params, "code");
    *error = code ? atoi(code) : 0;
    if (code) return NULL;
    struct session *session = calloc(1, sizeof *session);
    session->tag = tag ? strdup(tag) : NULL;
    session->callback = callback;
    session->next = self->sessions;
    self->sessions = session;
    return session;
}

static int do_write(struct aiges_instance *self, const void *handle, pDataList data) {
    (void)self;
    struct session *session = (struct session *)handle;
    session->last = *data;
    session->last.data = session->data;
    memcpy(session->data, data->data, data->len < 256 ? data->len : 256);
    if (session->callback) note_return(session->callback(session->tag, &session->last, 0));
    return 0;
}

static int do_read(struct aiges_instance *self, const void *handle, pDataList *response) {
    (void)self;
    struct session *session = (struct session *)handle;
    *response = session->last.data ? &session->last : NULL;
    return 0;
}

static int do_destroy(struct aiges_instance *self, const void *handle) {
    struct session *session = (struct session *)handle;
    late_callback = session->callback;
    drop_session(self, session);
    return 0;
}

__attribute__((unused)) /* -DWITHOUT_EXEC */
static int
do_exec(struct aiges_instance *self, const char *tag, pParamList params, pDataList data, pDataList *response,
        unsigned int ids[], int count) {
    (void)ids, (void)count;
    const char *value;
    char number[32];
    stats_add(self->slot, 10, 5);
    if ((value = value_of(params, "code"))) return atoi(value);
    if (value_of(params, "exit_thread")) pthread_exit(NULL);
    if (value_of(params, "nothing")) return 0;
    if (value_of(params, "gate") && read(atoi(config_of(self, "gate")), number, 1) != 1) return 9;
    if (value_of(params, "meter")) return self->meter ? self->meter(tag, "tokens", 3) : -5;
    if (value_of(params, "trace")) return self->trace ? self->trace(tag, "step", "one") : -5;
    if (value_of(params, "late")) return late_callback(value_of(params, "late"), NULL, 1);
    if (value_of(params, "show_returned")) return get(&callback_returned);
    if (value_of(params, "show_returns")) return get(&callbacks_returned);
    if ((value = value_of(params, "show"))) value = value_of(params, value);
    if (!value && (value = value_of(params, "show_config"))) value = config_of(self, value);
    if (value) {
        *response = node_of(value, (unsigned int)strlen(value), DataOnce);
        return 0;
    }
    *response = data ? node_of(data->data, data->len, DataOnce) : node_of("", 0, DataOnce);
    return 0;
}

static int do_exec_free(struct aiges_instance *self, const char *tag, pDataList *response) {
    (void)self, (void)tag;
    free(*response);
    *response = NULL;
    return 0;
}

struct job {
    struct aiges_instance *self;
    char *tag;
    char mode[32];
    wrapperCallback callback;
    pDataList data;
};

static void deliver(struct job *job, DataStatus status, int code) {
    struct DataList *node = code ? NULL : node_of(job->data->data, job->data->len, status);
    note_return(job->callback(job->tag, node, code));
    free(node);
}

static void run_mode(struct job *job) {
    if (!strcmp(job->mode, "partial")) {
        deliver(job, DataBegin, 0);
        deliver(job, DataContinue, 0);
    }
    if (!strcmp(job->mode, "until_cancelled")) {
        while (!get(&job->self->cancelled)) usleep(200);
        deliver(job, DataOnce, 4005);
    } else {
        deliver(job, DataEnd, 0);
    }
    if (!strcmp(job->mode, "twice")) deliver(job, DataEnd, 0);
    free(job->data);
    free(job->tag);
    free(job);
}

static void *run_job(void *job) {
    run_mode(job);
    return NULL;
}

static int do_exec_async(struct aiges_instance *self, const char *tag, pParamList params, pDataList data,
                         wrapperCallback callback, int timeout_ms, unsigned int ids[], int count) {
    (void)timeout_ms, (void)ids, (void)count;
    const char *mode = value_of(params, "mode");
    if (mode && !strcmp(mode, "fail")) return 7;
    if (mode && !strcmp(mode, "never")) return 0;
    struct job *job = calloc(1, sizeof *job);
    *job = (struct job){.self = self, .tag = tag ? strdup(tag) : NULL, .callback = callback};
    job->data = node_of(data->data, data->len, DataOnce);
    snprintf(job->mode, sizeof job->mode, "%s", mode ? mode : "thread");
    if (!strncmp(job->mode, "inline", 6)) {
        const int fails = !strcmp(job->mode, "inline_then_fail");
        run_mode(job);
        return fails ? 7 : 0;
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_job, job)) return 10;
    return pthread_detach(thread);
}

static const char *do_debug_info(struct aiges_instance *self, const void *handle) {
    (void)self;
    return handle ? "a session" : NULL;
}

static int do_cancel(struct aiges_instance *self, const void *handle, const char *tag) {
    if (!handle && !tag) return AIGES_ERR_UNKNOWN_HANDLE;
    set(&self->cancelled, 1);
    return 0;
}

EXPORT int wrapperSetCtrl(CtrlType type, void *function) { return do_set_ctrl(&the_engine, type, function); }
EXPORT int wrapperInit(pConfig config) { return do_init(&the_engine, config); }
EXPORT int wrapperFini(void) { return do_fini(&the_engine); }
EXPORT const char *wrapperError(int code) { return do_error(&the_engine, code); }
EXPORT const char *wrapperVersion(void) { return do_version(&the_engine); }
EXPORT int wrapperLoadRes(pDataList data, unsigned int id) { return do_load(&the_engine, data, id); }
EXPORT int wrapperUnloadRes(unsigned int id) { return do_unload(&the_engine, id); }
EXPORT const void *wrapperCreate(const char *tag, pParamList params, wrapperCallback callback, unsigned int ids[],
                                 int count, int *error) {
    return do_create(&the_engine, tag, params, callback, ids, count, error);
}
EXPORT int wrapperWrite(const void *handle, pDataList data) { return do_write(&the_engine, handle, data); }
EXPORT int wrapperRead(const void *handle, pDataList *response) { return do_read(&the_engine, handle, response); }
EXPORT int wrapperDestroy(const void *handle) { return do_destroy(&the_engine, handle); }
#ifndef WITHOUT_EXEC
EXPORT int wrapperExec(const char *tag, pParamList params, pDataList data, pDataList *response, unsigned int ids[],
                       int count) {
    return do_exec(&the_engine, tag, params, data, response, ids, count);
}
#endif
EXPORT int wrapperExecFree(const char *tag, pDataList *response) { return do_exec_free(&the_engine, tag, response); }
EXPORT int wrapperExecAsync(const char *tag, pParamList params, pDataList data, wrapperCallback callback, int timeout,
                            unsigned int ids[], int count) {
    return do_exec_async(&the_engine, tag, params, data, callback, timeout, ids, count);
}
EXPORT const char *wrapperDebugInfo(const void *handle) { return do_debug_info(&the_engine, handle); }

#ifdef ABI_MAJOR
EXPORT unsigned int aiges_abi_version(void);
EXPORT unsigned int aiges_abi_version(void) { return ABI_MAJOR << 16; }
#endif

#ifdef INSTANCES
static aiges_instance *instance_create(void) { return calloc(1, sizeof(aiges_instance)); }

static int instance_destroy(aiges_instance *self) {
    if (self->ready) return AIGES_ERR_BUSY;
    free(self);
    return 0;
}

static int instance_attach(aiges_instance *self, void *slot, uint32_t layout) {
#ifdef WITH_STATS
    return stats_attach(&self->slot, slot, layout);
#else
    return self && slot && layout ? 0 : AIGES_ERR_INVALID_ARG;
#endif
}

EXPORT const aiges_instance_api *aiges_instance_functions(void);
EXPORT const aiges_instance_api *aiges_instance_functions(void) {
    static const aiges_instance_api api = {
        1,       sizeof api, instance_create, instance_destroy, instance_attach, do_set_ctrl,   do_init,
        do_fini, do_error,   do_version,      do_load,          do_unload,       do_create,     do_write,
        do_read, do_destroy, do_exec,         do_exec_free,     do_exec_async,   do_debug_info, do_cancel};
    return &api;
}
#else
EXPORT int aiges_session_cancel(const void *handle, const char *tag);
EXPORT int aiges_session_cancel(const void *handle, const char *tag) { return do_cancel(&the_engine, handle, tag); }
#endif
