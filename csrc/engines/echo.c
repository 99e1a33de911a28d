/* Echo: an engine that gives back what it gets. The file to copy when you write your own.
 *
 *     cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Iinclude -o library/libecho.so csrc/engines/echo.c -pthread
 *
 * It implements all of include/aiges/wrapper.h (one-shot, asynchronous, sessions read or called back, resources, meter
 * and trace) and the two optional functions, in plain C11 and POSIX threads, with nothing hidden elsewhere. To make an
 * engine of it, replace work(); everything else is what the contract asks of any engine.
 *
 * Request parameters             echo.fail = N       answer with code N
 *                                echo.sleep_ms = N   take N ms (a session: for every write); can be cancelled
 *                                echo.upper = 1      ASCII letters in capitals
 * Configuration                  echo.fail_init = N  wrapperInit answers with code N
 *
 * Three decisions explain the rest:
 *   - A result is one block of memory: nodes, attributes, keys and data (struct parcel). wrapperExecFree frees the
 *     block and never follows `next`, so that a host may relink the list as it likes.
 *   - A handle is a number that is never used again, not an address. It is looked up; nothing is ever dereferenced, so
 *     a stale or invented handle is an error code.
 *   - One lock guards everything shared, and it is held for a few pointer operations only: never during work, sleep,
 *     or a call of the host. A one-shot call without resources takes no lock at all. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <limits.h>
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

/* The optional functions have types in wrapper.h but no prototypes: an engine need not have them. */
WrapperAPI unsigned int aiges_abi_version(void);
WrapperAPI int aiges_session_cancel(const void *handle, const char *usrTag);

/* Codes of this engine; -20001..-20199 belong to aiges_native (errors.h) and are used where they say it already. */
enum {
    ECHO_NOTHING = 4001,          /* a request without data */
    ECHO_BAD_NUMBER = 4002,       /* a parameter that should be a whole number is none */
    ECHO_ENDED = 4003,            /* a write after the last piece of a session with a callback */
    ECHO_UNKNOWN_RESOURCE = 4004, /* psrIds names a resource that is not loaded */
    ECHO_CANCELLED = 4005         /* aiges_session_cancel */
};

enum {
    HOUR_MS = 60 * 60 * 1000, /* an asynchronous request without a timeout ends after this */
    GRACE_MS = 200,           /* how long wrapperFini waits for a worker that is inside the host's callback */
    WORKERS = 256,            /* asynchronous requests at work at once; more wait in line */
    SHELVES = 256             /* lists that the table of sessions is spread over */
};

/* A result: the lists of one request and everything they point at, in one block. */
struct parcel {
    struct parcel *next;     /* in a session's queue */
    size_t bytes;            /* of data that the request carried */
    struct DataList nodes[]; /* nodes[0] is the head that the host sees */
};

/* What a request asks for in its parameters. */
struct wishes {
    int fail, sleep_ms, upper;
    int deadline_ms; /* 0: none */
};

/* A request that may be ended from outside while it sleeps. Lives in its owner; linked while it can be cancelled. */
struct request {
    struct request *next, **link;
    const char *tag; /* NULL: cannot be named */
    int64_t limit;   /* moment at which it is over with TIMEOUT; 0: none */
    int ended;       /* 0, or the code it was ended with. Under the lock */
};

struct resource {
    struct resource *next;
    unsigned int id, users; /* users: the table and the requests that copy from it. Under the lock */
    unsigned int len;
    unsigned char data[];
};

struct session {
    struct session *next;
    uint64_t id;
    unsigned int users; /* the table and the calls inside it: a Destroy during a Write leaves the record to the Write */
    struct request request;
    struct wishes wishes;
    wrapperCallback callback;          /* NULL: results wait in the queue for wrapperRead */
    pthread_mutex_t delivering;        /* recursive: one callback at a time, but a callback may write again */
    bool finished;                     /* the final callback was made */
    struct parcel *first, **last;      /* written, not read */
    struct parcel *given;              /* what the last wrapperRead gave; lives until the next one */
    unsigned long long written, taken; /* pieces, for wrapperDebugInfo */
    char info[128];
    char tag[]; /* our copy; request.tag points here */
};

/* An asynchronous request. Owned by the line, then by the worker that took it. */
struct job {
    struct job *next;
    struct request request;
    struct wishes wishes;
    wrapperCallback callback;
    struct parcel *parcel;
    char tag[];
};

struct worker {
    struct worker *next;
    pthread_t thread;
    bool inside_host, left, abandoned; /* under the lock */
};

enum state { LOADED, READY, STOPPING, STOPPED, FAILED, FORKED };

