/* Host API of libaiges.so: many engines in one process, C libraries and Python wrappers alike. Since ABI 1.0.
 *
 * A host opens an engine by path or by name, starts it, calls it from any number of threads, and closes it:
 *
 *     aiges_engine *engine = NULL;
 *     if (aiges_engine_open("echo", NULL, &engine) || aiges_engine_init(engine, NULL))
 *         return fprintf(stderr, "%s\n", aiges_last_error()), 1;
 *     struct DataList text = {.key = "text", .data = "hello", .len = 5, .status = DataOnce};
 *     aiges_call call = AIGES_CALL_INIT;
 *     call.request = &text;
 *     pDataList result = NULL;
 *     if (aiges_engine_exec(engine, &call, &result) == 0)
 *         printf("%.*s\n", (int)result->len, (const char *)result->data);
 *     aiges_engine_release(engine, &result);
 *     aiges_engine_close(engine, 1000);
 *
 * The lists are those of type.h and reach the engine as they are: nothing is copied on the way in or out.
 *
 * Rules for every function here
 *   - Threads: any function on any thread, concurrently, unless its heading says otherwise. Calls of one session are
 *     serialised by the caller.
 *   - Returns: 0, or a code of errors.h, or the engine's own code. aiges_engine_error(engine, code) gives the text of
 *     the code; aiges_last_error() the sentence about the last failure of a function of this header on this thread.
 *   - Structures start with `version` and `size`; fill them with their *_INIT macro. Members are only ever appended;
 *     nothing beyond `size` is read or written.
 *   - Ownership words are those of wrapper.h. */
#ifndef AIGES_LOADER_H
#define AIGES_LOADER_H

#include <stddef.h>
#include <stdint.h>

#include "aiges/errors.h"
#include "aiges/type.h"
#include "aiges/version.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef AIGES_API
#define AIGES_API __attribute__((visibility("default")))
#endif

typedef struct aiges_engine aiges_engine;   /* an engine: opened, owned by the host until aiges_engine_close */
typedef struct aiges_session aiges_session; /* a session of an engine: owned until aiges_session_destroy */

/* Version of the library, "MAJOR.MINOR.PATCH". Static text. */
AIGES_API const char *aiges_loader_version(void);

/* One sentence about the last failure of a function of this header on this thread; "" if there was none.
 * Returns: borrowed until the next failure on this thread; never NULL. */
AIGES_API const char *aiges_last_error(void);

/* ------------------------------------------------------------------------------------------------------------------
 * Engines
 * --------------------------------------------------------------------------------------------------------------- */

/* How to open an engine. Every member may stay 0. */
typedef struct aiges_open_options {
    uint32_t version, size;
    const char *search_path;    /* colon-separated folders searched first for a name; borrowed until return */
    const char *python_library; /* libwrapper.so to use for Python wrappers; NULL: the one beside libaiges.so, else
                                   $AIGES_LIBWRAPPER; borrowed until return */
} aiges_open_options;
#define AIGES_OPEN_OPTIONS_INIT {1, (uint32_t)sizeof(aiges_open_options), NULL, NULL}

