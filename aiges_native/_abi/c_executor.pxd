# csrc/executor/executor.h, one to one.

from libc.stdint cimport int64_t, uint64_t

from aiges_native._abi.c_loader cimport aiges_call, aiges_engine, aiges_session
from aiges_native._abi.c_type cimport DataList

cdef extern from "executor/executor.h" nogil:
    ctypedef struct aiges_executor:
        pass
    ctypedef struct aiges_sink:
        pass

    ctypedef enum aiges_job_kind:
        AIGES_JOB_EXEC
        AIGES_JOB_EXEC_ASYNC
        AIGES_JOB_CREATE
        AIGES_JOB_WRITE
        AIGES_JOB_READ
        AIGES_JOB_DESTROY
        AIGES_JOB_PIECE
        AIGES_JOB_OVERFLOW

    ctypedef struct aiges_job:
        aiges_job *next
        int64_t began_ns, ended_ns
        aiges_job_kind kind
        int code
        aiges_engine *engine
        aiges_session *session
        const aiges_call *call
        DataList *data
        aiges_sink *sink
        DataList *response
        void *owner

    ctypedef DataList *(*aiges_list_copy_fn)(DataList *list) noexcept

    aiges_executor *aiges_executor_create(int threads, aiges_list_copy_fn copy)
    int aiges_executor_fd(const aiges_executor *executor)
    int aiges_executor_is_forked(const aiges_executor *executor)
    void aiges_executor_submit(aiges_executor *executor, aiges_job *job)
    int aiges_executor_wake(aiges_executor *executor, int all)
    aiges_job *aiges_executor_take(aiges_executor *executor)
    void aiges_executor_grow(aiges_executor *executor)
    void aiges_executor_load(aiges_executor *executor, int *running, int *waiting)
    void aiges_executor_close(aiges_executor *executor)
    void aiges_executor_destroy(aiges_executor *executor)

    aiges_sink *aiges_sink_create(aiges_executor *executor, void *owner, int most_pieces, uint64_t most_bytes,
                                  int wait_ms)
    void *aiges_piece_owner(const aiges_job *piece)
    void aiges_sink_taken(aiges_sink *sink, uint64_t bytes)
    int aiges_sink_overflowed(const aiges_sink *sink)
    void aiges_sink_close(aiges_sink *sink)
    void aiges_sink_detach(aiges_sink *sink)
    void aiges_sink_destroy(aiges_sink *sink)
