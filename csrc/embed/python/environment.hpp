// Which Python environment this process should run: found by reading files
// only; nothing is executed, forked or loaded.
#pragma once

#include <string>

namespace aiges::embed {

struct Environment {
    std::string executable;   // as named: a venv's own bin/python, never its target
    std::string base_prefix;  // where the standard library should be, "/usr"
    std::string version;      // "3.11", or "3.11.7" where a file told it
    std::string libpython;    // absolute; empty if a loaded Python was named in the request
    std::string source;       // the rule that found it, for messages
};

struct SearchRequest {
    std::string configured;  // value of the config key python.executable, may be empty
    std::string library;     // libwrapper.so as opened (dladdr), links not resolved
    // A Python already in the process (find_loaded_python) decides: no libpython
    // is looked for and environments of another version are passed over.
    std::string loaded_version;
    std::string loaded_libpython;
};

struct Found {
    Environment environment;
    std::string error;  // empty on success; else every place tried with its reason

    bool ok() const { return error.empty(); }
};

// In this order: request.configured; AIGES_PYTHON; VIRTUAL_ENV; the environment
// the library is installed in; a file libwrapper.python beside the library;
// python3 on PATH. The first two were asked for by name: if set they are taken
// or fail, the others are passed over with their reason kept.
Found find_environment(const SearchRequest& request);

}  // namespace aiges::embed
