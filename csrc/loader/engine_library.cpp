#include "loader/engine_library.hpp"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <vector>

#include "loader/last_error.hpp"
#include "symbols/engine_symbols.hpp"

namespace aiges {
namespace {

// Libraries that are one engine each and are open: their state lies in globals, a second open would
// share it.
struct ClaimedLibraries {
    std::mutex mutex;
    std::vector<const void*> identities;
};

ClaimedLibraries& claimed_libraries() {
    // Never destroyed: engines may be closed while the process exits.
    static auto* claimed = new ClaimedLibraries;
    return *claimed;
}

bool claim_identity(const void* identity) {
    ClaimedLibraries& claimed = claimed_libraries();
    const std::lock_guard<std::mutex> lock(claimed.mutex);
    auto& list = claimed.identities;
    if (std::find(list.begin(), list.end(), identity) != list.end()) return false;
    list.push_back(identity);
    return true;
}

void release_identity(const void* identity) {
    ClaimedLibraries& claimed = claimed_libraries();
    const std::lock_guard<std::mutex> lock(claimed.mutex);
    auto& list = claimed.identities;
    list.erase(std::remove(list.begin(), list.end(), identity), list.end());
}

bool is_complete(const aiges_instance_api& api) {
    return api.version == 1 && api.size >= offsetof(aiges_instance_api, cancel) + sizeof api.cancel;
}

}  // namespace

int EngineLibrary::open(const char* name, const EngineLocation& location, const char* python_library,
                        EngineLibrary* result) {
    EngineLibrary opened;
    std::string file = location.file;
    if (location.is_python) {
        opened.wrapper_file_ = location.file;
        if (const int code = locate_python_library(name, python_library, &file)) return code;
    }
    std::string cause;
    auto library = SharedLibrary::open(file, &cause);
    if (!library) return fail(AIGES_ERR_ENGINE_UNLOADABLE, "cannot open engine '%s': %s", name, cause.c_str());
    opened.library_ = std::move(*library);
    if (const int code = opened.bind(name)) return code;
    *result = std::move(opened);
    return AIGES_OK;
}

int EngineLibrary::bind(const char* name) {
    EngineSymbols symbols{};
    SymbolFailure failure;
    if (!resolve_symbols(library_, name, &symbols, &failure)) return fail_with(failure.code, failure.message.c_str());
    if (!symbols.instance_functions) {
        if (!wrapper_file_.empty())
            return fail(AIGES_ERR_SYMBOL_MISSING,
                        "cannot open engine '%s': the library to run Python wrappers has no symbol "
                        "'aiges_instance_functions': is it of another project?",
                        name);
        binding_ = EngineBinding(symbols);
        return claim(name);
    }
    const aiges_instance_api* api = symbols.instance_functions();
    if (!api || !is_complete(*api))
        return fail(AIGES_ERR_ABI_MISMATCH,
                    "cannot open engine '%s': its instance functions have version %u and %u bytes, "
                    "expected version 1 "
                    "and %zu bytes",
                    name, api ? api->version : 0, api ? api->size : 0, sizeof *api);
    aiges_instance* instance = api->create();
    if (!instance) return fail(AIGES_ERR_NO_MEMORY, "cannot open engine '%s': no memory for an instance", name);
    binding_ = EngineBinding(symbols, api, instance);
    owns_instance_ = true;
    return AIGES_OK;
}

int EngineLibrary::claim(const char* name) {
    is_claimed_ = claim_identity(library_.identity());
    if (is_claimed_) return AIGES_OK;
    return fail(AIGES_ERR_ENGINE_IN_USE,
                "cannot open engine '%s': its library is open already and holds one engine only: "
                "close that one, or "
                "open a copy of the file",
                name);
}

int EngineLibrary::destroy_instance() {
    if (!owns_instance_) return AIGES_OK;
    const int code = binding_.destroy_instance();
    owns_instance_ = code != AIGES_OK;
    return code;
}

void EngineLibrary::release(bool keep_mapped) {
    if (is_claimed_) release_identity(library_.identity());
    is_claimed_ = false;
    if (keep_mapped) library_.leak();
    library_.close();
    binding_ = {};
    wrapper_file_.clear();
}

}  // namespace aiges
