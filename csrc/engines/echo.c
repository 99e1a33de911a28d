/* Echo: an engine that gives back what it gets. The file to copy when you write your own.
 *
 *     cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Iinclude -o library/libecho.so csrc/engines/echo.c -pthread
 *
 * It implements all of include/aiges/wrapper.h. To make an engine of it, replace work(): the rest is what the contract
 * asks of any engine.
 *
 * Request parameters             echo.fail = N       answer with code N
 *                                echo.sleep_ms = N   take N ms (a session: for every write); can be cancelled
 *                                echo.upper = 1      ASCII letters in capitals
 * Configuration                  echo.fail_init = N  wrapperInit answers with code N
 *
 * Three decisions explain the rest:
 *   - A result is one block of memory: wrapperExecFree frees one pointer, whatever the host did to the list.
 *   - A handle is a number that is never used again. It is looked up, never dereferenced: a stale one is an error code.
 *   - One lock guards what is shared, for a few pointer operations at a time. It is not held during work, sleep, or a
 *     call of the host, which may block for ever. A one-shot call takes no lock at all. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiges/errors.h"
#include "aiges/version.h"
#include "aiges/wrapper.h"

/* Codes of this engine, explained in texts[]. Those of errors.h are used where they say it already. */
enum { NOTHING = 4001, BAD_NUMBER, ENDED, UNKNOWN_RESOURCE, CANCELLED };

/* Asynchronous requests without a timeout end after HOUR_MS; wrapperFini waits GRACE_MS for callbacks. */
enum { HOUR_MS = 60 * 60 * 1000, GRACE_MS = 200 };

/* A result: the list that the host sees, and behind it everything that the list points at. */
struct parcel {
    struct parcel *next;       /* in a session's queue */
    struct DataList *resource; /* the last node, if it is a resource and not the request's */
    struct DataList nodes[];
};

struct resource {
    struct resource *next;
    unsigned int id;
    atomic_uint users; /* the list of resources, and the requests and sessions that named it */
    struct DataList node;
    unsigned char data[];
};

/* What a request or session asks for. */
struct wishes {
    int fail, sleep_ms, upper, deadline_ms;
    struct resource *resource;
};

/* A session, or a one-shot request that takes time: all that a cancel or wrapperFini may have to end. */
struct task {
    struct task *next;
    const void *handle; /* NULL: a one-shot request */
    const char *tag;
    struct wishes wishes;
    wrapperCallback callback;
    int64_t limit;                /* moment at which it times out */
    unsigned int users;           /* the list of tasks, and a wrapperWrite inside: the last one frees the task */
    int ended;                    /* 0, or the code that it was ended with from outside */
    bool finished;                /* the final callback was made */
    unsigned int depth;           /* callbacks that run, */
    pthread_t caller;             /* all on this thread: one at a time, but a callback may write again */
    struct parcel *first, **last; /* written, not read */
    struct parcel *given;         /* by the last wrapperRead; lives until the next one */
    unsigned int written;
    char info[64], text[]; /* text: the tag */
};

static struct {
    _Atomic int refusal; /* what calls are refused with; 0: ready */
    _Atomic(wrapperMeterCustom) meter;
    _Atomic(wrapperTraceLog) trace;
    _Atomic uintptr_t last_handle;
    pthread_mutex_t lock;   /* for the following, and for tasks from `users` on */
    pthread_cond_t changed; /* a task was ended or is over, a callback returned */
    struct task *tasks;     /* a list: if thousands live at once, make it a hash table */
    struct resource *resources;
    unsigned int calling; /* callbacks that run */
} engine = {.refusal = AIGES_ERR_NOT_READY, .lock = PTHREAD_MUTEX_INITIALIZER};

/* How many calls of the host this thread is inside of: wrapperFini from there would wait for itself. "initial-exec"
 * spares every thread an allocation. */
static _Thread_local int inside_host __attribute__((tls_model("initial-exec")));

static void lock(void) { pthread_mutex_lock(&engine.lock); }
static void unlock(void) { pthread_mutex_unlock(&engine.lock); }

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t in_ms(int ms) { return now_ns() + (int64_t)ms * 1000000; }

/* Gives the lock away until something changed, or the moment came. */
static void wait_until(int64_t moment) {
    struct timespec until = {.tv_sec = (time_t)(moment / 1000000000), .tv_nsec = (long)(moment % 1000000000)};
    pthread_cond_timedwait(&engine.changed, &engine.lock, &until);
}

