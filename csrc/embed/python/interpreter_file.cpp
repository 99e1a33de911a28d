#include "interpreter_file.hpp"

#include <vector>

#include "elf_file.hpp"
#include "libpython_file.hpp"
#include "path.hpp"
#include "pyvenv_cfg.hpp"

namespace aiges::embed {
namespace {

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// Why the path cannot be an interpreter at all; empty if it may be one.
std::string refuse_file(const std::string& executable) {
    const std::string name = quoted(executable);
    if (path::is_folder(executable)) {
        return name + " is a folder, not an interpreter; name the file, e.g. " +
               quoted(path::join(executable, "bin/python3"));
    }
    if (path::real(executable).empty()) return name + " does not exist or is a broken link";
    if (!path::is_file(executable)) return name + " is not a regular file";
    if (!path::is_executable(executable)) return name + " is not executable";
    if (!has_elf_magic(executable)) {
        return name +
               " is a script (a pyenv shim?), not an interpreter; name what "
               "`python3 -c 'import sys; print(sys.executable)'` prints";
    }
    if (!read_elf_file(executable).runs_here()) {
        return name + " is damaged or made for another machine";
    }
    return {};
}

// The files that may be the base interpreter, likeliest first.
std::vector<std::string> base_candidates(const std::string& executable, const PyvenvCfg& cfg) {
    const std::string target = path::real(executable);
    if (!cfg.found) return {target};
    std::vector<std::string> files;
    // A venv's link that leads into `home` names the build exactly (python3.13
    // and python3.13t share a folder); otherwise the venv holds a copy.
    if (path::parent_of(target) == path::real(cfg.home)) files.push_back(target);
    if (cfg.version.known()) files.push_back(path::join(cfg.home, "python" + cfg.version.series()));
    files.push_back(path::join(cfg.home, "python3"));
    files.push_back(path::join(cfg.home, "python"));
    files.push_back(target);
    return files;
}

struct Choice {
    BaseInterpreter base;
    LibpythonFile library;
    std::string problem;
};

// The first candidate with a libpython; failing that the first that is a
// Python at all, so that the message is about it.
Choice choose_base(const std::string& executable, const PyvenvCfg& cfg) {
    Choice chosen;
    for (const std::string& file : base_candidates(executable, cfg)) {
        BaseInterpreter base = read_base_interpreter(file);
        if (base.file.empty()) continue;
        // A copied venv executable says nothing by its name; its cfg does.
        if (!base.version.known() && path::starts_with(path::name_of(base.file), "python")) {
            base.version = cfg.version;
            base.version.micro = -1;
        }
        if (!base.version.known()) continue;
        if (!agree(base.version, cfg.version)) {
            if (chosen.problem.empty()) {
                chosen.problem = quoted(executable) + ": " + quoted(cfg.file) + " was made for Python " +
                                 cfg.version.text() + " but " + quoted(base.file) + " is Python " +
                                 base.version.text() + "; make the environment anew";
            }
            continue;
        }
        LibpythonFile library = find_libpython_file(base);
        if (!library.file.empty()) return {base, library, {}};
        if (chosen.base.file.empty()) chosen = {base, library, {}};
    }
    return chosen;
}

std::string not_a_python(const std::string& executable, const PyvenvCfg& cfg) {
    if (cfg.found && !path::is_folder(cfg.home)) {
        return quoted(executable) + ": the base " + quoted(cfg.home) + " named by " + quoted(cfg.file) +
               " is gone; make the environment anew";
    }
    return quoted(executable) + " is not a CPython interpreter, as far as its name and ELF tell";
}

bool is_other_implementation(const std::string& executable, const PyvenvCfg& cfg) {
    if (!cfg.implementation.empty() && cfg.implementation != "CPython") return true;
    return path::starts_with(path::name_of(path::real(executable)), "pypy");
}

// CPython runs a venv from the folder `home` names, not from where a link
// inside that folder may lead; unless `home` is a venv too (3.10 writes that
// for a venv made from a venv), which holds packages but no standard library.
std::string base_prefix_of(const Choice& choice, const PyvenvCfg& cfg) {
    if (!cfg.found) return choice.base.prefix;
    const std::string prefix = path::parent_of(cfg.home);
    const std::string landmark = "lib/python" + choice.base.version.series() + "/os.py";
    return path::exists(path::join(prefix, landmark)) ? prefix : choice.base.prefix;
}

}  // namespace

Examined examine_interpreter(const std::string& executable, bool need_libpython) {
    Examined result;
    result.problem = refuse_file(executable);
    if (!result.ok()) return result;
    const PyvenvCfg cfg = read_pyvenv_cfg(executable);
    if (is_other_implementation(executable, cfg)) {
        result.problem = quoted(executable) + " is not CPython";
        return result;
    }
    const Choice choice = choose_base(executable, cfg);
    if (choice.base.file.empty()) {
        result.problem = choice.problem.empty() ? not_a_python(executable, cfg) : choice.problem;
        return result;
    }
    const PythonVersion version = cfg.version.known() ? cfg.version : choice.base.version;
    if (!version.supported()) {
        result.problem =
            quoted(executable) + " is Python " + version.text() + ", too old (needs " + kOldestPython + " or newer)";
    } else if (need_libpython && choice.library.file.empty()) {
        result.problem = quoted(executable) + ": " + explain_missing_libpython(choice.base, choice.library);
    }
    result.environment.executable = executable;
    result.environment.base_prefix = base_prefix_of(choice, cfg);
    result.environment.version = version.text();
    if (need_libpython) result.environment.libpython = choice.library.file;
    return result;
}

}  // namespace aiges::embed
