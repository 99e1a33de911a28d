// Starting the interpreter inside somebody else's process.
#pragma once

#include <string>

#include "environment.hpp"
#include "python_api.hpp"

namespace aiges::embed {

struct Started {
    // True: the Python was initialised by somebody else; nothing was done, the
    // GIL was not taken, and it is not ours to finalise.
    bool guest = false;
    // Otherwise the calling thread now holds the GIL with this state, Python's
    // main one. The caller releases it (PyEval_SaveThread) and keeps the state:
    // never deleted, also when this thread ends.
    void* main_state = nullptr;
    std::string error;

    bool ok() const { return error.empty(); }
};

// UTF-8 mode, the environment's packages, PYTHON* variables honoured. The
// host's locale, variables, signal actions, umask and working directory are as
// before, also after a later `import signal` or `import subprocess`.
//
// A failure that can be foreseen (a wrong PYTHONHOME) may be mended and tried
// again; once CPython itself has given up half-way the process cannot start it
// any more, and every later call returns that first error.
//
// Call it for a guest too: after such a half-way start the Python looks like
// one, and only this function knows better. Callers see to it that no two
// threads are in here at once.
Started start_interpreter(const PythonApi& api, const Environment& environment);

}  // namespace aiges::embed