/* ---- Lists: reading parameters, copying data ---- */

/* Length of a value: vlen bytes less one trailing NUL, or up to its NUL when vlen is 0. */
static unsigned int value_length(const struct ParamList *item) {
    if (item->value == NULL) return 0;
    if (item->vlen == 0) return (unsigned int)strlen(item->value);
    return item->value[item->vlen - 1] == '\0' ? item->vlen - 1 : item->vlen;
}

/* A whole number among parameters, 0 if it is not there. Of equal keys the first counts. */
static int number(const struct ParamList *params, const char *key, int *code) {
    while (params != NULL && (params->key == NULL || strcmp(params->key, key) != 0)) params = params->next;
    if (params == NULL) return 0;
    char text[16] = "", *end; /* a copy, as the value need not end in NUL */
    size_t length = value_length(params);
    if (length > 0 && length < sizeof text) memcpy(text, params->value, length);
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value != (int)value) *code = BAD_NUMBER;
    return (int)value;
}

/* A node without anything is the second form of an empty list. */
static bool is_blank(const struct DataList *node) { return node->key == NULL && node->data == NULL && node->len == 0; }

/* Attributes that begin with "aiges." speak about the host's memory (a buffer, a tensor): not true for a copy. */
static bool is_copied(const struct ParamList *it) { return it->key != NULL && strncmp(it->key, "aiges.", 6) != 0; }

static size_t key_length(const struct DataList *node) { return node->key != NULL ? strlen(node->key) : 0; }

/* What `length` bytes take in a parcel: with a NUL behind, and aligned for whatever comes next. */
static size_t room(size_t length) { return (length + 1 + 15) & ~(size_t)15; }

/* Copies bytes to the next free place of a parcel. */
static void *put(char **place, const void *bytes, size_t length) {
    char *copy = *place;
    if (length > 0) memcpy(copy, bytes, length);
    copy[length] = '\0';
    *place += room(length);
    return copy;
}

/* Copies a node and links it; returns where the next one is to be linked. */
static struct DataList **put_node(char **place, struct DataList **link, const struct DataList *node) {
    struct DataList *copy = *link = put(place, node, sizeof *node);
    copy->key = put(place, node->key, key_length(node));
    copy->data = put(place, node->data, node->len);
    pDescList *end = &copy->desc;
    for (const struct ParamList *item = node->desc; item != NULL; item = item->next) {
        if (!is_copied(item)) continue;
        struct ParamList *attribute = *end = put(place, item, sizeof *item);
        attribute->key = put(place, item->key, strlen(item->key));
        attribute->vlen = value_length(item);
        attribute->value = put(place, item->value, attribute->vlen);
        end = &attribute->next;
    }
    *end = NULL;
    return &copy->next;
}

/* Copies a request, and a resource behind it if there is one, into one block. `once`: the result is all there is. */
static int pack(const struct DataList *request, const struct resource *resource, bool once, struct parcel **parcel) {
    size_t bytes = 0;
    for (const struct DataList *node = request; node != NULL; node = node->next) {
        if (node->data == NULL && node->len > 0) return AIGES_ERR_INVALID_ARG;
        if (is_blank(node)) continue;
        bytes += room(sizeof *node) + room(key_length(node)) + room(node->len);
        for (const struct ParamList *item = node->desc; item != NULL; item = item->next)
            if (is_copied(item)) bytes += room(sizeof *item) + room(strlen(item->key)) + room(value_length(item));
    }
    if (bytes == 0) return NOTHING;
    if (resource != NULL)
        bytes += room(sizeof resource->node) + room(key_length(&resource->node)) + room(resource->node.len);
    if ((*parcel = malloc(sizeof **parcel + bytes)) == NULL) return AIGES_ERR_NO_MEMORY;

    char *place = (char *)(*parcel)->nodes;
    struct DataList *head, **end = &head;
    for (const struct DataList *node = request; node != NULL; node = node->next)
        if (!is_blank(node)) end = put_node(&place, end, node);
    **parcel = (struct parcel){.resource = resource != NULL ? (struct DataList *)place : NULL};
    if (resource != NULL) end = put_node(&place, end, &resource->node);
    *end = NULL;
    for (struct DataList *node = (*parcel)->nodes; once && node != NULL; node = node->next) node->status = DataOnce;
    return 0;
}

/* ---- One-shot calls ---- */

static int take_resource(const unsigned int *ids, int count, struct resource **resource);
static void release_resource(struct resource *resource);
static int sleep_once(const char *tag, const struct wishes *wishes);

