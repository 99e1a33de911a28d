// A C engine behind this library's fifteen functions: config key `engine`, or AIGES_ENGINE, names its library.
#pragma once

#include <string>

#include "aiges/type.h"
#include "symbols/engine_symbols.hpp"

namespace aiges::embed {

// Path of the C engine that this config, or the environment, asks for; "" for a Python wrapper.
std::string wanted_engine(pConfig config);

// Opens it; NULL and a cause on failure. The library stays open until the process ends.
const EngineSymbols* open_engine(const std::string& path, int* code, std::string* cause);

}  // namespace aiges::embed
