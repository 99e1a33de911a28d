// The functions of one engine, whichever kind its library is: one engine a library, or many
// instances.
#pragma once

#include "aiges/instance.h"
#include "symbols/engine_symbols.hpp"

namespace aiges {

// Calls go straight through: one predictable branch, no copy, no lock.
class EngineBinding {
public:
    EngineBinding() = default;
    explicit EngineBinding(const EngineSymbols& symbols) : symbols_(symbols) {}
    EngineBinding(const EngineSymbols& symbols, const aiges_instance_api* api, aiges_instance* self)
        : symbols_(symbols), api_(api), self_(self) {}

    bool is_instance() const { return api_ != nullptr; }

    int set_ctrl(CtrlType type, void* function) const {
        return api_ ? api_->set_ctrl(self_, type, function) : symbols_.set_ctrl(type, function);
    }
    int init(pConfig config) const { return api_ ? api_->init(self_, config) : symbols_.init(config); }
    int fini() const { return api_ ? api_->fini(self_) : symbols_.fini(); }
    const char* error(int code) const { return api_ ? api_->error(self_, code) : symbols_.error(code); }
    const char* version() const { return api_ ? api_->engine_version(self_) : symbols_.version(); }
    unsigned int tensor_version() const { return symbols_.tensor_version ? symbols_.tensor_version() : 0; }

    int load_res(pDataList data, unsigned int id) const {
        return api_ ? api_->load_res(self_, data, id) : symbols_.load_res(data, id);
    }
    int unload_res(unsigned int id) const { return api_ ? api_->unload_res(self_, id) : symbols_.unload_res(id); }

    const void* create(const char* tag, pParamList params, wrapperCallback callback, unsigned int* psr_ids,
                       int psr_count, int* error) const {
        return api_ ? api_->session_create(self_, tag, params, callback, psr_ids, psr_count, error)
                    : symbols_.create(tag, params, callback, psr_ids, psr_count, error);
    }
    int write(const void* handle, pDataList data) const {
        return api_ ? api_->session_write(self_, handle, data) : symbols_.write(handle, data);
    }
    int read(const void* handle, pDataList* response) const {
        return api_ ? api_->session_read(self_, handle, response) : symbols_.read(handle, response);
    }
    int destroy(const void* handle) const {
        return api_ ? api_->session_destroy(self_, handle) : symbols_.destroy(handle);
    }
    const char* debug_info(const void* handle) const {
        return api_ ? api_->debug_info(self_, handle) : symbols_.debug_info(handle);
    }

    int exec(const char* tag, pParamList params, pDataList request, pDataList* response, unsigned int* psr_ids,
             int psr_count) const {
        return api_ ? api_->exec(self_, tag, params, request, response, psr_ids, psr_count)
                    : symbols_.exec(tag, params, request, response, psr_ids, psr_count);
    }
    int exec_free(const char* tag, pDataList* response) const {
        return api_ ? api_->exec_free(self_, tag, response) : symbols_.exec_free(tag, response);
    }
    int exec_async(const char* tag, pParamList params, pDataList request, wrapperCallback callback, int timeout_ms,
                   unsigned int* psr_ids, int psr_count) const {
        return api_ ? api_->exec_async(self_, tag, params, request, callback, timeout_ms, psr_ids, psr_count)
                    : symbols_.exec_async(tag, params, request, callback, timeout_ms, psr_ids, psr_count);
    }

    bool can_cancel() const { return api_ || symbols_.session_cancel; }
    int cancel(const void* handle, const char* tag) const {
        return api_ ? api_->cancel(self_, handle, tag) : symbols_.session_cancel(handle, tag);
    }

    void attach_stats(void* slot, uint32_t layout) const {
        if (api_) api_->attach_stats(self_, slot,
                                     layout);  // of another layout: it counts nothing, no harm
    }
    // Ends the instance; nothing to do for a library that is one engine.
    int destroy_instance() const { return api_ ? api_->destroy(self_) : 0; }

private:
    EngineSymbols symbols_{};
    const aiges_instance_api* api_ = nullptr;
    aiges_instance* self_ = nullptr;
};

}  // namespace aiges
