#include "stdlib_check.hpp"

#include <vector>

#include "path.hpp"

namespace aiges::embed {
namespace {

// `encodings` is the first thing imported, before any error could be shown.
bool holds_stdlib(const std::string& prefix, const PythonVersion& version) {
    std::vector<std::string> libraries = {"lib", "lib64"};
    const std::string chosen = path::variable("PYTHONPLATLIBDIR");
    if (!chosen.empty()) libraries.push_back(chosen);
    const std::string zip = "python" + std::to_string(version.major) + std::to_string(version.minor);
    for (const std::string& library : libraries) {
        const std::string folder = path::join(prefix, library);
        for (const char* flags : {"", "t", "d", "td"}) {
            const std::string name = "python" + version.series() + flags;
            if (path::exists(path::join(folder, name + "/encodings"))) return true;
            if (path::exists(path::join(folder, zip + flags + ".zip"))) return true;
        }
    }
    return false;
}

// PYTHONPATH can hold it too.
bool path_holds_encodings() {
    for (const std::string& folder : path::split(path::variable("PYTHONPATH"), ':')) {
        if (!folder.empty() && path::exists(path::join(folder, "encodings"))) return true;
    }
    return false;
}

bool missing(const std::string& prefix, const PythonVersion& version) {
    return !holds_stdlib(prefix, version) && !path_holds_encodings();
}

}  // namespace

std::string refuse_python_home(const PythonVersion& version) {
    const std::string home = path::variable("PYTHONHOME");
    if (home.empty()) return {};
    // "prefix" or "prefix:exec_prefix"
    if (!missing(path::split(home, ':').front(), version)) return {};
    return "PYTHONHOME is '" + home + "', which holds no standard library of Python " + version.series() +
           "; unset it or make it that Python's sys.base_prefix";
}

std::string doubt_base_prefix(const Environment& environment, const PythonVersion& version) {
    if (environment.base_prefix.empty() || !missing(environment.base_prefix, version)) return {};
    return "'" + environment.base_prefix + "' holds no standard library of Python " + version.series() +
           " (lib/python" + version.series() + "/encodings)";
}

}  // namespace aiges::embed