/* THE WORK. Yours goes here: read the nodes, and fill the answer. The parcel is our own copy and may be changed. */
static void work(const struct wishes *wishes, struct parcel *parcel) {
    for (struct DataList *node = parcel->nodes; wishes->upper && node != parcel->resource; node = node->next)
        for (unsigned char *byte = node->data, *end = byte + node->len; byte < end; byte++)
            if (*byte >= 'a' && *byte <= 'z') *byte = (unsigned char)(*byte - 'a' + 'A');
}

/* Tells the host what was done. */
static void report(const char *tag, const struct parcel *parcel) {
    wrapperMeterCustom meter = engine.meter;
    wrapperTraceLog trace = engine.trace;
    if (meter == NULL && trace == NULL) return;
    char text[24];
    size_t bytes = 0;
    for (const struct DataList *node = parcel->nodes; node != parcel->resource; node = node->next) bytes += node->len;
    snprintf(text, sizeof text, "%zu", bytes);
    inside_host++;
    if (meter != NULL) meter(tag, "echo.calls", 1);
    if (trace != NULL) trace(tag, "echo.bytes", text);
    inside_host--;
}

/* What every request and session begins with. */
static int admit(const struct ParamList *params, const unsigned int *ids, int count, struct wishes *wishes) {
    int code = engine.refusal;
    wishes->fail = number(params, "echo.fail", &code);
    wishes->sleep_ms = number(params, "echo.sleep_ms", &code);
    wishes->upper = number(params, "echo.upper", &code);
    wishes->deadline_ms = number(params, "aiges.deadline_ms", &code);
    wishes->resource = NULL;
    if (code == 0) code = wishes->fail;
    if (code == 0 && count > 0) code = take_resource(ids, count, &wishes->resource);
    return code;
}

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct wishes wishes;
    struct parcel *parcel = NULL;
    int code = admit(params, psrIds, psrCnt, &wishes);
    if (code == 0) code = pack(reqData, wishes.resource, true, &parcel);
    if (code == 0 && wishes.sleep_ms > 0) code = sleep_once(usrTag, &wishes);
    if (code == 0) {
        work(&wishes, parcel);
        report(usrTag, parcel);
        *respData = parcel->nodes;
    } else {
        free(parcel);
    }
    release_resource(wishes.resource);
    return code;
}

int wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag; /* may dangle: hosts exist that free it first */
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    if (*respData != NULL) free((char *)*respData - offsetof(struct parcel, nodes));
    *respData = NULL;
    return 0;
}

/* ---- Tasks: sessions, and requests that take time ---- */

/* In the functions from here to deliver() the lock is held. */
static int link_task(struct task *task) {
    if (engine.refusal != 0) return engine.refusal; /* asked again where it counts: under the lock */
    task->next = engine.tasks;
    engine.tasks = task;
    return 0;
}

static void unlink_task(struct task *task) {
    struct task **link = &engine.tasks;
    while (*link != task) link = &(*link)->next;
    *link = task->next;
    pthread_cond_broadcast(&engine.changed);
}

/* Sleeps, unless the task is ended or its limit passes. Returns 0 or the code that ended it. */
static int rest(const struct task *task) {
    int64_t due = in_ms(task->wishes.sleep_ms), until = due < task->limit ? due : task->limit;
    while (task->ended == 0 && now_ns() < until) wait_until(until);
    return task->ended != 0 ? task->ended : due > task->limit ? AIGES_ERR_TIMEOUT : 0;
}

static int sleep_once(const char *tag, const struct wishes *wishes) {
    struct task task = {.tag = tag, .wishes = *wishes, .limit = INT64_MAX};
    if (wishes->deadline_ms > 0) task.limit = in_ms(wishes->deadline_ms);
    lock();
    int code = link_task(&task);
    if (code == 0) {
        code = rest(&task);
        unlink_task(&task);
    }
    unlock();
    return code;
}

/* Makes a task of what a request asks for, and links it. The task takes the wishes (the resource, that is) over. */
static int new_task(const struct task *like, const char *tag, struct task **made) {
    size_t size = tag != NULL ? strlen(tag) + 1 : 0;
    struct task *task = *made = malloc(sizeof *task + size);
    if (task == NULL) return AIGES_ERR_NO_MEMORY;
    *task = *like;
    if (tag != NULL) task->tag = memcpy(task->text, tag, size);
    task->users = 1;
    task->last = &task->first;
    lock();
    int code = link_task(task);
    unlock();
    if (code != 0) free(task);
    return code;
}

