// pyvenv.cfg, the file by which an interpreter knows that it is a venv's.
#pragma once

#include <string>

#include "version.hpp"

namespace aiges::embed {

struct PyvenvCfg {
    bool found = false;
    std::string file;
    std::string home;            // folder of the base interpreter
    std::string implementation;  // virtualenv and uv write it; empty from venv
    PythonVersion version;
};

// Looks where CPython does: in the executable's folder as named (links not
// resolved) and the one above. A file without `home` is no venv to CPython.
PyvenvCfg read_pyvenv_cfg(const std::string& executable);

}  // namespace aiges::embed