/* Opens an engine: finds it, loads its library, resolves its fifteen functions. Starts nothing.
 * When:       any time.
 * name:       borrowed until return. A path (it holds a '/' or ends in .so or .py): an engine library, a wrapper.py, or
 *             a folder that holds wrapper.py or else libwrapper.so. Anything else is a name: NAME.so, libNAME.so,
 *             NAME/wrapper.py, NAME/libwrapper.so, NAME.py are looked for in options->search_path,
 *             $AIGES_LIBRARY_PATH, ./library, and the folder engines/ beside this library, in that order.
 * options:    borrowed until return; NULL: defaults.
 * engine:     receives the engine, owned until aiges_engine_close.
 * On failure: *engine NULL; aiges_last_error() names the file, what is missing, and the cause dlerror gave.
 * Errors:     INVALID_ARG, ENGINE_NOT_FOUND, ENGINE_UNLOADABLE, SYMBOL_MISSING, ABI_MISMATCH, ENGINE_IN_USE (a C
 *             engine keeps its state in globals: one open per library file), TOO_MANY_ENGINES, NO_MEMORY.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_open(const char *name, const aiges_open_options *options, aiges_engine **engine);

/* Starts the engine (wrapperInit).
 * When:       once after open; again after a failure or after aiges_engine_fini.
 * Threads:    alone on this engine: a second init or fini meanwhile is BUSY.
 * config:     borrowed until return; may be NULL. A Python wrapper opened by its file gets the entry wrapper.file =
 *             absolute path of that file, unless the caller has set it.
 * On failure: the engine is not ready; aiges_last_error() holds the engine's own text.
 * Errors:     those of wrapperInit; ALREADY_INIT; BUSY; ENGINE_CLOSED.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_init(aiges_engine *engine, pConfig config);

/* Stops the engine (wrapperFini); it may be started again.
 * When:       all sessions destroyed. Before init, or a second time: 0, nothing done.
 * Threads:    alone on this engine.
 * On failure: stopped, except BUSY (called from inside one of the engine's callbacks, or while it is started, stopped
 *             or closed on another thread).
 * Errors:     those of wrapperFini; BUSY; ENGINE_CLOSED.
 * Callback:   requests and sessions that still wait for a result get STOPPING as their final one before this returns.
 *             A session that outlived its engine can only be destroyed: UNKNOWN_HANDLE.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_fini(aiges_engine *engine);

/* Stops the engine if it runs and releases it.
 * When:       once per successful open, sessions destroyed, results released.
 * Threads:    once at a time; other calls of this engine may still be running, they are waited for. After success the
 *             handle is gone; a call that comes late all the same gets ENGINE_CLOSED as long as the place is free.
 * timeout_ms: how long to wait for calls in flight and for results and sessions not given back; < 0: for ever.
 * engine:     consumed on success; NULL is 0.
 * Returns:    0, or the code of wrapperFini (the engine is released all the same).
 * On failure: BUSY: something is still in use; the engine stays open and new calls are refused with ENGINE_CLOSED, so
 *             that a later close succeeds.
 * Errors:     BUSY (at once when called from inside one of the engine's callbacks); those of wrapperFini; ENGINE_CLOSED.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_close(aiges_engine *engine, int timeout_ms);

/* Text for a code, the engine's own or one of errors.h.
 * engine:     borrowed until return; NULL: codes of errors.h only.
 * Returns:    borrowed until the engine is closed; never NULL.
 * Since:      ABI 1.0 */
AIGES_API const char *aiges_engine_error(aiges_engine *engine, int code);

/* wrapperVersion of the engine; the path that was opened. Borrowed until aiges_engine_close; never NULL. */
AIGES_API const char *aiges_engine_version(aiges_engine *engine);
AIGES_API const char *aiges_engine_path(aiges_engine *engine);

/* Version of tensor.h that the engine understands in data nodes (its aiges_tensor_version); 0: none, send bytes. */
AIGES_API uint32_t aiges_engine_tensor_version(aiges_engine *engine);

/* ------------------------------------------------------------------------------------------------------------------
 * Calls
 * --------------------------------------------------------------------------------------------------------------- */

/* What a call carries. Everything is borrowed until the function that takes it returns. */
typedef struct aiges_call {
    uint32_t version, size;
    const char *usr_tag;         /* names the request in callbacks and traces; NULL: none (one is made where needed) */
    pParamList params;           /* may be NULL */
    pDataList request;           /* may be NULL; not read by aiges_session_create */
    const unsigned int *psr_ids; /* resources the request uses */
    int psr_count;
    int timeout_ms;      /* exec_async: the callback gets TIMEOUT when it passes; <= 0: the engine's own limit */
    int64_t deadline_ms; /* > 0: milliseconds left for this call; reaches the engine as params key aiges.deadline_ms */
} aiges_call;
#define AIGES_CALL_INIT {1, (uint32_t)sizeof(aiges_call), NULL, NULL, NULL, NULL, 0, 0, 0}

/* Receives a result of aiges_engine_exec_async or of a session created with a callback.
 * When, Threads: as wrapperCallback (wrapper.h): any thread, serialised per request, the final one is the last.
 * context:    as given.
 * response:   borrowed until return; NULL when code != 0.
 * code:       0 or the failure.
 * Returns:    0 taken; else: nobody is interested any more. */
typedef int (*aiges_result_fn)(void *context, pDataList response, int code);

