#include "libpython.hpp"

#include <dlfcn.h>

#include <vector>

#include "loaded_python.hpp"
#include "path.hpp"
#include "version.hpp"

namespace aiges::embed {
namespace {

std::string quoted(const std::string& text) { return "'" + text + "'"; }

OpenedPython failed(const std::string& error) {
    OpenedPython opened;
    opened.error = error;
    return opened;
}

// A version is asked for before anything else: older Pythons lack required
// functions, and "too old" is the better message.
std::string version_in(void* handle) {
    void* const address = ::dlsym(handle, "Py_GetVersion");
    ::dlerror();
    if (address == nullptr) return {};
    return parse_version(reinterpret_cast<const char* (*)()>(address)()).text();
}

bool is_initialized(const LoadedPython& python) {
    void* const address = ::dlsym(python.handle, "Py_IsInitialized");
    return address != nullptr && reinterpret_cast<int (*)()>(address)() != 0;
}

// Fills version, path and api; the problem as a clause, empty if fine.
std::string take_functions(void* handle, const std::string& file, OpenedPython& opened) {
    opened.path = file;
    opened.version = version_in(handle);
    const PythonVersion version = parse_version(opened.version);
    if (!version.known()) return quoted(file) + " is not a CPython library";
    if (!version.supported()) {
        return quoted(file) + " is Python " + opened.version + ", too old (needs " + kOldestPython + " or newer)";
    }
    const std::string missing = load_python_api(handle, opened.api);
    if (missing.empty()) return {};
    return quoted(file) + " (Python " + opened.version + ") lacks " + missing;
}

// The running one, wherever it is; failing that the one extensions would see.
const LoadedPython& choose(const std::vector<LoadedPython>& pythons) {
    for (const LoadedPython& python : pythons) {
        if (is_initialized(python)) return python;
    }
    return pythons.front();
}

std::string make_global(const LoadedPython& python) {
    const std::string problem = promote(python);
    if (!problem.empty()) return "cannot make " + quoted(python.path) + " global: " + problem;
    // Extension modules would bind to whichever comes first in the process.
    if (global_python_object() == python.object) return {};
    return "two Pythons are in this process, and extension modules would use another one than " + quoted(python.path) +
           "; let the host load one only";
}

std::string compare_versions(const OpenedPython& opened, const Environment& environment) {
    if (agree(parse_version(opened.version), parse_version(environment.version))) return {};
    const std::string cure =
        opened.presence == Presence::used
            ? "name an environment of the Python that the host has loaded"
            : "make the environment anew, or `python -m venv --upgrade` it if its base was updated";
    return quoted(opened.path) + " is Python " + opened.version + ", but the environment of " +
           quoted(environment.executable) + " (found by " + environment.source + ") is Python " + environment.version +
           "; " + cure;
}

std::string loader_error() {
    const char* const text = ::dlerror();
    return text == nullptr ? "unknown loader error" : text;
}

// Local first, global once it proved to be the right one: what was refused
// can still be closed, and does not decide for the next Init.
OpenedPython open_file(const Environment& environment) {
    const std::string& file = environment.libpython;
    if (!path::starts_with(file, "/")) return failed("no absolute path of a libpython is known");
    void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return failed("cannot open libpython: " + loader_error());
    OpenedPython opened;
    opened.presence = Presence::opened;
    std::string problem = take_functions(handle, file, opened);
    if (problem.empty()) problem = compare_versions(opened, environment);
    if (problem.empty() && ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        problem = "cannot make " + quoted(file) + " global: " + loader_error();
    }
    if (problem.empty()) return opened;
    ::dlclose(handle);
    return failed(problem);
}

}  // namespace

OpenedPython find_loaded_python() {
    const std::vector<LoadedPython> pythons = find_loaded_pythons();
    if (pythons.empty()) return {};
    const LoadedPython& python = choose(pythons);
    OpenedPython opened;
    std::string problem = take_functions(python.handle, python.path, opened);
    if (problem.empty()) problem = make_global(python);
    if (problem.empty() && opened.api.Py_IsFinalizing() != 0) {
        problem = "it is shutting down";
    }
    if (!problem.empty()) {
        return failed("cannot use the Python that is in this process already: " + problem);
    }
    opened.presence = is_initialized(python) ? Presence::guest : Presence::used;
    return opened;
}

OpenedPython open_libpython(const Environment& environment) {
    OpenedPython loaded = find_loaded_python();
    if (!loaded.error.empty() || loaded.presence == Presence::guest) return loaded;
    if (loaded.presence == Presence::absent) return open_file(environment);
    const std::string problem = compare_versions(loaded, environment);
    return problem.empty() ? loaded : failed(problem);
}

}  // namespace aiges::embed
