// The one Python of this process, as this library sees it: found, started or joined, and the bridge into it.
#pragma once

#include <string>

#include "aiges/type.h"
#include "embed/bridge.h"

namespace aiges::embed {

// What libwrapper.so offers to the Cython side (shim.cpp).
extern const aiges_shim the_shim;
extern char shim_library_path[];  // its library_path; written before the shim is handed over

struct Runtime {
    const aiges_bridge* bridge = nullptr;
    std::string error;  // why there is none
};

// Starts or joins Python on the first call that succeeds, and says what came of it. One thread at a time.
Runtime start_runtime(pConfig config);

// NULL before start_runtime succeeded.
const aiges_bridge* the_bridge();

// Path of this library, as it was opened.
std::string library_path();

}  // namespace aiges::embed
