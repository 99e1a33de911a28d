// The shared library that belongs to one base interpreter.
#pragma once

#include <string>
#include <vector>

#include "version.hpp"

namespace aiges::embed {

struct BaseInterpreter {
    std::string file;    // realpath of the base executable
    std::string prefix;  // folder that holds lib/pythonX.Y, best guess
    PythonVersion version;
    std::string flags;    // "", "t" free-threaded, "d" debug: part of the library's name
    bool linked = false;  // the executable's ELF names a libpython
};

// Reads name and ELF of `executable` (any path of it). version is unknown when
// neither tells.
BaseInterpreter read_base_interpreter(const std::string& executable);

struct LibpythonFile {
    std::string file;                 // absolute; empty when none was found
    std::vector<std::string> looked;  // folders tried, for the message
};

// The executable's own NEEDED and RUNPATH, then lib, lib64 and lib/<multiarch>
// of the prefix. Absolute paths only: opening by soname lets the system's
// library answer for a venv of another build.
LibpythonFile find_libpython_file(const BaseInterpreter& base);

// What to install when there is none.
std::string explain_missing_libpython(const BaseInterpreter& base, const LibpythonFile& search);

}  // namespace aiges::embed