static struct {
    _Atomic int state; /* enum state; written under the lock, read anywhere */
    _Atomic(wrapperMeterCustom) meter;
    _Atomic(wrapperTraceLog) trace;

    pthread_mutex_t lock;   /* everything below */
    pthread_cond_t changed; /* a request was ended, a worker moved */
    pthread_cond_t posted;  /* a job waits in line, or the engine stops */
    struct request *requests;
    struct resource *resources;
    struct session *sessions[SHELVES];
    uint64_t last_id;
    struct job *first_job, **last_job;
    struct worker *workers;
    unsigned int worker_count, idle, waiting; /* threads; threads without work; jobs in line */
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER, .last_job = &engine.first_job};

/* How many calls of the host this thread is inside of: wrapperFini from there would wait for itself. */
static _Thread_local int inside_host;

/* ------------------------------------------------------------------------------------------------------------------
 * Small things
 * --------------------------------------------------------------------------------------------------------------- */

static int refusal(void) {
    int state = atomic_load_explicit(&engine.state, memory_order_acquire);
    if (state == READY) return 0;
    if (state == FORKED) return AIGES_ERR_FORKED;
    return state == STOPPING ? AIGES_ERR_STOPPING : AIGES_ERR_NOT_READY;
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t in_ms(int ms) { return now_ns() + (int64_t)ms * 1000000; }

/* Waits for `cond` until the moment at most. The lock is held. */
static void wait_until(pthread_cond_t *cond, int64_t moment) {
    struct timespec until = {.tv_sec = (time_t)(moment / 1000000000), .tv_nsec = (long)(moment % 1000000000)};
    pthread_cond_timedwait(cond, &engine.lock, &until);
}

/* Length of a value: vlen bytes less one trailing NUL, or up to its NUL when vlen is 0. */
static size_t value_length(const struct ParamList *item) {
    if (item->value == NULL) return 0;
    if (item->vlen == 0) return strlen(item->value);
    return item->value[item->vlen - 1] == '\0' ? item->vlen - 1 : item->vlen;
}

/* Reads a whole number. A value need not end in NUL, hence the copy. */
static int number_of(const struct ParamList *item, int *number) {
    char text[16];
    size_t length = value_length(item);
    if (length == 0 || length >= sizeof text) return ECHO_BAD_NUMBER;
    memcpy(text, item->value, length);
    text[length] = '\0';
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < INT_MIN || value > INT_MAX) return ECHO_BAD_NUMBER;
    *number = (int)value;
    return 0;
}

/* Finds a number among parameters. Of equal keys the first wins; unknown keys are nobody's mistake. */
static int find_number(const struct ParamList *params, const char *key, int *number) {
    for (const struct ParamList *item = params; item != NULL; item = item->next)
        if (item->key != NULL && strcmp(item->key, key) == 0) return number_of(item, number);
    return 0;
}

static int read_wishes(const struct ParamList *params, struct wishes *wishes) {
    *wishes = (struct wishes){0};
    if (params == NULL) return 0;
    int code = find_number(params, "echo.fail", &wishes->fail);
    if (code == 0) code = find_number(params, "echo.sleep_ms", &wishes->sleep_ms);
    if (code == 0) code = find_number(params, "echo.upper", &wishes->upper);
    if (code == 0) code = find_number(params, "aiges.deadline_ms", &wishes->deadline_ms);
    return code != 0 ? code : wishes->fail;
}

/* Only requests that may take time are linked: the others are over before a cancel could reach them. */
static void link_request(struct request *request) {
    request->next = engine.requests;
    request->link = &engine.requests;
    if (request->next != NULL) request->next->link = &request->next;
    engine.requests = request;
}

static void unlink_request(struct request *request) {
    *request->link = request->next;
    if (request->next != NULL) request->next->link = request->link;
}

/* Sleeps, unless the request is ended or its limit passes. The lock is held. Returns 0 or the code that ended it. */
static int sleep_locked(struct request *request, int ms) {
    if (ms <= 0 && request->limit == 0) return request->ended;
    int64_t due = in_ms(ms);
    for (;;) {
        if (request->ended != 0) return request->ended;
        int64_t now = now_ns();
        if (request->limit != 0 && now >= request->limit) return AIGES_ERR_TIMEOUT;
        if (now >= due) return 0;
        wait_until(&engine.changed, request->limit != 0 && request->limit < due ? request->limit : due);
    }
}

/* ------------------------------------------------------------------------------------------------------------------
 * Lists: copying a request into a parcel
 * --------------------------------------------------------------------------------------------------------------- */

/* The second form of an empty list: a node without anything. */
static bool is_blank(const struct DataList *node) { return node->key == NULL && node->data == NULL && node->len == 0; }

