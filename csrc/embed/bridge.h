/* The seam between libwrapper.so (C++, no Python.h) and the extension modules of aiges_native (Cython).
 *
 * Each side publishes one table of functions. libwrapper.so owns states, threads, sessions, routes and time; the Cython
 * side owns every Python object. PyObject pointers are `void *` here.
 *
 * GIL: every function of aiges_bridge is called with the GIL held and returns with it held. Every function of aiges_shim
 * is called with the GIL held; those that run host code give it away inside and take it back through the thread gate.
 *
 * The tables travel as {version, size, functions}: another version is refused with a message naming both sides. */
#ifndef AIGES_EMBED_BRIDGE_H
#define AIGES_EMBED_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#include "aiges/loader.h"
#include "aiges/type.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AIGES_BRIDGE_VERSION 2
#define AIGES_BRIDGE_CAPSULE "aiges_native._native._embed.bridge"

/* ---- Results ---------------------------------------------------------------------------------------------------- */

#define AIGES_RESULT_MAGIC UINT64_C(0x31746c7365726761)
#define AIGES_RESULT_FREED UINT64_C(0x6465657266677261)

/* A result list in one allocation: this header, then the nodes, then their descs, then the objects that own the bytes.
 * Hosts see only `nodes`; the header lies in front of the head they hold, so that freeing never walks their list. */
typedef struct aiges_result {
    struct aiges_result *next; /* in the release queue */
    uint64_t bytes;            /* payload bytes kept alive */
    void **objects;            /* owned references: bytes, memoryviews, key texts */
    uint32_t object_count;
    uint32_t node_count;
    uint64_t reserved; /* the maker's own */
    uint64_t magic;
    struct DataList nodes[];
} aiges_result;

/* ---- One call --------------------------------------------------------------------------------------------------- */

struct aiges_request;

/* What a thread may be interrupted in. One for each thread, shared by every libwrapper.so of the process; changed and
 * read with the GIL held. */
typedef struct aiges_running {
    const struct aiges_request *request; /* whose method runs; NULL: code that belongs to no call, or to the host */
    int interrupted;                     /* exceptions that were sent; the last may still be raised */
} aiges_running;

/* What a call carries, all borrowed until it returns, and what it tells back. */
typedef struct aiges_request {
    const char *usr_tag;
    pParamList params;
    pDataList data;
    const unsigned int *psr_ids;
    int psr_count;
    uint64_t bytes_copied;  /* out: payload bytes copied between host and Python in either direction */
    aiges_running *running; /* the calling thread's; its `request` is this one exactly while the method runs */
} aiges_request;

/* Levels of the log sink. */
enum { AIGES_LOG_DEBUG = 0, AIGES_LOG_INFO = 1, AIGES_LOG_WARNING = 2, AIGES_LOG_ERROR = 3, AIGES_LOG_OFF = 4 };

/* ---- What libwrapper.so offers to the Cython side --------------------------------------------------------------- */

typedef struct aiges_shim {
    uint32_t version, size;
    const char *library_path;
    int (*log_enabled)(int level);
    void (*log)(int level, const char *text, size_t length);
    /* Puts a result on the release queue of the process (any thread, with or without the GIL). */
    void (*queue_release)(aiges_result *result);
    /* The loader-owned buffer that a data node announces and lies in; NULL if there is none. Borrowed. */
    aiges_buffer *(*announced_buffer)(const struct DataList *node);
    /* Finds the route of a callback by tag (NULL: a call made without one), then as sid, as handle, then `third` in
     * the same way. Returns 1 if there is one that can still be answered. */
    int (*route_known)(const char *tag, const char *third);
    /* Delivers to that route and waits for the host without the GIL. list: borrowed until return.
     * *host_code receives what the host returned. Returns 0 delivered, -1 not delivered. */
    int (*route_deliver)(const char *tag, const char *third, pDataList list, int code, int *host_code);
    int (*meter)(const char *usr_tag, const char *key, int count);
    int (*trace)(const char *usr_tag, const char *key, const char *value);
    /* The call that this thread is in: 0 outside; else cancelled flag, and milliseconds left (-1: no deadline). */
    int (*current_call)(int *cancelled, int64_t *remaining_ms);
    void (*set_deadline)(int64_t milliseconds);
    /* Waits without the GIL until every native thread has left Python or `milliseconds` passed; then no native thread
     * enters any more. For the atexit of a guest interpreter. */
    void (*drain)(int milliseconds);
} aiges_shim;

/* ---- What the Cython side offers to libwrapper.so --------------------------------------------------------------- */

typedef struct aiges_bridge {
    uint32_t version, size;
    /* Registers a shim; refused (-1, text) when its version differs. Called once per libwrapper.so. drain_ms > 0: the
     * interpreter is a guest; shim->drain(drain_ms) is registered to run when it exits. */
    int (*attach)(const aiges_shim *shim, int drain_ms, char *text, size_t text_size);
    /* Imports the wrapper's module, builds the object, binds its methods. *wrapper: owned reference.
     * Returns 0 or a code, then `text` holds the cause. */
    int (*load)(const aiges_shim *shim, pConfig config, void **wrapper, char *text, size_t text_size);
    void (*unload)(void *wrapper);
    int (*init)(void *wrapper, pConfig config, char *text, size_t text_size);
    int (*fini)(void *wrapper);
    /* The wrapper's own text for a code; "" when it has none. */
    void (*error_text)(void *wrapper, int code, char *text, size_t text_size);
    int (*exec)(void *wrapper, aiges_request *request, aiges_result **result);
    int (*exec_async)(void *wrapper, aiges_request *request);
    /* handle: malloc'ed text on success, owned by the caller. */
    int (*create)(void *wrapper, aiges_request *request, char **handle);
    int (*write)(void *wrapper, const char *handle, const char *sid, aiges_request *request);
    int (*read)(void *wrapper, const char *handle, const char *sid, aiges_request *request, aiges_result **result);
    int (*destroy)(void *wrapper, const char *handle);
    int (*cancel)(void *wrapper, const char *handle);
    int (*load_resource)(void *wrapper, const char *patch_id, aiges_request *request);
    int (*unload_resource)(void *wrapper, const char *patch_id);
    /* Drops the references of a result and frees it. */
    void (*release)(aiges_result *result);
    /* The calling thread's; lives as long as the thread. */
    aiges_running *(*running)(void);
    /* Sends CallInterrupted to a thread (as pthread_self names it) in its `running->request`, which was cancelled
     * `late_ms` ago. It is raised when the thread next runs a step of Python, if ever. */
    void (*interrupt)(aiges_running *running, unsigned long thread, int64_t late_ms);
    /* On the thread itself, `running->request` being NULL: what was sent to it will not be raised any more. */
    void (*take_back)(aiges_running *running);
} aiges_bridge;

#ifdef __cplusplus
}
#endif

#endif /* AIGES_EMBED_BRIDGE_H */