/* Runs one request and waits for its result (wrapperExec).
 * call:       borrowed until return.
 * response:   receives a list, transferred on success: give it back with aiges_engine_release.
 * On failure: *response NULL.
 * Errors:     those of wrapperExec; NOT_READY; ENGINE_CLOSED.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_exec(aiges_engine *engine, const aiges_call *call, pDataList *response);

/* Gives a result of aiges_engine_exec back (wrapperExecFree).
 * response:   address of the head; consumed always and set to NULL. A NULL list is 0.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_release(aiges_engine *engine, pDataList *response);

/* Starts one request; its result comes through `result` exactly once as final (wrapperExecAsync).
 * call:       borrowed until return. A usr_tag that is in flight on this engine already is BUSY.
 * result, context: kept until the final call of `result`.
 * On failure: `result` is not called.
 * Errors:     those of wrapperExecAsync; BUSY; ENGINE_CLOSED.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_exec_async(aiges_engine *engine, const aiges_call *call, aiges_result_fn result,
                                      void *context);

/* Tells the engine that nobody waits for a session, or for the one-shot request `usr_tag`, any more.
 * Returns:    0; UNKNOWN_HANDLE; NOT_SUPPORTED when the engine has no aiges_session_cancel. Within 1 ms; idempotent.
 * Since:      ABI 1.0 */
AIGES_API int aiges_engine_cancel(aiges_engine *engine, aiges_session *session, const char *usr_tag);

/* Loads, unloads a personalised resource (wrapperLoadRes, wrapperUnloadRes). Errors: those of the two. Since: 1.0 */
AIGES_API int aiges_engine_load_resource(aiges_engine *engine, pDataList data, unsigned int id);
AIGES_API int aiges_engine_unload_resource(aiges_engine *engine, unsigned int id);

/* Functions of the host for this engine's custom meters and traces; NULL unsets. They take effect at once.
 * fn, context: kept until replaced or the engine is closed. Called from any thread. Since: 1.0 */
typedef int (*aiges_meter_fn)(void *context, const char *usr_tag, const char *key, int count);
typedef int (*aiges_trace_fn)(void *context, const char *usr_tag, const char *key, const char *value);
AIGES_API int aiges_engine_set_meter(aiges_engine *engine, aiges_meter_fn fn, void *context);
AIGES_API int aiges_engine_set_trace(aiges_engine *engine, aiges_trace_fn fn, void *context);

/* ------------------------------------------------------------------------------------------------------------------
 * Sessions
 * --------------------------------------------------------------------------------------------------------------- */

/* Opens a session (wrapperCreate).
 * call:       borrowed until return; `request` is not read.
 * result, context: NULL: results are fetched with aiges_session_read. Else kept until the final result or destroy.
 * session:    receives the session, owned until aiges_session_destroy.
 * On failure: *session NULL.
 * Errors:     those of wrapperCreate; BUSY (this usr_tag is in flight and has a callback); ENGINE_CLOSED.
 * Callback:   may run before this returns.
 * Since:      ABI 1.0 */
AIGES_API int aiges_session_create(aiges_engine *engine, const aiges_call *call, aiges_result_fn result, void *context,
                                   aiges_session **session);

/* Feeds the session (wrapperWrite). data: borrowed until return. Errors: those of wrapperWrite. Since: 1.0 */
AIGES_API int aiges_session_write(aiges_session *session, pDataList data);

/* Fetches what is ready (wrapperRead).
 * response:   receives a list kept alive by the session until the next read or destroy; NULL with 0: nothing yet.
 * Errors:     those of wrapperRead. Since: ABI 1.0 */
AIGES_API int aiges_session_read(aiges_session *session, pDataList *response);

/* Ends the session (wrapperDestroy). session: consumed always; NULL is 0. No result is delivered after it returned,
 * one already inside `result` may end later. Errors: those of wrapperDestroy. Since: 1.0 */
AIGES_API int aiges_session_destroy(aiges_session *session);

/* wrapperDebugInfo: text for people, borrowed until the next call of it or destroy; never NULL. */
AIGES_API const char *aiges_session_debug_info(aiges_session *session);

/* ------------------------------------------------------------------------------------------------------------------
 * Buffers: memory that may be kept and viewed without limit
 * --------------------------------------------------------------------------------------------------------------- */

/* Reference-counted memory. A data node whose `data` lies in a buffer, and whose desc announces it, may be kept by the
 * engine beyond the call: it retains the buffer, the host drops its own reference whenever it likes. An engine that
 * knows nothing of this sees ordinary borrowed bytes. */
typedef struct aiges_buffer {
    uint32_t version, size;
    void (*retain)(struct aiges_buffer *buffer);
    void (*release)(struct aiges_buffer *buffer);
    uint64_t magic;  /* AIGES_BUFFER_MAGIC; the structure itself is 64-byte aligned, too */
    void *data;      /* 64-byte aligned */
    uint64_t length; /* bytes */
} aiges_buffer;
#define AIGES_BUFFER_MAGIC UINT64_C(0x6675625f73676961) /* "aigs_buf" in little-endian memory order */
#define AIGES_BUFFER_KEY "aiges.buffer"

