// From what a host calls an engine to the file that holds it.
#pragma once

#include <string>

namespace aiges {

struct EngineLocation {
    std::string file;  // absolute, as opened: symbolic links are not resolved
    // Short, for statistics and messages: "echo" for libecho.so, the folder's name for wrapper.py.
    std::string name;
    bool is_python = false;
};

// Finds the engine `name` means (aiges_engine_open in loader.h). `search_path` may be NULL. Returns
// 0 and writes *location; or a code, having told the failure to last_error.
int locate_engine(const char* name, const char* search_path, EngineLocation* location);

// The libwrapper.so that runs Python wrappers: `wanted`, or the one beside libaiges.so, or
// $AIGES_LIBWRAPPER.
int locate_python_library(const char* name, const char* wanted, std::string* file);

}  // namespace aiges