/* Attributes that begin with "aiges." speak about the host's memory (a buffer, a tensor): not true for a copy. */
static bool is_copied(const struct ParamList *item) {
    return item->key != NULL && strncmp(item->key, "aiges.", 6) != 0;
}

static size_t rounded(size_t bytes) { return (bytes + 15) & ~(size_t)15; }

struct size {
    size_t nodes, items, text, data, bytes;
};

/* Adds up what a copy of the list needs. */
static int measure(const struct DataList *request, struct size *size) {
    for (const struct DataList *node = request; node != NULL; node = node->next) {
        if (is_blank(node)) continue;
        if (node->data == NULL && node->len > 0) return AIGES_ERR_INVALID_ARG;
        size->nodes++;
        size->text += (node->key != NULL ? strlen(node->key) : 0) + 1;
        size->bytes += node->len;
        size->data += rounded(node->len);
        for (const struct ParamList *item = node->desc; item != NULL; item = item->next) {
            if (!is_copied(item)) continue;
            size->items++;
            size->text += strlen(item->key) + 1 + value_length(item) + 1;
        }
    }
    return 0;
}

/* Where the parts of the next node go inside the parcel. */
struct pen {
    struct DataList *node;
    struct ParamList *item;
    unsigned char *data;
    char *text;
};

static char *put_text(struct pen *pen, const char *text, size_t length) {
    char *copy = memcpy(pen->text, text, length);
    copy[length] = '\0';
    pen->text += length + 1;
    return copy;
}

static void put_node(struct pen *pen, const char *key, const void *data, unsigned int len, DataType type,
                     DataStatus status, const struct ParamList *desc) {
    struct DataList *node = pen->node++;
    *node = (struct DataList){.key = put_text(pen, key, strlen(key)),
                              .data = pen->data,
                              .len = len,
                              .type = type,
                              .status = status,
                              .next = pen->node}; /* the caller cuts the last one off */
    if (len > 0) memcpy(pen->data, data, len);
    pen->data += rounded(len);
    pDescList *link = &node->desc;
    for (; desc != NULL; desc = desc->next) {
        if (!is_copied(desc)) continue;
        struct ParamList *item = *link = pen->item++;
        size_t length = value_length(desc);
        item->key = put_text(pen, desc->key, strlen(desc->key));
        item->value = put_text(pen, length > 0 ? desc->value : "", length);
        item->vlen = (unsigned int)length;
        item->next = NULL;
        link = &item->next;
    }
}

/* Copies a request, and the resource behind it if there is one, into a parcel: one allocation. `once`: every status
 * becomes DataOnce. */
static int pack(const struct DataList *request, const struct resource *resource, bool once, struct parcel **parcel) {
    struct size size = {0};
    int code = measure(request, &size);
    if (code != 0) return code;
    if (size.nodes == 0) return ECHO_NOTHING;
    if (resource != NULL) {
        size.nodes++;
        size.text += sizeof "resource";
        size.data += rounded(resource->len);
    }
    size_t head =
        rounded(sizeof(struct parcel) + size.nodes * sizeof(struct DataList) + size.items * sizeof(struct ParamList));
    struct parcel *made = malloc(head + size.data + size.text);
    if (made == NULL) return AIGES_ERR_NO_MEMORY;
    made->next = NULL;
    made->bytes = size.bytes;
    struct pen pen = {.node = made->nodes,
                      .item = (struct ParamList *)(made->nodes + size.nodes),
                      .data = (unsigned char *)made + head,
                      .text = (char *)made + head + size.data};
    for (const struct DataList *node = request; node != NULL; node = node->next)
        if (!is_blank(node))
            put_node(&pen, node->key != NULL ? node->key : "", node->data, node->len, node->type,
                     once ? DataOnce : node->status, node->desc);
    if (resource != NULL) put_node(&pen, "resource", resource->data, resource->len, DataText, DataOnce, NULL);
    pen.node[-1].next = NULL;
    *parcel = made;
    return 0;
}

static struct parcel *parcel_of(struct DataList *head) {
    return (struct parcel *)((char *)head - offsetof(struct parcel, nodes));
}

/* THE WORK. Yours goes here: read the nodes, and fill the answer. `head` is our own copy and may be changed; the
 * resource at its end, if any, is left as it is. */
static void work(const struct wishes *wishes, struct DataList *head, const struct resource *resource) {
    if (!wishes->upper) return;
    for (struct DataList *node = head; node != NULL; node = node->next) {
        if (resource != NULL && node->next == NULL) return;
        unsigned char *byte = node->data;
        for (unsigned int i = 0; i < node->len; i++)
            if (byte[i] >= 'a' && byte[i] <= 'z') byte[i] = (unsigned char)(byte[i] - 'a' + 'A');
    }
}