static void release_task(struct task *task) {
    if (--task->users > 0) return;
    for (struct parcel *parcel; (parcel = task->first) != NULL; free(parcel)) task->first = parcel->next;
    free(task->given);
    release_resource(task->wishes.resource);
    free(task);
}

static bool is_final(const struct DataList *head) {
    while (head != NULL && head->status != DataEnd && head->status != DataOnce) head = head->next;
    return head != NULL;
}

/* Calls the host back, with a parcel or with the code of a failure: never after the final call, nor after the host
 * destroyed the session or stopped the engine. */
static int deliver(struct task *task, struct parcel *parcel, int code) {
    while (task->depth > 0 && !pthread_equal(task->caller, pthread_self())) wait_until(INT64_MAX);
    if (task->ended != 0) code = task->ended;
    if (task->handle == NULL) unlink_task(task); /* a one-shot request cannot be ended any more */
    if (task->finished) return code != 0 ? code : ENDED;
    if (code == AIGES_ERR_UNKNOWN_HANDLE || code == AIGES_ERR_STOPPING) return code;
    task->finished = code != 0 || is_final(parcel->nodes);
    task->caller = pthread_self();
    task->depth++, engine.calling++, inside_host++;
    unlock();
    task->callback(task->tag, code == 0 ? parcel->nodes : NULL, code);
    lock();
    task->depth--, engine.calling--, inside_host--;
    pthread_cond_broadcast(&engine.changed);
    return code;
}

/* Optional, hence without a prototype in wrapper.h. Marks what is to end and wakes it; whoever runs it ends it with its
 * own answer. A session with a callback learns of it in its current write, or in the next. */
WrapperAPI int aiges_session_cancel(const void *handle, const char *usrTag) {
    if (engine.refusal != 0) return engine.refusal;
    int code = AIGES_ERR_UNKNOWN_HANDLE;
    lock();
    for (struct task *task = engine.tasks; task != NULL; task = task->next) {
        bool tagged = task->handle == NULL && task->tag != NULL && usrTag != NULL && strcmp(task->tag, usrTag) == 0;
        if (!tagged && (handle == NULL || task->handle != handle)) continue;
        if (task->ended == 0) task->ended = CANCELLED;
        code = 0;
    }
    pthread_cond_broadcast(&engine.changed);
    unlock();
    return code;
}

/* ---- Sessions ---- */

const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    const void *handle = (const void *)++engine.last_handle;
    struct task *task, like = {.handle = handle, .callback = cb, .limit = INT64_MAX};
    int code = admit(params, psrIds, psrCnt, &like.wishes);
    if (code == 0 && (code = new_task(&like, usrTag, &task)) != 0) release_resource(like.wishes.resource);
    if (errNum != NULL) *errNum = code;
    return code == 0 ? handle : NULL;
}

/* Returns 0 with the lock held, or a code without it. */
static int find_session(const void *handle, struct task **task) {
    if (engine.refusal != 0) return engine.refusal;
    lock();
    for (*task = engine.tasks; *task != NULL; *task = (*task)->next)
        if (handle != NULL && (*task)->handle == handle) return 0;
    unlock();
    return AIGES_ERR_UNKNOWN_HANDLE;
}

int wrapperWrite(const void *handle, pDataList reqData) {
    struct task *task = NULL;
    struct parcel *parcel = NULL;
    int code = find_session(handle, &task);
    if (code != 0) return code;
    task->users++; /* from here on a wrapperDestroy leaves the rest of it to us */
    unlock();
    code = pack(reqData, NULL, false, &parcel);
    if (code == 0) work(&task->wishes, parcel);
    lock();
    if (code == 0) {
        code = rest(task);
        if (task->callback != NULL) code = deliver(task, parcel, code);
        if (code == 0) task->written++;
        if (code == 0 && task->callback == NULL) {
            *task->last = parcel;
            task->last = &parcel->next;
            parcel = NULL;
        }
    }
    release_task(task);
    unlock();
    free(parcel);
    return code == NOTHING ? 0 : code; /* fine in a session: there is just nothing to give back */
}

/* One read gives what one write brought; 0 with NULL when nothing waits. It never blocks, so two cannot meet. */
int wrapperRead(const void *handle, pDataList *respData) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct task *task = NULL;
    int code = find_session(handle, &task);
    if (code != 0) return code;
    if ((code = task->ended) == 0) {
        free(task->given);
        struct parcel *parcel = task->given = task->first;
        if (parcel != NULL) {
            task->first = parcel->next;
            if (task->first == NULL) task->last = &task->first;
            *respData = parcel->nodes;
        }
    }
    unlock();
    return code;
}

