// From the path of one interpreter to its environment and libpython.
#pragma once

#include <string>

#include "environment.hpp"

namespace aiges::embed {

struct Examined {
    Environment environment;  // `source` is left to the caller
    std::string problem;      // empty when usable; a clause naming the executable

    bool ok() const { return problem.empty(); }
};

// `executable` is absolute and as named. With need_libpython false the
// version is all that has to be known (a loaded Python provides the rest).
Examined examine_interpreter(const std::string& executable, bool need_libpython);

}  // namespace aiges::embed
