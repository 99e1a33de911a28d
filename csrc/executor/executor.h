/* Engine calls on native threads, ended through one descriptor. README.md says what it is for. */
#ifndef AIGES_EXECUTOR_H
#define AIGES_EXECUTOR_H

#include <stddef.h>
#include <stdint.h>

#include "aiges/loader.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct aiges_executor aiges_executor;
typedef struct aiges_sink aiges_sink;

typedef enum aiges_job_kind {
    AIGES_JOB_EXEC = 0,       /* engine, call -> response, transferred: give it back with aiges_engine_release */
    AIGES_JOB_EXEC_ASYNC = 1, /* engine, call, sink -> code of the start; the results come as pieces */
    AIGES_JOB_CREATE = 2,     /* engine, call, sink or NULL -> session */
    AIGES_JOB_WRITE = 3,      /* session, data */
    AIGES_JOB_READ = 4,       /* session -> response, a copy: free() it */
    AIGES_JOB_DESTROY = 5,    /* session; no piece of its sink comes after this job has ended */
    AIGES_JOB_PIECE = 6,      /* made by a sink: response, a copy, or code */
    AIGES_JOB_OVERFLOW = 7    /* made by a sink, its last: there was no room for a piece in time */
} aiges_job_kind;

/* One call. The members in front are the executor's own. */
typedef struct aiges_job {
    struct aiges_job *next;
    int64_t began_ns, ended_ns; /* of the engine's call, CLOCK_MONOTONIC; 0: not yet. Atomic: read while it runs */
    aiges_job_kind kind;
    int code; /* out */
    aiges_engine *engine;
    aiges_session *session; /* in, or out of CREATE */
    const aiges_call *call;
    pDataList data;
    aiges_sink *sink;
    pDataList response; /* out */
    void *owner;        /* the caller's own */
} aiges_job;

/* A copy of a list in one allocation that free() releases; NULL without memory. */
typedef pDataList (*aiges_list_copy_fn)(pDataList list);

/* threads: at most so many calls at once; they are started when they are needed.
 * Returns: NULL without memory or descriptors. */
aiges_executor *aiges_executor_create(int threads, aiges_list_copy_fn copy);

/* Readable when there is something to take. */
int aiges_executor_fd(const aiges_executor *executor);

/* Whether the process was forked since: then nothing but this may be asked of it, or of its sinks. */
int aiges_executor_is_forked(const aiges_executor *executor);

/* job: the executor's until it is taken. Calls begin in the order of their submission, after the next wake. Any thread.
 * One that cannot begin has began_ns 0 and the code STOPPING, or NO_MEMORY where there is no thread for it. */
void aiges_executor_submit(aiges_executor *executor, aiges_job *job);

/* Has threads for what was submitted. Waking one costs the caller about as much as a short call of an engine, so one wake
 * may be for many jobs, and with all = 0 those that wait are left to a thread that is in a call, as long as calls are
 * short. Returns: whether jobs are left; then the caller asks again within a millisecond or so with all = 1, because that
 * one call may be the first that is not short. */
int aiges_executor_wake(aiges_executor *executor, int all);

/* What has ended since the last call, in the order of its end; NULL: nothing. One thread, the loop's. */
aiges_job *aiges_executor_take(aiges_executor *executor);

/* One thread more, for one that is lost in a call. */
void aiges_executor_grow(aiges_executor *executor);

/* Calls in the hands of threads, and those that wait for one. */
void aiges_executor_load(aiges_executor *executor, int *running, int *waiting);

/* No call begins any more, but for DESTROY; threads that are in one are left to it. Jobs that wait end with
 * AIGES_ERR_STOPPING. */
void aiges_executor_close(aiges_executor *executor);

/* Closes and frees it; what threads still use is freed by the last of them. What they end then is nobody's. */
void aiges_executor_destroy(aiges_executor *executor);

/* ---- Sinks ------------------------------------------------------------------------------------------------------- */

/* most_pieces, most_bytes: as much may wait to be taken; wait_ms: how long an engine's thread then waits for room.
 * owner: what aiges_piece_owner tells. Returns: NULL without memory. */
aiges_sink *aiges_sink_create(aiges_executor *executor, void *owner, int most_pieces, uint64_t most_bytes, int wait_ms);

/* The aiges_result_fn of the session or request, and its context, which may outlive the sink. -1: nobody takes results,
 * or no room came in time, which closes the sink. */
int aiges_sink_result(void *context, pDataList response, int code);
void *aiges_sink_context(const aiges_sink *sink);

/* Whose piece a taken PIECE or OVERFLOW is; NULL: its sink is detached. */
void *aiges_piece_owner(const aiges_job *piece);

/* A piece of that size has left: there is room for another. Its job and its response are the taker's, to free(). */
void aiges_sink_taken(aiges_sink *sink, uint64_t bytes);

/* Whether a thread gave up waiting for room. */
int aiges_sink_overflowed(const aiges_sink *sink);

/* Nobody takes any more: waiting threads go on with -1. */
void aiges_sink_close(aiges_sink *sink);

/* Closes it, and its owner is told no more. */
void aiges_sink_detach(aiges_sink *sink);

/* Detaches and frees it, at any time: no engine has its address. */
void aiges_sink_destroy(aiges_sink *sink);

#ifdef __cplusplus
}
#endif

#endif /* AIGES_EXECUTOR_H */