int wrapperDestroy(const void *handle) {
    struct task *task = NULL;
    int code = find_session(handle, &task);
    if (code != 0) return code == AIGES_ERR_FORKED ? code : AIGES_ERR_UNKNOWN_HANDLE;
    task->ended = AIGES_ERR_UNKNOWN_HANDLE; /* for a call that is inside */
    unlink_task(task);
    release_task(task);
    unlock();
    return 0;
}

const char *wrapperDebugInfo(const void *handle) {
    struct task *task = NULL;
    if (find_session(handle, &task) != 0) return "";
    snprintf(task->info, sizeof task->info, "echo session %zu: %u written", (size_t)handle, task->written);
    unlock();
    return task->info;
}

/* ---- Asynchronous calls: a thread each, as a callback that blocks may hold up no other request ---- */

static void *run_async(void *argument) {
    struct task *task = argument;
    struct parcel *parcel = task->first;
    lock();
    int code = rest(task);
    unlock();
    if (code == 0) {
        work(&task->wishes, parcel);
        report(task->tag, parcel);
    }
    lock();
    deliver(task, parcel, code);
    release_task(task);
    unlock();
    return NULL;
}

int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    if (callback == NULL) return AIGES_ERR_INVALID_ARG;
    struct task *task, like = {.callback = callback};
    int code = admit(params, psrIds, psrCnt, &like.wishes), deadline = like.wishes.deadline_ms;
    if (code == 0) code = pack(reqData, like.wishes.resource, true, &like.first);
    if (timeout <= 0) timeout = HOUR_MS;
    like.limit = in_ms(deadline > 0 && deadline < timeout ? deadline : timeout);
    if (code == 0) code = new_task(&like, usrTag, &task);
    if (code != 0) {
        free(like.first);
        release_resource(like.wishes.resource);
        return code;
    }
    pthread_t thread;
    sigset_t all, before; /* the host's signals are for the host's threads */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, NULL, run_async, task) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
    else
        run_async(task); /* no thread to be had: this one will do */
    return 0;
}

/* ---- Resources ---- */

/* Where a resource is linked, or the end of the list. The lock is held. */
static struct resource **find_resource(unsigned int id) {
    struct resource **link = &engine.resources;
    while (*link != NULL && (*link)->id != id) link = &(*link)->next;
    return link;
}

static void release_resource(struct resource *resource) {
    if (resource != NULL && --resource->users == 0) free(resource);
}

/* Keeps the first of the resources that are named; all must be there. */
static int take_resource(const unsigned int *ids, int count, struct resource **resource) {
    if (ids == NULL) return AIGES_ERR_INVALID_ARG;
    lock();
    do *resource = *find_resource(ids[--count]);
    while (count > 0 && *resource != NULL);
    if (*resource != NULL) (*resource)->users++;
    unlock();
    return *resource != NULL ? 0 : UNKNOWN_RESOURCE;
}

int wrapperLoadRes(pDataList perData, unsigned int resId) {
    if (engine.refusal != 0) return engine.refusal;
    if (perData == NULL || is_blank(perData) || (perData->data == NULL && perData->len > 0))
        return AIGES_ERR_INVALID_ARG;
    struct resource *made = malloc(sizeof *made + perData->len), *unused = made;
    if (made == NULL) return AIGES_ERR_NO_MEMORY;
    *made = (struct resource){.id = resId, .users = 1};
    made->node = (struct DataList){.key = "resource", .data = made->data, .len = perData->len, .status = DataOnce};
    if (perData->len > 0) memcpy(made->data, perData->data, perData->len);
    lock();
    int code = engine.refusal;
    if (code == 0) { /* in the place of the former one, if there is one */
        struct resource **link = find_resource(resId);
        unused = *link;
        made->next = unused != NULL ? unused->next : NULL;
        *link = made;
    }
    unlock();
    release_resource(unused);
    return code;
}

int wrapperUnloadRes(unsigned int resId) {
    if (engine.refusal != 0) return engine.refusal;
    lock();
    struct resource **link = find_resource(resId), *resource = *link;
    if (resource != NULL) *link = resource->next;
    unlock();
    if (resource == NULL) return AIGES_ERR_UNKNOWN_RESOURCE;
    release_resource(resource);
    return 0;
}