/* Tells the host what was done. No lock is held. */
static void report(const char *tag, size_t bytes) {
    wrapperMeterCustom meter = atomic_load_explicit(&engine.meter, memory_order_acquire);
    wrapperTraceLog trace = atomic_load_explicit(&engine.trace, memory_order_acquire);
    if (meter == NULL && trace == NULL) return;
    inside_host++;
    if (meter != NULL) meter(tag, "echo.calls", 1);
    if (trace != NULL) {
        char text[24];
        snprintf(text, sizeof text, "%zu", bytes);
        trace(tag, "echo.bytes", text);
    }
    inside_host--;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Life of the engine
 * --------------------------------------------------------------------------------------------------------------- */

/* A forked child has our memory but none of our threads, and perhaps a lock that nobody will ever release: from here
 * on every call is refused before it touches a lock. */
static void after_fork_in_child(void) {
    int state = atomic_load(&engine.state);
    if (state == READY || state == STOPPING) atomic_store(&engine.state, FORKED);
}

/* Once per process, at the first wrapperInit: loading the library by itself does nothing. */
static void prepare(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&engine.changed, &monotonic);
    pthread_cond_init(&engine.posted, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

int wrapperSetCtrl(CtrlType type, void *func) {
    /* By way of an integer: ISO C knows no cast from an object pointer to a function pointer. */
    if (type == CTMeterCustom) atomic_store(&engine.meter, (wrapperMeterCustom)(uintptr_t)func);
    if (type == CTTraceLog) atomic_store(&engine.trace, (wrapperTraceLog)(uintptr_t)func);
    return 0;
}

int wrapperInit(pConfig cfg) {
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    if (atomic_load(&engine.state) == FORKED) return AIGES_ERR_FORKED;
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&engine.lock);
    int state = atomic_load(&engine.state);
    int code = state == READY ? AIGES_ERR_ALREADY_INIT : state == STOPPING ? AIGES_ERR_STOPPING : 0;
    if (code == 0) {
        int fail = 0;
        code = find_number(cfg, "echo.fail_init", &fail);
        if (code == 0) code = fail;
        /* An engine with models loads them here. */
        atomic_store(&engine.state, code == 0 ? READY : FAILED);
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

static void drop_sessions(void);
static void drop_jobs(void);
static void stop_workers(void);
static void drop_resources(void);

int wrapperFini(void) {
    if (inside_host > 0) return AIGES_ERR_BUSY;
    if (atomic_load(&engine.state) == FORKED) return AIGES_ERR_FORKED;
    pthread_mutex_lock(&engine.lock);
    if (atomic_load(&engine.state) == READY) {
        atomic_store(&engine.state, STOPPING);
        for (struct request *request = engine.requests; request != NULL; request = request->next)
            request->ended = AIGES_ERR_STOPPING;
        drop_sessions();
        drop_jobs();
        pthread_cond_broadcast(&engine.changed);
        pthread_cond_broadcast(&engine.posted);
        stop_workers();
        drop_resources();
        atomic_store(&engine.state, STOPPED);
    }
    pthread_mutex_unlock(&engine.lock);
    return 0;
}

static const struct {
    int code;
    const char *text;
} texts[] = {
    {0, "success"},
    {ECHO_NOTHING, "nothing to echo: the request has no data"},
    {ECHO_BAD_NUMBER, "a parameter is not a whole number (echo.fail, echo.sleep_ms, echo.upper, echo.fail_init)"},
    {ECHO_ENDED, "the session has ended: its last piece was written already"},
    {ECHO_UNKNOWN_RESOURCE, "the request names a resource that is not loaded: call wrapperLoadRes first"},
    {ECHO_CANCELLED, "the request was cancelled"},
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

unsigned int aiges_abi_version(void) { return AIGES_ABI_VERSION; }

/* ------------------------------------------------------------------------------------------------------------------
 * Resources
 * --------------------------------------------------------------------------------------------------------------- */

/* The lock is held. The place of the resource in the table, or the end of the table. */
static struct resource **find_resource(unsigned int id) {
    struct resource **link = &engine.resources;
    while (*link != NULL && (*link)->id != id) link = &(*link)->next;
    return link;
}

/* The lock is held. */
static void release_resource(struct resource *resource) {
    if (--resource->users == 0) free(resource);
}

/* Takes the resource out of the table; requests that copy from it keep it alive. The lock is held. */
static bool remove_resource(unsigned int id) {
    struct resource **link = find_resource(id), *resource = *link;
    if (resource == NULL) return false;
    *link = resource->next;
    release_resource(resource);
    return true;
}

static void drop_resources(void) {
    while (engine.resources != NULL) remove_resource(engine.resources->id);
}

/* The first resource that a request names, or NULL; all it names must be there. */
static int acquire_resource(const unsigned int *ids, int count, struct resource **resource) {
    *resource = NULL;
    if (count <= 0) return 0;
    if (ids == NULL) return AIGES_ERR_INVALID_ARG;
    int code = 0;
    pthread_mutex_lock(&engine.lock);
    for (int i = 0; i < count && code == 0; i++)
        if (*find_resource(ids[i]) == NULL) code = ECHO_UNKNOWN_RESOURCE;
    if (code == 0) {
        *resource = *find_resource(ids[0]);
        (*resource)->users++;
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

static void give_back_resource(struct resource *resource) {
    if (resource == NULL) return;
    pthread_mutex_lock(&engine.lock);
    release_resource(resource);
    pthread_mutex_unlock(&engine.lock);
}

int wrapperLoadRes(pDataList perData, unsigned int resId) {
    int code = refusal();
    if (code != 0) return code;
    if (perData == NULL || is_blank(perData)) return AIGES_ERR_INVALID_ARG;
    if (perData->data == NULL && perData->len > 0) return AIGES_ERR_INVALID_ARG;
    struct resource *resource = malloc(sizeof *resource + perData->len);
    if (resource == NULL) return AIGES_ERR_NO_MEMORY;
    *resource = (struct resource){.id = resId, .users = 1, .len = perData->len};
    if (perData->len > 0) memcpy(resource->data, perData->data, perData->len);
    pthread_mutex_lock(&engine.lock);
    code = refusal(); /* it may have stopped meanwhile: asked again where it counts */
    if (code == 0) {
        remove_resource(resId);
        resource->next = engine.resources;
        engine.resources = resource;
    } else {
        free(resource);
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

int wrapperUnloadRes(unsigned int resId) {
    int code = refusal();
    if (code != 0) return code;
    pthread_mutex_lock(&engine.lock);
    bool known = remove_resource(resId);
    pthread_mutex_unlock(&engine.lock);
    return known ? 0 : AIGES_ERR_UNKNOWN_RESOURCE;
}

/* ------------------------------------------------------------------------------------------------------------------
 * One-shot calls
 * --------------------------------------------------------------------------------------------------------------- */

static int sleep_on_stack(const char *tag, const struct wishes *wishes) {
    struct request request = {.tag = tag, .limit = wishes->deadline_ms > 0 ? in_ms(wishes->deadline_ms) : 0};
    pthread_mutex_lock(&engine.lock);
    int code = refusal();
    if (code == 0) {
        link_request(&request);
        code = sleep_locked(&request, wishes->sleep_ms);
        unlink_request(&request);
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    int code = refusal();
    if (code != 0) return code;
    struct wishes wishes;
    if ((code = read_wishes(params, &wishes)) != 0) return code;
    struct resource *resource;
    if ((code = acquire_resource(psrIds, psrCnt, &resource)) != 0) return code;
    struct parcel *parcel = NULL;
    code = pack(reqData, resource, true, &parcel);
    if (code == 0 && wishes.sleep_ms > 0) code = sleep_on_stack(usrTag, &wishes);
    if (code == 0) {
        work(&wishes, parcel->nodes, resource);
        report(usrTag, parcel->bytes);
        *respData = parcel->nodes;
    } else {
        free(parcel);
    }
    give_back_resource(resource);
    return code;
}

int wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag; /* may dangle: hosts exist that free it first */
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    if (*respData != NULL) free(parcel_of(*respData));
    *respData = NULL;
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Asynchronous calls: workers are started when they are needed, and joined in wrapperFini
 * --------------------------------------------------------------------------------------------------------------- */

static void free_job(struct job *job) {
    free(job->parcel);
    free(job);
}

/* May the host be called for this job (still)? Marks the worker, so that wrapperFini knows where it is. Lock held. */
static bool enter_host(struct worker *self, struct job *job) {
    self->inside_host = !self->abandoned && (job->request.ended == 0 || job->request.ended == ECHO_CANCELLED);
    return self->inside_host;
}

/* Runs a job to its one final callback. The lock is held on entry and on return, and not in between. */
static void run_job(struct worker *self, struct job *job) {
    int code = sleep_locked(&job->request, job->wishes.sleep_ms);
    const char *tag = job->request.tag;
    if (enter_host(self, job)) {
        pthread_mutex_unlock(&engine.lock);
        if (code == 0) {
            work(&job->wishes, job->parcel->nodes, NULL);
            report(tag, job->parcel->bytes);
        }
        pthread_mutex_lock(&engine.lock);
    }
    if (enter_host(self, job)) {
        unlink_request(&job->request);
        job->request.ended = AIGES_ERR_STOPPING; /* from here on it cannot be cancelled */
        pthread_mutex_unlock(&engine.lock);
        inside_host++;
        job->callback(tag, code == 0 ? job->parcel->nodes : NULL, code);
        inside_host--;
        pthread_mutex_lock(&engine.lock);
    } else {
        unlink_request(&job->request);
    }
    self->inside_host = false;
    free_job(job);
}

static void *work_through_line(void *argument) {
    struct worker *self = argument;
    pthread_mutex_lock(&engine.lock);
    while (!self->abandoned) {
        struct job *job = engine.first_job;
        if (job != NULL) {
            engine.first_job = job->next;
            if (engine.first_job == NULL) engine.last_job = &engine.first_job;
            engine.waiting--;
            run_job(self, job);
        } else if (atomic_load(&engine.state) != READY) {
            break;
        } else {
            engine.idle++;
            pthread_cond_wait(&engine.posted, &engine.lock);
            engine.idle--;
        }
    }
    bool abandoned = self->abandoned;
    self->left = true;
    pthread_cond_broadcast(&engine.changed);
    pthread_mutex_unlock(&engine.lock);
    if (abandoned) free(self);
    return NULL;
}

/* Starts a worker. The lock is held. */
static bool start_worker(void) {
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) return false;
    sigset_t all, before; /* the host's signals are for the host's threads */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&worker->thread, NULL, work_through_line, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        free(worker);
        return false;
    }
    worker->next = engine.workers;
    engine.workers = worker;
    engine.worker_count++;
    return true;
}

/* Waits until a worker can be joined, or must be left behind because the host's callback does not return: that may
 * last for ever, and only its own request may wait for it. The library must stay mapped then (link with -z nodelete).
 * The lock is held. Returns true if it is to be joined. */
static bool await_worker(struct worker *worker, int64_t until) {
    while (!worker->left) {
        if (worker->inside_host && now_ns() >= until) return false;
        if (worker->inside_host)
            wait_until(&engine.changed, until);
        else
            pthread_cond_wait(&engine.changed, &engine.lock);
    }
    return true;
}

/* The lock is held on entry and on return. */
static void stop_workers(void) {
    int64_t until = in_ms(GRACE_MS);
    struct worker *worker;
    while ((worker = engine.workers) != NULL) {
        engine.workers = worker->next;
        engine.worker_count--;
        if (await_worker(worker, until)) {
            pthread_mutex_unlock(&engine.lock);
            pthread_join(worker->thread, NULL);
            free(worker);
            pthread_mutex_lock(&engine.lock);
        } else {
            worker->abandoned = true; /* it frees itself when it comes back */
            pthread_detach(worker->thread);
        }
    }
}

/* Jobs that no worker took are dropped without a callback: the host has stopped the engine. The lock is held. */
static void drop_jobs(void) {
    struct job *job;
    while ((job = engine.first_job) != NULL) {
        engine.first_job = job->next;
        unlink_request(&job->request);
        free_job(job);
    }
    engine.last_job = &engine.first_job;
    engine.waiting = 0;
}

/* Puts a job in line and sees to it that somebody takes it. */
static int post(struct job *job) {
    pthread_mutex_lock(&engine.lock);
    int code = refusal();
    if (code == 0 && engine.idle <= engine.waiting && engine.worker_count < WORKERS && !start_worker() &&
        engine.worker_count == 0)
        code = AIGES_ERR_NO_MEMORY;
    if (code == 0) {
        link_request(&job->request);
        *engine.last_job = job;
        engine.last_job = &job->next;
        engine.waiting++;
        pthread_cond_signal(&engine.posted);
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    int code = refusal();
    if (code != 0) return code;
    if (callback == NULL) return AIGES_ERR_INVALID_ARG;
    struct wishes wishes;
    if ((code = read_wishes(params, &wishes)) != 0) return code;
    struct resource *resource;
    if ((code = acquire_resource(psrIds, psrCnt, &resource)) != 0) return code;
    struct parcel *parcel = NULL; /* the host frees everything when we return: the copy is made now */
    code = pack(reqData, resource, true, &parcel);
    give_back_resource(resource);
    if (code != 0) return code;

    if (timeout <= 0) timeout = HOUR_MS;
    if (wishes.deadline_ms > 0 && wishes.deadline_ms < timeout) timeout = wishes.deadline_ms;
    size_t tag_size = usrTag != NULL ? strlen(usrTag) + 1 : 0;
    struct job *job = malloc(sizeof *job + tag_size);
    if (job == NULL) {
        free(parcel);
        return AIGES_ERR_NO_MEMORY;
    }
    *job = (struct job){.wishes = wishes, .callback = callback, .parcel = parcel};
    if (usrTag != NULL) job->request.tag = memcpy(job->tag, usrTag, tag_size);
    job->request.limit = in_ms(timeout);
    code = post(job);
    if (code != 0) free_job(job);
    return code;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Sessions
 * --------------------------------------------------------------------------------------------------------------- */

/* The lock is held. The place of the session in the table, or the end of its shelf. */
static struct session **find_session(const void *handle) {
    uint64_t id = (uint64_t)(uintptr_t)handle;
    struct session **link = &engine.sessions[id % SHELVES];
    while (*link != NULL && (*link)->id != id) link = &(*link)->next;
    return link;
}

static void free_session(struct session *session) {
    for (struct parcel *parcel = session->first, *next; parcel != NULL; parcel = next) {
        next = parcel->next;
        free(parcel);
    }
    free(session->given);
    if (session->callback != NULL) pthread_mutex_destroy(&session->delivering);
    free(session);
}

/* Gives the lock away; the last one out frees the record. */
static void leave_session(struct session *session) {
    bool last = --session->users == 0;
    pthread_mutex_unlock(&engine.lock);
    if (last) free_session(session);
}

/* Takes the session out of the table: its handle is dead from here on. The lock is held. */
static struct session *retire_session(struct session **link, int code) {
    struct session *session = *link;
    *link = session->next;
    session->request.ended = code;
    return session;
}

static void drop_sessions(void) {
    for (size_t i = 0; i < SHELVES; i++)
        while (engine.sessions[i] != NULL) {
            struct session *session = retire_session(&engine.sessions[i], AIGES_ERR_STOPPING);
            if (--session->users == 0) free_session(session);
        }
}

/* Finds the session and keeps it alive. Returns 0 with the lock held, or a code without it. */
static int enter_session(const void *handle, struct session **session) {
    int code = refusal();
    if (code != 0) return code;
    pthread_mutex_lock(&engine.lock);
    *session = *find_session(handle);
    if (*session == NULL) {
        pthread_mutex_unlock(&engine.lock);
        return AIGES_ERR_UNKNOWN_HANDLE;
    }
    (*session)->users++;
    return 0;
}

static void make_recursive(pthread_mutex_t *mutex) {
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex, &recursive);
    pthread_mutexattr_destroy(&recursive);
}

static int create_session(const char *tag, const struct ParamList *params, wrapperCallback callback,
                          const unsigned int *ids, int count, const void **handle) {
    int code = refusal();
    if (code != 0) return code;
    struct wishes wishes;
    if ((code = read_wishes(params, &wishes)) != 0) return code;
    struct resource *resource; /* echo only looks whether it is there; a session that uses it would keep it */
    if ((code = acquire_resource(ids, count, &resource)) != 0) return code;
    give_back_resource(resource);

    size_t tag_size = tag != NULL ? strlen(tag) + 1 : 0;
    struct session *session = malloc(sizeof *session + tag_size);
    if (session == NULL) return AIGES_ERR_NO_MEMORY;
    *session = (struct session){.users = 1, .wishes = wishes, .callback = callback};
    session->last = &session->first;
    if (tag != NULL) session->request.tag = memcpy(session->tag, tag, tag_size);
    if (callback != NULL) make_recursive(&session->delivering);

    pthread_mutex_lock(&engine.lock);
    code = refusal();
    if (code == 0) {
        session->id = ++engine.last_id; /* read before the lock goes: a foreign Destroy could be quick */
        *handle = (const void *)(uintptr_t)session->id;
        struct session **shelf = &engine.sessions[session->id % SHELVES];
        session->next = *shelf;
        *shelf = session;
    }
    pthread_mutex_unlock(&engine.lock);
    if (code != 0) free_session(session);
    return code;
}

const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    const void *handle = NULL;
    int code = create_session(usrTag, params, cb, psrIds, psrCnt, &handle);
    if (errNum != NULL) *errNum = code;
    return handle;
}

static bool is_final(const struct DataList *head) {
    for (; head != NULL; head = head->next)
        if (head->status == DataEnd || head->status == DataOnce) return true;
    return false;
}

/* Gives a piece, or the news of a cancel, to the session's callback. Neither is possible after the final one, or after
 * the session went. No lock is held but the session's own, which nobody else ever waits for. */
static int deliver(struct session *session, struct parcel *parcel) {
    pthread_mutex_lock(&session->delivering);
    pthread_mutex_lock(&engine.lock);
    int code = session->request.ended;
    bool live = !session->finished && (code == 0 || code == ECHO_CANCELLED);
    if (code == 0 && session->finished) code = ECHO_ENDED;
    if (live) {
        session->finished = code != 0 || is_final(parcel->nodes);
        session->taken += code == 0;
    }
    pthread_mutex_unlock(&engine.lock);
    if (live) {
        inside_host++;
        session->callback(session->request.tag, code == 0 ? parcel->nodes : NULL, code);
        inside_host--;
    }
    pthread_mutex_unlock(&session->delivering);
    return code;
}

int wrapperWrite(const void *handle, pDataList reqData) {
    struct session *session;
    int code = enter_session(handle, &session);
    if (code != 0) return code;
    pthread_mutex_unlock(&engine.lock);

    struct parcel *parcel = NULL;
    code = pack(reqData, NULL, false, &parcel);
    bool empty = code == ECHO_NOTHING; /* fine in a session: there is just nothing to give back */
    if (code == 0) work(&session->wishes, parcel->nodes, NULL);
    if (code == 0 && session->callback != NULL) {
        if (session->wishes.sleep_ms > 0) {
            pthread_mutex_lock(&engine.lock);
            sleep_locked(&session->request, session->wishes.sleep_ms);
            pthread_mutex_unlock(&engine.lock);
        }
        code = deliver(session, parcel);
        free(parcel);
        pthread_mutex_lock(&engine.lock);
        session->written += code == 0;
    } else {
        pthread_mutex_lock(&engine.lock);
        if (code == 0) code = sleep_locked(&session->request, session->wishes.sleep_ms);
        if (code == 0) {
            *session->last = parcel;
            session->last = &parcel->next;
            session->written++;
        } else {
            free(parcel);
        }
    }
    leave_session(session);
    return empty ? 0 : code;
}

/* One read gives what one write brought; 0 with NULL when nothing waits. It never blocks, so two reads at once cannot
 * meet. */
int wrapperRead(const void *handle, pDataList *respData) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct session *session;
    int code = enter_session(handle, &session);
    if (code != 0) return code;
    struct parcel *former = NULL;
    code = session->request.ended;
    if (code == 0) {
        former = session->given;
        struct parcel *parcel = session->given = session->first;
        if (parcel != NULL) {
            session->first = parcel->next;
            if (session->first == NULL) session->last = &session->first;
            session->taken++;
            *respData = parcel->nodes;
        }
    }
    leave_session(session);
    free(former);
    return code;
}

int wrapperDestroy(const void *handle) {
    int code = refusal();
    if (code == AIGES_ERR_FORKED) return code;
    if (code != 0) return AIGES_ERR_UNKNOWN_HANDLE; /* wrapperFini retired all of them */
    pthread_mutex_lock(&engine.lock);
    struct session **link = find_session(handle);
    if (*link == NULL) {
        pthread_mutex_unlock(&engine.lock);
        return AIGES_ERR_UNKNOWN_HANDLE;
    }
    struct session *session = retire_session(link, AIGES_ERR_UNKNOWN_HANDLE);
    if (session->users > 1) pthread_cond_broadcast(&engine.changed); /* a write that sleeps waits for nothing now */
    leave_session(session);
    return 0;
}

const char *wrapperDebugInfo(const void *handle) {
    struct session *session;
    if (enter_session(handle, &session) != 0) return "";
    /* No tag in here: texts for people end up in logs, and the tag is the host's. */
    snprintf(session->info, sizeof session->info, "echo session %llu: %llu written, %llu taken%s",
             (unsigned long long)session->id, session->written, session->taken,
             session->request.ended != 0 ? ", cancelled" : "");
    const char *info = session->info; /* the table keeps it until wrapperDestroy */
    leave_session(session);
    return info;
}

/* Marks what is to end and wakes it if it sleeps; who runs it ends it with its own answer. A session with a callback
 * learns of it in its current write, or in the next. */
int aiges_session_cancel(const void *handle, const char *usrTag) {
    int code = refusal();
    if (code != 0) return code;
    code = AIGES_ERR_UNKNOWN_HANDLE;
    pthread_mutex_lock(&engine.lock);
    struct session *session = handle != NULL ? *find_session(handle) : NULL;
    if (session != NULL) {
        session->request.ended = ECHO_CANCELLED;
        code = 0;
    }
    for (struct request *request = engine.requests; usrTag != NULL && request != NULL; request = request->next) {
        if (request->tag == NULL || strcmp(request->tag, usrTag) != 0) continue;
        if (request->ended == 0) request->ended = ECHO_CANCELLED;
        code = 0;
    }
    if (code == 0) pthread_cond_broadcast(&engine.changed);
    pthread_mutex_unlock(&engine.lock);
    return code;
}
