#include "interpreter.hpp"

#include <signal.h>

#include <atomic>

#include "path.hpp"
#include "start_call.hpp"
#include "stdlib_check.hpp"
#include "version.hpp"

namespace aiges::embed {
namespace {

// Set once CPython failed half-way. Never freed, so that no destructor runs
// at exit while another thread may still read it.
std::atomic<const std::string*> start_failure{nullptr};

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// Puts SIGINT's action back when it goes: `_signal`, at its first import,
// takes a SIGINT that has the default action, whatever Python was told.
class InterruptGuard {
public:
    InterruptGuard() : saved_(::sigaction(SIGINT, nullptr, &action_) == 0) {}
    ~InterruptGuard() {
        if (saved_) ::sigaction(SIGINT, &action_, nullptr);
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    struct sigaction action_{};
    bool saved_;
};

std::string describe(const PythonVersion& version, const Environment& environment) {
    std::string text = "Python " + version.text();
    if (!environment.executable.empty()) text += " of " + quoted(environment.executable);
    return text;
}

// What can be told from outside before CPython is asked: only this can be
// tried again afterwards.
std::string foresee(const PythonApi& api, const Environment& environment, const PythonVersion& version) {
    const std::string home = refuse_python_home(version);
    if (!home.empty()) return home;
    // PYTHONHOME, being right, replaces the base prefix.
    if (!path::variable("PYTHONHOME").empty() || start_reports_failure(api, version)) return {};
    return doubt_base_prefix(environment, version);
}

std::string explain_failure(const std::string& reason, const Environment& environment, const PythonVersion& version) {
    std::string text = describe(version, environment) + " did not start: " + reason;
    const std::string doubt = doubt_base_prefix(environment, version);
    if (!doubt.empty()) text += "; " + doubt;
    for (const char* name : {"PYTHONHOME", "PYTHONPATH"}) {
        const std::string value = path::variable(name);
        if (!value.empty()) text += "; " + std::string(name) + " is " + quoted(value);
    }
    return text;
}

Started failed(const std::string& error) {
    Started started;
    started.error = error;
    return started;
}

Started remember(const std::string& error) {
    start_failure.store(new std::string(error), std::memory_order_release);
    return failed(error);
}

// Now, under the guard, so that no later import of signal does it.
void import_signal(const PythonApi& api) {
    void* const module = api.PyImport_ImportModule("_signal");
    if (module == nullptr) {
        api.PyErr_Clear();
    } else {
        api.Py_DecRef(module);
    }
}

}  // namespace

Started start_interpreter(const PythonApi& api, const Environment& environment) {
    // First, because a start that failed late leaves CPython saying that it is
    // initialised, with a GIL nobody will ever give back.
    if (const std::string* earlier = start_failure.load(std::memory_order_acquire)) {
        return failed(*earlier + "; restart the process to try again");
    }
    Started started;
    if (api.Py_IsInitialized() != 0) {
        started.guest = true;
        return started;
    }
    const PythonVersion version = parse_version(api.Py_GetVersion());
    const std::string foreseen = foresee(api, environment, version);
    if (!foreseen.empty()) {
        return failed("cannot start " + describe(version, environment) + ": " + foreseen);
    }

    const InterruptGuard guard;
    const std::string reason = run_start(api, version, environment.executable);
    if (!reason.empty()) return remember(explain_failure(reason, environment, version));
    started.main_state = api.PyThreadState_Get();
    import_signal(api);
    return started;
}

}  // namespace aiges::embed
