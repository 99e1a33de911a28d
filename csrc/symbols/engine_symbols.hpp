// The functions of one engine library.
#pragma once

#include <string>

#include "aiges/instance.h"
#include "aiges/wrapper.h"
#include "common/shared_library.hpp"

namespace aiges {

using TensorVersion = unsigned int (*)();

// The fifteen functions of wrapper.h, all set, and the optional ones, NULL where the library has
// none.
struct EngineSymbols {
    wrapperSetCtrlPtr set_ctrl;
    wrapperInitPtr init;
    wrapperFiniPtr fini;
    wrapperErrorPtr error;
    wrapperVersionPtr version;
    wrapperLoadResPtr load_res;
    wrapperUnloadResPtr unload_res;
    wrapperCreatePtr create;
    wrapperWritePtr write;
    wrapperReadPtr read;
    wrapperDestroyPtr destroy;
    wrapperExecPtr exec;
    wrapperExecFreePtr exec_free;
    wrapperExecAsyncPtr exec_async;
    wrapperDebugInfoPtr debug_info;

    aiges_abi_version_fn abi_version;
    aiges_session_cancel_fn session_cancel;
    aiges_instance_functions_fn instance_functions;
    TensorVersion tensor_version;
};

// Why a library is not an engine: a code of errors.h and a sentence that ends with it.
struct SymbolFailure {
    int code = 0;
    std::string message;
};

// Resolves every function of `library` and checks the ABI version it was built for. `name` is how
// the message calls the engine. Returns true and writes *symbols; or false, leaves *symbols alone
// and writes *failure.
bool resolve_symbols(const SharedLibrary& library, const std::string& name, EngineSymbols* symbols,
                     SymbolFailure* failure);

}  // namespace aiges
