// Whether CPython will find its standard library. Without it some versions
// end the process instead of returning an error.
#pragma once

#include <string>

#include "environment.hpp"
#include "version.hpp"

namespace aiges::embed {

// PYTHONHOME is believed by CPython without a second look, so a wrong one is
// certain to fail. Empty if it is unset or holds a standard library.
std::string refuse_python_home(const PythonVersion& version);

// The same for the environment's base prefix. Not certain: CPython falls back
// to the prefix it was compiled for.
std::string doubt_base_prefix(const Environment& environment, const PythonVersion& version);

}  // namespace aiges::embed
