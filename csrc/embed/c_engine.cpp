#include "embed/c_engine.hpp"

#include <unistd.h>

#include <cstdlib>
#include <map>

#include "aiges/errors.h"
#include "embed/config.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
namespace {

// A name without a folder is looked for in the working directory, in ./library and beside this library.
std::string locate(const std::string& path) {
    if (path.find('/') != std::string::npos) return path;
    const std::string own = library_path();
    const std::string folders[] = {"./", "./library/", own.substr(0, own.rfind('/') + 1)};
    for (const std::string& folder : folders)
        if (access((folder + path).c_str(), R_OK) == 0) return folder + path;
    return path;  // dlopen's own search, and its message
}

}  // namespace

std::string wanted_engine(pConfig config) {
    const char* variable = getenv("AIGES_ENGINE");
    return config_text(config, "engine", variable != nullptr ? variable : "");
}

const EngineSymbols* open_engine(const std::string& path, int* code, std::string* cause) {
    static auto* opened = new std::map<std::string, EngineSymbols>;
    const auto known = opened->find(path);
    if (known != opened->end()) return &known->second;
    std::string reason;
    auto library = SharedLibrary::open(locate(path), &reason);
    if (!library) {
        *code = AIGES_ERR_ENGINE_UNLOADABLE;
        *cause = "cannot open engine '" + path + "': " + reason;
        return nullptr;
    }
    EngineSymbols symbols;
    SymbolFailure failure;
    if (!resolve_symbols(*library, path, &symbols, &failure)) {
        *code = failure.code;
        *cause = failure.message;
        return nullptr;
    }
    library->leak();
    return &opened->emplace(path, symbols).first->second;
}

}  // namespace aiges::embed
