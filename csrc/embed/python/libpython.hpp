// The one libpython of this process: found if somebody loaded one, opened if
// nobody did. Never a second one.
#pragma once

#include <string>

#include "environment.hpp"
#include "python_api.hpp"

namespace aiges::embed {

enum class Presence {
    absent,  // no Python in the process
    guest,   // somebody initialised one: joined, never finalised
    used,    // somebody loaded one without initialising it: started by us
    opened,  // loaded by us
};

struct OpenedPython {
    PythonApi api;
    Presence presence = Presence::absent;
    std::string path;     // of libpython, or of the program that contains Python
    std::string version;  // "3.11.7"
    std::string error;

    bool ok() const { return error.empty() && presence != Presence::absent; }
};

// Looks at the process only. A Python loaded RTLD_LOCAL is seen too and made
// RTLD_GLOBAL, since extension modules take their symbols from there. Nothing
// found: `absent` without an error. One that cannot be used: an error.
OpenedPython find_loaded_python();

// find_loaded_python, and where there is none the environment's libpython by
// its absolute path. A guest is taken as it is; otherwise the version must be
// the environment's, since a venv's packages are built for one.
OpenedPython open_libpython(const Environment& environment);

}  // namespace aiges::embed
