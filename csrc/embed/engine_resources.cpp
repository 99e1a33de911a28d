#include "embed/python_engine.hpp"

#include "embed/config.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
namespace {

// An empty list has two forms: NULL, or one node without key, data and length.
bool is_empty(pDataList list) {
    return list == nullptr ||
           (list->next == nullptr && list->key == nullptr && list->data == nullptr && list->len == 0);
}
// The resource's name: desc `patch_id` at any position of the first node, else the id's digits.
std::string patch_id_of(pDataList data, unsigned int id) {
    const std::string named = data != nullptr ? config_text(data->desc, "patch_id") : "";
    return named.empty() ? std::to_string(id) : named;
}
}  // namespace

int PythonEngine::load_res(pDataList data, unsigned int id) {
    int code = refusal();
    if (code != 0) return code;
    if (is_empty(data)) return AIGES_ERR_INVALID_ARG;
    const std::string patch_id = patch_id_of(data, id);
    Call call;
    code = begin(&call);
    if (code != 0) return code;
    aiges_request request = {nullptr, nullptr, data, nullptr, 0, 0, nullptr};
    code = bridge_->load_resource(wrapper_, patch_id.c_str(), &request);
    end(&call, &request);
    if (code == 0) {
        const std::lock_guard<std::mutex> guard(resource_lock_);
        resources_[id] = patch_id;
    }
    return code;
}

int PythonEngine::unload_res(unsigned int id) {
    int code = refusal();
    if (code != 0) return code;
    std::string patch_id;
    {
        const std::lock_guard<std::mutex> guard(resource_lock_);
        const auto entry = resources_.find(id);
        if (entry == resources_.end()) return AIGES_ERR_UNKNOWN_RESOURCE;
        patch_id = entry->second;
        resources_.erase(entry);
    }
    Call call;
    code = begin(&call);
    if (code != 0) return code;
    code = bridge_->unload_resource(wrapper_, patch_id.c_str());
    end(&call, nullptr);
    return code;
}

}  // namespace aiges::embed
