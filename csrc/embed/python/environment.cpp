#include "environment.hpp"

#include <algorithm>
#include <vector>

#include "interpreter_file.hpp"
#include "path.hpp"
#include "version.hpp"

namespace aiges::embed {
namespace {

constexpr const char* kSidecar = "libwrapper.python";
constexpr std::size_t kLongestSidecar = 8192;

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// The folder an installed file's `lib/pythonX.Y/site-packages` lies in, and
// the interpreter's name that goes with it.
struct Installation {
    std::string prefix;
    std::string python;  // "python3.11"
};

Installation installation_around(const std::string& library) {
    std::string at = path::parent_of(library);
    for (; at != "/" && at != "."; at = path::parent_of(at)) {
        const std::string name = path::name_of(at);
        if (name != "site-packages" && name != "dist-packages") continue;
        const std::string versioned = path::parent_of(at);
        const std::string lib = path::parent_of(versioned);
        const bool shaped = path::starts_with(path::name_of(versioned), "python3") &&
                            (path::name_of(lib) == "lib" || path::name_of(lib) == "lib64");
        if (shaped) return {path::parent_of(lib), path::name_of(versioned)};
    }
    return {};
}

class Search {
public:
    explicit Search(const SearchRequest& request) : request_(request) {}

    Found run() {
        if (!request_.configured.empty()) {
            return take_named(request_.configured, "config key python.executable");
        }
        const std::string variable = path::variable("AIGES_PYTHON");
        if (!variable.empty()) return take_named(variable, "AIGES_PYTHON");
        if (virtual_env() || from_library() || on_path()) return found_;
        found_.environment = {};
        found_.error = "no usable Python was found: " + tried_ +
                       "; name an interpreter in the config key python.executable or in AIGES_PYTHON";
        return found_;
    }

private:
    Examined examine(const std::string& executable) const {
        const bool loaded = !request_.loaded_version.empty();
        Examined examined = examine_interpreter(executable, !loaded);
        if (!loaded || !examined.ok()) return examined;
        examined.environment.libpython = request_.loaded_libpython;
        const std::string& version = examined.environment.version;
        if (!agree(parse_version(version), parse_version(request_.loaded_version))) {
            examined.problem = quoted(executable) + " is Python " + version + ", but Python " +
                               request_.loaded_version + " is already in this process (" +
                               quoted(request_.loaded_libpython) + ")";
        }
        return examined;
    }

    bool accept(const Examined& examined, const std::string& source) {
        if (!examined.ok()) return false;
        found_.environment = examined.environment;
        found_.environment.source = source;
        return true;
    }

    void pass_over(const std::string& source, const std::string& reason) {
        tried_ += (tried_.empty() ? "" : "; ") + source + ": " + reason;
    }

    // An interpreter somebody asked for: used, or the reason is the error.
    Found take_named(const std::string& value, const std::string& source) {
        const std::string name = path::trim(value);
        if (name.find('/') == std::string::npos) {
            if (!scan_path(name, source)) {
                found_.error = source + " names " + quoted(name) + ", which PATH does not lead to: " + tried_;
            }
            return found_;
        }
        const Examined examined = examine(path::absolute(name));
        if (!accept(examined, source)) {
            found_.error = "cannot use the Python of " + source + ": " + examined.problem;
        }
        return found_;
    }

    bool virtual_env() {
        const std::string folder = path::variable("VIRTUAL_ENV");
        if (folder.empty()) {
            pass_over("VIRTUAL_ENV", "not set");
            return false;
        }
        return in_prefix(path::absolute(folder), {"python3", "python"}, "VIRTUAL_ENV");
    }

    // Without a path "beside the library" would mean the working directory.
    bool from_library() { return !request_.library.empty() && (around_library() || beside_library()); }

    bool around_library() {
        const std::string source = "the environment around libwrapper.so";
        const std::string file = path::real(request_.library);
        const Installation place = installation_around(file.empty() ? request_.library : file);
        if (place.prefix.empty()) {
            pass_over(source, quoted(file.empty() ? request_.library : file) + " is in no site-packages folder");
            return false;
        }
        const std::vector<std::string> names = {place.python, "python3", "python"};
        if (in_prefix(place.prefix, names, source)) return true;
        // Debian's python installs into /usr/local and runs from /usr.
        return place.prefix == "/usr/local" && in_prefix("/usr", {place.python}, source);
    }

    bool in_prefix(const std::string& prefix, const std::vector<std::string>& names, const std::string& source) {
        for (const std::string& name : names) {
            const std::string executable = path::join(prefix, "bin/" + name);
            if (!path::exists(executable)) continue;
            const Examined examined = examine(executable);
            if (accept(examined, source)) return true;
            pass_over(source, examined.problem);
            return false;
        }
        pass_over(source, "no working " + quoted(path::join(prefix, "bin/" + names.front())));
        return false;
    }

    // As opened first: a link in the host's folder may stand beside its own sidecar. Then where the link leads, which is
    // how a link to a library built in a source tree finds its interpreter.
    bool beside_library() {
        const std::string opened = path::parent_of(path::absolute(request_.library));
        const std::string real = path::parent_of(path::real(request_.library));
        return beside(opened) || (real != opened && beside(real));
    }

    bool beside(const std::string& folder) {
        const std::string sidecar = path::join(folder, kSidecar);
        if (!path::exists(sidecar)) {
            pass_over("sidecar", "no " + quoted(sidecar));
            return false;
        }
        const std::string text = path::read_start(sidecar, kLongestSidecar);
        const std::string line = path::trim(path::split(text, '\n').front());
        if (line.empty() || line.find('\0') != std::string::npos) {
            pass_over(quoted(sidecar), "its first line names no interpreter");
            return false;
        }
        const bool rooted = path::starts_with(line, "/");
        const Examined examined = examine(rooted ? line : path::join(folder, line));
        if (accept(examined, quoted(sidecar))) return true;
        pass_over(quoted(sidecar), examined.problem);
        return false;
    }

    bool on_path() { return scan_path("python3", "python3 on PATH"); }

    // Scripts are passed over: a shim would have to be run to tell its target.
    // Relative entries too, they mean another file in every working directory.
    bool scan_path(const std::string& name, const std::string& source) {
        std::vector<std::string> seen;
        for (const std::string& folder : path::split(path::variable("PATH"), ':')) {
            if (!path::starts_with(folder, "/")) continue;
            const std::string executable = path::join(folder, name);
            if (!path::is_executable(executable)) continue;
            // A venv is told by its name, so only /bin and /usr/bin style doubles
            // of one folder are skipped, not two links to one file.
            const std::string identity = path::join(path::real(folder), name);
            if (std::find(seen.begin(), seen.end(), identity) != seen.end()) continue;
            seen.push_back(identity);
            const Examined examined = examine(executable);
            if (accept(examined, source)) return true;
            pass_over(source, examined.problem);
        }
        if (seen.empty()) pass_over(source, "no such program");
        return false;
    }

    const SearchRequest& request_;
    Found found_;
    std::string tried_;
};

}  // namespace

Found find_environment(const SearchRequest& request) { return Search(request).run(); }

}  // namespace aiges::embed
