#include "start_call.hpp"

#include <cstring>

#include "wide_text.hpp"

namespace aiges::embed {
namespace {

// PyPreConfig: ints only, the same ten since 3.8 (checked against the headers
// of 3.10 to 3.13). The slack takes what a later version may append.
struct PreConfig {
    int config_init;
    int parse_argv;
    int isolated;
    int use_environment;
    int configure_locale;
    int coerce_c_locale;
    int coerce_c_locale_warn;
    int utf8_mode;
    int dev_mode;
    int allocator;
    int slack[54];
};

// The first members of PyConfig, the same in 3.10 to 3.13, whose whole size is
// at most 448 bytes. Only install_signal_handlers is touched.
struct Config {
    int config_init;
    int isolated;
    int use_environment;
    int dev_mode;
    int install_signal_handlers;
    alignas(16) unsigned char slack[4096];
};

std::string text_of(const PyStatusValue& status) {
    if (status.type == 0) return {};
    if (status.type == 2) {
        return "it asked to exit with code " + std::to_string(status.exit_code);
    }
    const std::string message = status.message == nullptr ? "unknown error" : status.message;
    return status.function == nullptr ? message : message + " (" + status.function + ")";
}

bool has_init_config(const PythonApi& api) {
    return api.PyInitConfig_Create != nullptr && api.PyInitConfig_Free != nullptr &&
           api.PyInitConfig_SetInt != nullptr && api.PyInitConfig_SetStr != nullptr &&
           api.PyInitConfig_GetError != nullptr && api.Py_InitializeFromInitConfig != nullptr;
}

bool has_old_start(const PythonApi& api) {
    return api.Py_PreInitialize != nullptr && api.PyPreConfig_InitPythonConfig != nullptr &&
           api.Py_SetProgramName != nullptr;
}

// The layout above is known for these only.
bool has_known_config(const PythonApi& api, const PythonVersion& version) {
    return version.major == 3 && version.minor >= 10 && version.minor <= 13 && api.PyConfig_InitCompat != nullptr &&
           api.Py_InitializeFromConfig != nullptr && has_old_start(api);
}

std::string pre_initialize(const PythonApi& api) {
    PreConfig config{};
    api.PyPreConfig_InitPythonConfig(&config.config_init);
    config.parse_argv = 0;
    config.configure_locale = 0;  // no setlocale: it is the host's
    config.coerce_c_locale = 0;   // no LC_CTYPE put into the host's variables
    config.coerce_c_locale_warn = 0;
    config.utf8_mode = 1;
    return text_of(api.Py_PreInitialize(&config.config_init));
}

// What Py_InitializeEx(0) does, but a failure comes back as a status where
// Py_InitializeEx would exit() or abort() the host.
std::string initialize(const PythonApi& api, const PythonVersion& version) {
    if (!has_known_config(api, version)) {
        api.Py_InitializeEx(0);
        return {};
    }
    Config config;
    std::memset(&config, 0, sizeof config);
    api.PyConfig_InitCompat(&config);
    config.install_signal_handlers = 0;
    return text_of(api.Py_InitializeFromConfig(&config));
}

std::string old_start(const PythonApi& api, const PythonVersion& version, const std::string& program) {
    if (!has_old_start(api)) return "it offers no way of starting that is known here";
    const std::string problem = pre_initialize(api);
    if (!problem.empty()) return problem;
    if (!program.empty()) {
        // CPython's manual asks for storage that lives as long as Python: never freed.
        const auto* const name = new std::wstring(decode_utf8(program));
        api.Py_SetProgramName(name->c_str());
    }
    return initialize(api, version);
}

struct Option {
    const char* name;
    int value;
};

// PyInitConfig begins isolated; these make it the ordinary start that leaves
// the host alone. Options of the environment that isolation fixes by value
// (PYTHONHASHSEED, PYTHONFAULTHANDLER, PYTHONTRACEMALLOC) stay unread.
constexpr Option kOptions[] = {
    {"isolated", 0},          {"use_environment", 1}, {"user_site_directory", 1},
    {"safe_path", 0},         {"parse_argv", 0},      {"configure_locale", 0},
    {"coerce_c_locale", 0},   {"utf8_mode", 1},       {"install_signal_handlers", 0},
    {"configure_c_stdio", 0},
};

// Python 3.14 and later (PEP 741).
std::string new_start(const PythonApi& api, const std::string& program) {
    void* const config = api.PyInitConfig_Create();
    if (config == nullptr) return "out of memory";
    bool fine = true;
    for (const Option& option : kOptions) {
        fine = fine && api.PyInitConfig_SetInt(config, option.name, option.value) == 0;
    }
    if (!program.empty()) {
        fine = fine && api.PyInitConfig_SetStr(config, "program_name", program.c_str()) == 0;
    }
    std::string problem;
    if (!fine || api.Py_InitializeFromInitConfig(config) != 0) {
        const char* message = nullptr;
        const bool told = api.PyInitConfig_GetError(config, &message) != 0 && message != nullptr;
        problem = told ? message : "unknown error";
    }
    api.PyInitConfig_Free(config);
    return problem;
}

}  // namespace

bool start_reports_failure(const PythonApi& api, const PythonVersion& version) {
    return has_init_config(api) || has_known_config(api, version);
}

std::string run_start(const PythonApi& api, const PythonVersion& version, const std::string& program) {
    return has_init_config(api) ? new_start(api, program) : old_start(api, version, program);
}

}  // namespace aiges::embed
