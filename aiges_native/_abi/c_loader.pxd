# include/aiges/loader.h, one to one.

from libc.stdint cimport int64_t, uint32_t, uint64_t

from aiges_native._abi.c_type cimport ParamList, pConfig, pDataList, pParamList

cdef extern from "aiges/loader.h" nogil:
    ctypedef struct aiges_engine:
        pass
    ctypedef struct aiges_session:
        pass

    const char *aiges_loader_version()
    const char *aiges_last_error()

    ctypedef struct aiges_open_options:
        uint32_t version, size
        const char *search_path
        const char *python_library

    int aiges_engine_open(const char *name, const aiges_open_options *options, aiges_engine **engine)
    int aiges_engine_init(aiges_engine *engine, pConfig config)
    int aiges_engine_fini(aiges_engine *engine)
    int aiges_engine_close(aiges_engine *engine, int timeout_ms)
    const char *aiges_engine_error(aiges_engine *engine, int code)
    const char *aiges_engine_version(aiges_engine *engine)
    const char *aiges_engine_path(aiges_engine *engine)

    ctypedef struct aiges_call:
        uint32_t version, size
        const char *usr_tag
        pParamList params
        pDataList request
        const unsigned int *psr_ids
        int psr_count
        int timeout_ms
        int64_t deadline_ms

    ctypedef int (*aiges_result_fn)(void *context, pDataList response, int code) noexcept

    int aiges_engine_exec(aiges_engine *engine, const aiges_call *call, pDataList *response)
    int aiges_engine_release(aiges_engine *engine, pDataList *response)
    int aiges_engine_exec_async(aiges_engine *engine, const aiges_call *call, aiges_result_fn result, void *context)
    int aiges_engine_cancel(aiges_engine *engine, aiges_session *session, const char *usr_tag)
    int aiges_engine_load_resource(aiges_engine *engine, pDataList data, unsigned int id)
    int aiges_engine_unload_resource(aiges_engine *engine, unsigned int id)

    ctypedef int (*aiges_meter_fn)(void *context, const char *usr_tag, const char *key, int count) noexcept
    ctypedef int (*aiges_trace_fn)(void *context, const char *usr_tag, const char *key, const char *value) noexcept
    int aiges_engine_set_meter(aiges_engine *engine, aiges_meter_fn fn, void *context)
    int aiges_engine_set_trace(aiges_engine *engine, aiges_trace_fn fn, void *context)

    int aiges_session_create(aiges_engine *engine, const aiges_call *call, aiges_result_fn result, void *context,
                             aiges_session **session)
    int aiges_session_write(aiges_session *session, pDataList data)
    int aiges_session_read(aiges_session *session, pDataList *response)
    int aiges_session_destroy(aiges_session *session)
    const char *aiges_session_debug_info(aiges_session *session)

    ctypedef struct aiges_buffer:
        uint32_t version, size
        void (*retain)(aiges_buffer *buffer) noexcept
        void (*release)(aiges_buffer *buffer) noexcept
        uint64_t magic
        void *data
        uint64_t length
    uint64_t AIGES_BUFFER_MAGIC
    const char *AIGES_BUFFER_KEY
    int aiges_buffer_create(uint64_t length, aiges_buffer **buffer)
    ctypedef struct aiges_buffer_announcement:
        ParamList node
        char text[24]
    void aiges_buffer_announce(aiges_buffer *buffer, aiges_buffer_announcement *announcement)

    int AIGES_STATS_BUCKETS
    ctypedef struct aiges_stats:
        uint32_t version, size
        char name[64]
        uint64_t calls, failures, in_flight, sessions
        uint64_t bytes_in, bytes_out, bytes_copied, gil_wait_ns, total_ns
        uint64_t histogram[160]
    uint64_t aiges_stats_bucket_ns(unsigned int bucket)
    int aiges_engine_stats(aiges_engine *engine, aiges_stats *stats)
    int aiges_stats_fd()
    ctypedef struct aiges_stats_page:
        pass
    int aiges_stats_map(int fd, aiges_stats_page **page)
    int aiges_stats_read(aiges_stats_page *page, unsigned int index, aiges_stats *stats)
    void aiges_stats_unmap(aiges_stats_page *page)
