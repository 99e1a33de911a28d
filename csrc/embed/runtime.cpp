#include "embed/runtime.hpp"

#include <limits.h>

#include <atomic>
#include <cstdio>
#include <mutex>

#include "common/log.hpp"
#include "common/shared_library.hpp"
#include "embed/config.hpp"
#include "embed/gil.hpp"
#include "embed/python/environment.hpp"
#include "embed/python/interpreter.hpp"
#include "embed/python/libpython.hpp"
#include "embed/release_queue.hpp"

namespace aiges::embed {
namespace {

constexpr long kDrainMilliseconds = 2000;

std::atomic<const aiges_bridge*> bridge{nullptr};

std::mutex& start_lock() {
    static std::mutex* lock = new std::mutex;
    return *lock;
}

// The table of the Cython side; the GIL is held.
const aiges_bridge* import_bridge(const PythonApi& api, std::string* error) {
    void* module = api.PyImport_ImportModule("aiges_native._native._embed");
    void* capsule = module != nullptr ? api.PyObject_GetAttrString(module, "bridge") : nullptr;
    void* table = capsule != nullptr ? api.PyCapsule_GetPointer(capsule, AIGES_BRIDGE_CAPSULE) : nullptr;
    if (table == nullptr) *error = take_python_error(api);
    // Both references are kept: the table lives as long as its module.
    return static_cast<const aiges_bridge*>(table);
}

std::string check_bridge(const aiges_bridge& table) {
    if (table.version == AIGES_BRIDGE_VERSION && table.size >= sizeof(aiges_bridge)) return "";
    return "the installed package aiges_native speaks version " + std::to_string(table.version) + " of the bridge, '" +
           library_path() + "' speaks " + std::to_string(AIGES_BRIDGE_VERSION) + "; install both from the same release";
}

// Everything that happens with the GIL held.
std::string connect(const PythonApi& api, const std::string& interpreter, int drain_ms) {
    std::string error;
    const aiges_bridge* table = import_bridge(api, &error);
    if (table == nullptr)
        return "cannot import package 'aiges_native' in the interpreter '" + interpreter + "': " + error + "; try '" +
               interpreter + " -m pip install aiges_native'";
    error = check_bridge(*table);
    if (!error.empty()) return error;
    char text[1024] = "";
    snprintf(shim_library_path, PATH_MAX, "%s", library_path().c_str());
    if (table->attach(&the_shim, drain_ms, text, sizeof text) != 0) return text;
    use_bridge(*table);
    bridge.store(table, std::memory_order_release);
    return "";
}

// Takes the GIL of an interpreter that runs.
std::string join(Held* held) {
    if (!announce(this_thread(), &bridge)) return "the interpreter is being finalised";
    *held = acquire(this_thread(), nullptr);
    return "";
}

// The interpreter, once it runs; a failed import of the package may be mended and tried again.
struct Interpreter {
    OpenedPython python;
    std::string name;
    bool guest = false;
    bool running = false;
};

Interpreter& interpreter() {
    static Interpreter* instance = new Interpreter;
    return *instance;
}

// Finds and starts, or joins. On success the thread holds the GIL and has announced itself.
std::string start_interpreter_of(pConfig config, Held* held) {
    OpenedPython python = find_loaded_python();
    if (!python.error.empty()) return python.error;
    Environment environment;
    if (python.presence != Presence::guest) {
        SearchRequest request;
        request.configured = config_text(config, "python.executable");
        request.library = library_path();
        request.loaded_version = python.version;
        request.loaded_libpython = python.path;
        const Found found = find_environment(request);
        if (!found.ok()) return found.error;
        environment = found.environment;
        if (python.presence == Presence::absent) python = open_libpython(environment);
        if (!python.ok()) return python.error;
    }
    const Started started = start_interpreter(python.api, environment);
    if (!started.ok()) return started.error;
    interpreter() = {python, started.guest ? python.path : environment.executable, started.guest, true};
    open_gate(python.api);
    if (started.guest) return join(held);
    keep_main_state(started.main_state);
    announce(this_thread(), &bridge);
    return "";
}

std::string start(pConfig config) {
    Held held;
    const bool first = !interpreter().running;
    std::string error = first ? start_interpreter_of(config, &held) : join(&held);
    if (!error.empty()) return error;
    const Interpreter& running = interpreter();
    const long drain_ms = config_number(config, "aiges.drain_ms", kDrainMilliseconds);
    error = connect(running.python.api, running.name, running.guest ? static_cast<int>(drain_ms) : 0);
    release(this_thread(), held);
    withdraw(this_thread(), true);
    if (error.empty()) {
        release_queue::start_reaper(*bridge.load());
        log::write(running.guest ? log::Level::debug : log::Level::info, "Python " + running.python.version + " of '" +
                                                                             running.name + "' is " +
                                                                             (running.guest ? "joined" : "started"));
    }
    return error;
}

}  // namespace

Runtime start_runtime(pConfig config) {
    const std::lock_guard<std::mutex> guard(start_lock());
    Runtime runtime;
    if (the_bridge() == nullptr) runtime.error = start(config);
    runtime.bridge = the_bridge();
    return runtime;
}

const aiges_bridge* the_bridge() { return bridge.load(std::memory_order_acquire); }

std::string library_path() { return object_path(reinterpret_cast<const void*>(&start_runtime)); }

}  // namespace aiges::embed