/* ---- Life of the engine ---- */

int wrapperSetCtrl(CtrlType type, void *func) {
    /* By way of an integer: ISO C knows no cast from an object pointer to a function pointer. */
    if (type == CTMeterCustom) engine.meter = (wrapperMeterCustom)(uintptr_t)func;
    if (type == CTTraceLog) engine.trace = (wrapperTraceLog)(uintptr_t)func;
    return 0;
}

/* A forked child has our memory but none of our threads, and perhaps a lock that nobody will ever release: from here
 * on every call is refused before it touches a lock. */
static void after_fork_in_child(void) {
    if (engine.refusal != AIGES_ERR_NOT_READY) engine.refusal = AIGES_ERR_FORKED;
}

/* Once per process, at the first wrapperInit: loading the library by itself does nothing. */
static void prepare(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&engine.changed, &monotonic);
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

int wrapperInit(pConfig cfg) {
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    if (engine.refusal != AIGES_ERR_NOT_READY) return engine.refusal != 0 ? engine.refusal : AIGES_ERR_ALREADY_INIT;
    pthread_once(&prepared, prepare);
    int code = 0, fail = number(cfg, "echo.fail_init", &code);
    if (code == 0) code = fail;
    /* An engine with models loads them here. */
    if (code == 0) engine.refusal = 0;
    return code;
}

/* Ends what runs and waits for it, but for the host only GRACE_MS: a callback that does not return keeps its thread,
 * which finishes alone. Therefore the library must stay mapped (link with -z nodelete). */
int wrapperFini(void) {
    if (inside_host > 0) return AIGES_ERR_BUSY;
    if (engine.refusal != 0) return engine.refusal == AIGES_ERR_FORKED ? AIGES_ERR_FORKED : 0;
    lock();
    engine.refusal = AIGES_ERR_STOPPING;
    for (struct task *task = engine.tasks, *next; task != NULL; task = next) {
        next = task->next;
        task->ended = AIGES_ERR_STOPPING;
        if (task->handle == NULL) continue; /* its thread unlinks it */
        unlink_task(task);
        release_task(task);
    }
    pthread_cond_broadcast(&engine.changed);
    for (int64_t grace = in_ms(GRACE_MS); engine.tasks != NULL || (engine.calling > 0 && now_ns() < grace);)
        wait_until(engine.tasks != NULL ? INT64_MAX : grace);
    for (struct resource *resource; (resource = engine.resources) != NULL; release_resource(resource))
        engine.resources = resource->next;
    engine.refusal = AIGES_ERR_NOT_READY;
    unlock();
    return 0;
}

static const struct {
    int code;
    const char *text;
} texts[] = {
    {0, "success"},
    {NOTHING, "nothing to echo: the request has no data"},
    {BAD_NUMBER, "a parameter is not a whole number (echo.fail, echo.sleep_ms, echo.upper, echo.fail_init)"},
    {ENDED, "the session has ended: its last piece was written already"},
    {UNKNOWN_RESOURCE, "the request names a resource that is not loaded: call wrapperLoadRes first"},
    {CANCELLED, "the request was cancelled"},
    {AIGES_ERR_NOT_READY, "the engine is not ready: wrapperInit has not succeeded"},
    {AIGES_ERR_ALREADY_INIT, "wrapperInit was called before; the engine runs"},
    {AIGES_ERR_INVALID_ARG, "invalid argument: NULL where something must be"},
    {AIGES_ERR_UNKNOWN_HANDLE, "no such session: never created, or destroyed"},
    {AIGES_ERR_NO_MEMORY, "out of memory"},
    {AIGES_ERR_TIMEOUT, "the request took longer than it was given"},
    {AIGES_ERR_STOPPING, "the engine is stopping"},
    {AIGES_ERR_FORKED, "the engine does not work in a forked child: load it there after exec"},
    {AIGES_ERR_BUSY, "wrapperFini was called from inside a callback: return from it first"},
    {AIGES_ERR_UNKNOWN_RESOURCE, "no resource of this id is loaded"},
};

/* Depends on the code alone: hosts ask later, perhaps on another thread. */
const char *wrapperError(int errNum) {
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].code == errNum) return texts[i].text;
    return "echo failed with a code that it has no text for";
}

const char *wrapperVersion(void) { return "1.0.0"; }
WrapperAPI unsigned int aiges_abi_version(void) { return AIGES_ABI_VERSION; }
