# csrc/embed/bridge.h, one to one.

from libc.stdint cimport int64_t, uint32_t, uint64_t

from aiges_native._abi.c_loader cimport aiges_buffer
from aiges_native._abi.c_type cimport DataList, pConfig, pDataList, pParamList

cdef extern from "embed/bridge.h" nogil:
    uint32_t AIGES_BRIDGE_VERSION
    const char *AIGES_BRIDGE_CAPSULE
    uint64_t AIGES_RESULT_MAGIC, AIGES_RESULT_FREED

    ctypedef struct aiges_result:
        aiges_result *next
        uint64_t bytes
        void **objects
        uint32_t object_count
        uint32_t node_count
        uint64_t reserved
        uint64_t magic
        DataList nodes[]

    ctypedef struct aiges_request

    ctypedef struct aiges_running:
        const aiges_request *request
        int interrupted

    ctypedef struct aiges_request:
        const char *usr_tag
        pParamList params
        pDataList data
        const unsigned int *psr_ids
        int psr_count
        uint64_t bytes_copied
        aiges_running *running

    int AIGES_LOG_DEBUG, AIGES_LOG_INFO, AIGES_LOG_WARNING, AIGES_LOG_ERROR, AIGES_LOG_OFF

    ctypedef struct aiges_shim:
        uint32_t version, size
        const char *library_path
        int (*log_enabled)(int level) noexcept
        void (*log)(int level, const char *text, size_t length) noexcept
        void (*queue_release)(aiges_result *result) noexcept
        aiges_buffer *(*announced_buffer)(const DataList *node) noexcept
        int (*route_known)(const char *tag, const char *third) noexcept
        int (*route_deliver)(const char *tag, const char *third, pDataList data, int code, int *host_code) noexcept
        int (*meter)(const char *usr_tag, const char *key, int count) noexcept
        int (*trace)(const char *usr_tag, const char *key, const char *value) noexcept
        int (*current_call)(int *cancelled, int64_t *remaining_ms) noexcept
        void (*set_deadline)(int64_t milliseconds) noexcept
        void (*drain)(int milliseconds) noexcept

    ctypedef struct aiges_bridge:
        uint32_t version, size
        int (*attach)(const aiges_shim *shim, int drain_ms, char *text, size_t text_size) noexcept
        int (*load)(const aiges_shim *shim, pConfig config, void **wrapper, char *text, size_t text_size) noexcept
        void (*unload)(void *wrapper) noexcept
        int (*init)(void *wrapper, pConfig config, char *text, size_t text_size) noexcept
        int (*fini)(void *wrapper) noexcept
        void (*error_text)(void *wrapper, int code, char *text, size_t text_size) noexcept
        int (*exec_ "exec")(void *wrapper, aiges_request *request, aiges_result **result) noexcept
        int (*exec_async)(void *wrapper, aiges_request *request) noexcept
        int (*create)(void *wrapper, aiges_request *request, char **handle) noexcept
        int (*write)(void *wrapper, const char *handle, const char *sid, aiges_request *request) noexcept
        int (*read)(void *wrapper, const char *handle, const char *sid, aiges_request *request,
                    aiges_result **result) noexcept
        int (*destroy)(void *wrapper, const char *handle) noexcept
        int (*cancel)(void *wrapper, const char *handle) noexcept
        int (*load_resource)(void *wrapper, const char *patch_id, aiges_request *request) noexcept
        int (*unload_resource)(void *wrapper, const char *patch_id) noexcept
        void (*release)(aiges_result *result) noexcept
        aiges_running *(*running)() noexcept
        void (*interrupt)(aiges_running *running, unsigned long thread, int64_t late_ms) noexcept
        void (*take_back)(aiges_running *running) noexcept
