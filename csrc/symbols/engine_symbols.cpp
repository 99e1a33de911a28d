#include "symbols/engine_symbols.hpp"

#include "aiges/errors.h"
#include "aiges/version.h"

namespace aiges {
namespace {

constexpr int kRequiredSymbols = 15;

// Looks names up in one library and remembers those that are missing.
class Resolver {
public:
    explicit Resolver(const SharedLibrary& library) : library_(library) {}

    template <typename Function>
    void required(Function& function, const char* name) {
        optional(function, name);
        if (function) return;
        if (missing_count_++) missing_ += ", ";
        missing_ += std::string("'") + name + "'";
    }

    template <typename Function>
    void optional(Function& function, const char* name) {
        function = reinterpret_cast<Function>(library_.symbol(name));
    }

    const std::string& missing() const { return missing_; }
    int missing_count() const { return missing_count_; }

private:
    const SharedLibrary& library_;
    std::string missing_;
    int missing_count_ = 0;
};

void resolve_required(Resolver& resolver, EngineSymbols& found) {
    resolver.required(found.set_ctrl, "wrapperSetCtrl");
    resolver.required(found.init, "wrapperInit");
    resolver.required(found.fini, "wrapperFini");
    resolver.required(found.error, "wrapperError");
    resolver.required(found.version, "wrapperVersion");
    resolver.required(found.load_res, "wrapperLoadRes");
    resolver.required(found.unload_res, "wrapperUnloadRes");
    resolver.required(found.create, "wrapperCreate");
    resolver.required(found.write, "wrapperWrite");
    resolver.required(found.read, "wrapperRead");
    resolver.required(found.destroy, "wrapperDestroy");
    resolver.required(found.exec, "wrapperExec");
    resolver.required(found.exec_free, "wrapperExecFree");
    resolver.required(found.exec_async, "wrapperExecAsync");
    resolver.required(found.debug_info, "wrapperDebugInfo");
}

void resolve_optional(Resolver& resolver, EngineSymbols& found) {
    resolver.optional(found.abi_version, "aiges_abi_version");
    resolver.optional(found.session_cancel, "aiges_session_cancel");
    resolver.optional(found.instance_functions, "aiges_instance_functions");
    resolver.optional(found.tensor_version, "aiges_tensor_version");
}

SymbolFailure missing_failure(const std::string& name, const Resolver& resolver) {
    const bool one = resolver.missing_count() == 1;
    std::string message = "cannot open engine '" + name + "': " + (one ? "symbol " : "symbols ") + resolver.missing() +
                          (one ? " is" : " are") + " missing (engine ABI " + std::to_string(AIGES_ABI_MAJOR) +
                          " needs " + std::to_string(kRequiredSymbols) + " symbols; code " +
                          std::to_string(AIGES_ERR_SYMBOL_MISSING) + ")";
    return {AIGES_ERR_SYMBOL_MISSING, message};
}

std::string version_text(unsigned int version) {
    return std::to_string(version >> 16) + "." + std::to_string(version & 0xffff);
}

SymbolFailure abi_failure(const std::string& name, unsigned int found) {
    std::string message = "cannot open engine '" + name + "': it was built for engine ABI " + version_text(found) +
                          ", this library speaks " + version_text(AIGES_ABI_VERSION) +
                          ": rebuild the engine with matching headers (code " + std::to_string(AIGES_ERR_ABI_MISMATCH) +
                          ")";
    return {AIGES_ERR_ABI_MISMATCH, message};
}

}  // namespace

bool resolve_symbols(const SharedLibrary& library, const std::string& name, EngineSymbols* symbols,
                     SymbolFailure* failure) {
    EngineSymbols found{};
    Resolver resolver(library);
    resolve_required(resolver, found);
    resolve_optional(resolver, found);
    if (resolver.missing_count()) {
        *failure = missing_failure(name, resolver);
        return false;
    }
    const unsigned int abi = found.abi_version ? found.abi_version() : AIGES_ABI_MAJOR << 16;  // absent: 1.0
    if (abi >> 16 != AIGES_ABI_MAJOR) {
        *failure = abi_failure(name, abi);
        return false;
    }
    *symbols = found;  // committed together: the caller never holds half an engine
    return true;
}

}  // namespace aiges
