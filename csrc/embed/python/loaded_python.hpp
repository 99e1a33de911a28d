// The Pythons that are in this process already.
#pragma once

#include <string>
#include <vector>

namespace aiges::embed {

struct LoadedPython {
    void* handle = nullptr;   // for dlsym: RTLD_DEFAULT, or dlopen's, kept open
    bool in_program = false;  // linked statically into the program itself
    std::string path;
    const void* object = nullptr;  // the loader's record of it: tells two from one
};

// The global one first, then those loaded RTLD_LOCAL in load order.
std::vector<LoadedPython> find_loaded_pythons();

// Makes its symbols visible to extension modules. The loader's text on
// failure; empty on success.
std::string promote(const LoadedPython& python);

// `object` of the Python that RTLD_DEFAULT sees now; null if none.
const void* global_python_object();

}  // namespace aiges::embed