/* Makes a buffer of `length` bytes, uninitialised, with one reference, owned by the caller.
 * On failure: *buffer NULL. Errors: INVALID_ARG, NO_MEMORY. Since: ABI 1.0 */
AIGES_API int aiges_buffer_create(uint64_t length, aiges_buffer **buffer);

/* Announces the buffer in a desc node.
 * announcement: caller's storage for the node and its text; link &announcement->node into the data node's desc. It and
 *             the caller's reference must live until the call that takes the data node returns.
 * Since:      ABI 1.0 */
typedef struct aiges_buffer_announcement {
    struct ParamList node;
    char text[24];
} aiges_buffer_announcement;
AIGES_API void aiges_buffer_announce(aiges_buffer *buffer, aiges_buffer_announcement *announcement);

/* ------------------------------------------------------------------------------------------------------------------
 * Statistics
 * --------------------------------------------------------------------------------------------------------------- */

#define AIGES_STATS_BUCKETS 160 /* four an octave; see aiges_stats_bucket_ns */

/* Where an engine is in its life. */
enum {
    AIGES_STATE_OPENED = 0,
    AIGES_STATE_STARTING = 1,
    AIGES_STATE_READY = 2,
    AIGES_STATE_STOPPING = 3,
    AIGES_STATE_STOPPED = 4,
    AIGES_STATE_FAILED = 5, /* the last start failed */
    AIGES_STATE_CLOSED = 6
};

/* Counters of one engine since it was opened, summed over all threads. One "call" is one exec, exec_async, write or
 * read; an exec_async lasts until its final result.
 *
 * Durations: while the calls of a thread to an engine last less than a microsecond each, one in about eight is timed and
 * stands for those in between, because reading the clock would cost more than the call. Everything else is exact. */
typedef struct aiges_stats {
    uint32_t version, size;
    char name[64];                           /* the engine's name, NUL-terminated, cut if longer */
    uint64_t calls;                          /* ended */
    uint64_t failures;                       /* of these, non-zero */
    uint64_t in_flight;                      /* begun and not ended */
    uint64_t sessions;                       /* open sessions */
    uint64_t bytes_in;                       /* data bytes of requests */
    uint64_t bytes_out;                      /* data bytes of results */
    uint64_t bytes_copied;                   /* bytes the bridge copied; 0 on the zero-copy paths (Python engines) */
    uint64_t gil_wait_ns;                    /* time calls waited for the GIL (Python engines) */
    uint64_t total_ns;                       /* sum of the durations of calls */
    uint64_t histogram[AIGES_STATS_BUCKETS]; /* calls by duration; lower bound of a bucket: aiges_stats_bucket_ns */
    uint32_t state;                          /* AIGES_STATE_* */
    uint32_t reserved;                       /* 0 */
} aiges_stats;
#define AIGES_STATS_INIT {1, (uint32_t)sizeof(aiges_stats), {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, 0, 0}

/* Lower bound in ns of a histogram bucket (four buckets an octave); UINT64_MAX beyond the last one. */
AIGES_API uint64_t aiges_stats_bucket_ns(unsigned int bucket);

/* Reads the counters of an engine. stats: filled up to its size. Since: 1.0 */
AIGES_API int aiges_engine_stats(aiges_engine *engine, aiges_stats *stats);

/* The counters of all engines of this process lie in one anonymous memory page set; another process that gets this
 * descriptor (over a socket, or by inheritance) maps and reads it without asking this process.
 * Returns: a descriptor, borrowed until process end; -1 before the first open. */
AIGES_API int aiges_stats_fd(void);

/* Maps such a descriptor for reading (INVALID_ARG: it is no statistics page; ABI_MISMATCH: of another version of this
 * library). Reads the index-th open engine: count from 0 until UNKNOWN_HANDLE. */
typedef struct aiges_stats_page aiges_stats_page;
AIGES_API int aiges_stats_map(int fd, aiges_stats_page **page);
AIGES_API int aiges_stats_read(aiges_stats_page *page, unsigned int index, aiges_stats *stats);
AIGES_API void aiges_stats_unmap(aiges_stats_page *page);

#ifdef __cplusplus
}
#endif

#endif /* AIGES_LOADER_H */
