#include "loaded_python.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>

#include "path.hpp"

namespace aiges::embed {
namespace {

constexpr const char* kMarker = "Py_IsInitialized";

// The loader's record of the object that holds `address`; also its identity.
const link_map* object_of(const void* address) {
    Dl_info info{};
    void* map = nullptr;
    if (address == nullptr || ::dladdr1(address, &info, &map, RTLD_DL_LINKMAP) == 0) return nullptr;
    return static_cast<const link_map*>(map);
}

// libpython3.11.so.1.0, libpython3.13t.so; not libpython3.so, the stub that
// only leads to the real one.
bool is_libpython(const std::string& name) {
    const std::string stem = "libpython3.";
    return path::starts_with(name, stem) && name.size() > stem.size() && name[stem.size()] >= '0' &&
           name[stem.size()] <= '9' && name.find(".so") != std::string::npos;
}

int note_object(dl_phdr_info* info, std::size_t, void* names) {
    if (info->dlpi_name != nullptr && is_libpython(path::name_of(info->dlpi_name))) {
        static_cast<std::vector<std::string>*>(names)->emplace_back(info->dlpi_name);
    }
    return 0;
}

LoadedPython find_global() {
    LoadedPython python;
    const link_map* const object = object_of(::dlsym(RTLD_DEFAULT, kMarker));
    ::dlerror();
    if (object == nullptr) return python;
    python.object = object;
    python.handle = RTLD_DEFAULT;
    // Only the program itself has an empty name.
    python.in_program = object->l_name == nullptr || object->l_name[0] == '\0';
    python.path = python.in_program ? path::real("/proc/self/exe") : object->l_name;
    return python;
}

}  // namespace

std::vector<LoadedPython> find_loaded_pythons() {
    std::vector<LoadedPython> found;
    LoadedPython global = find_global();
    if (global.object != nullptr) found.push_back(global);
    // Names first, dlopen after: dl_iterate_phdr holds the loader's lock.
    std::vector<std::string> names;
    ::dl_iterate_phdr(note_object, &names);
    for (const std::string& name : names) {
        LoadedPython python;
        python.path = name;
        // Counted up, and kept: a Python in use must not be unloaded under us.
        python.handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD);
        if (python.handle == nullptr) {
            ::dlerror();
            continue;
        }
        python.object = object_of(::dlsym(python.handle, kMarker));
        const bool known = std::any_of(found.begin(), found.end(),
                                       [&](const LoadedPython& other) { return other.object == python.object; });
        if (python.object == nullptr || known) {
            ::dlclose(python.handle);
        } else {
            found.push_back(python);
        }
    }
    return found;
}

std::string promote(const LoadedPython& python) {
    if (python.in_program) return {};
    // Also for one that RTLD_DEFAULT sees: the reference keeps it loaded.
    if (::dlopen(python.path.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL) != nullptr) return {};
    const char* const text = ::dlerror();
    return text == nullptr ? "unknown loader error" : text;
}

const void* global_python_object() {
    const void* const object = object_of(::dlsym(RTLD_DEFAULT, kMarker));
    ::dlerror();
    return object;
}

}  // namespace aiges::embed
