// Drives csrc/embed/python from the tests: a program with named sub-commands,
// and the same code as a shared library for tests inside a running Python.
// Every answer is printed as `key=value` lines; the exit code is 0 unless the
// probe itself was misused.
#include <dlfcn.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "elf_file.hpp"
#include "environment.hpp"
#include "interpreter.hpp"
#include "libpython.hpp"
#include "wide_text.hpp"

extern char** environ;

namespace {

using aiges::embed::Environment;
using aiges::embed::OpenedPython;
using aiges::embed::Presence;
using aiges::embed::PythonApi;

using Arguments = std::vector<std::string>;

void print(const char* key, const std::string& value) {
    std::printf("%s=%s\n", key, value.c_str());
    std::fflush(stdout);
}

const char* name_of(Presence presence) {
    switch (presence) {
        case Presence::absent:
            return "absent";
        case Presence::guest:
            return "guest";
        case Presence::used:
            return "used";
        case Presence::opened:
            return "opened";
    }
    return "?";
}

aiges::embed::Found find(const Arguments& arguments, const OpenedPython& loaded = {}) {
    aiges::embed::SearchRequest request;
    request.configured = arguments.size() > 0 ? arguments[0] : "";
    request.library = arguments.size() > 1 ? arguments[1] : "";
    request.loaded_version = loaded.version;
    request.loaded_libpython = loaded.path;
    return aiges::embed::find_environment(request);
}

void print(const aiges::embed::Found& found) {
    print("error", found.error);
    print("executable", found.environment.executable);
    print("base_prefix", found.environment.base_prefix);
    print("version", found.environment.version);
    print("libpython", found.environment.libpython);
    print("source", found.environment.source);
}

void print(const OpenedPython& opened) {
    print("open_error", opened.error);
    print("presence", name_of(opened.presence));
    print("open_path", opened.path);
    print("open_version", opened.version);
}

// libc adds SA_RESTORER to every action that was ever set: no difference.
std::string signal_state(int number) {
    constexpr unsigned kRestorer = 0x04000000;
    struct sigaction action{};
    if (sigaction(number, nullptr, &action) != 0) return {};
    std::string mask;
    for (int other = 1; other < 65; ++other) mask += sigismember(&action.sa_mask, other) == 1 ? '1' : '0';
    char line[160];
    std::snprintf(line, sizeof line, "signal %d %p %x %s\n", number, reinterpret_cast<void*>(action.sa_handler),
                  static_cast<unsigned>(action.sa_flags) & ~kRestorer, mask.c_str());
    return line;
}

// What a host would notice if it changed.
std::string host_state() {
    std::string state = std::string("locale ") + setlocale(LC_ALL, nullptr) + "\n";
    for (char** entry = environ; *entry != nullptr; ++entry) state += std::string(*entry) + "\n";
    for (int number = 1; number < 65; ++number) state += signal_state(number);
    const mode_t mask = umask(0);
    umask(mask);
    char folder[4096] = "";
    if (getcwd(folder, sizeof folder) == nullptr) folder[0] = '\0';
    return state + "umask " + std::to_string(mask) + "\ncwd " + folder + "\n";
}

void print_differences(const std::string& before, const std::string& after) {
    std::istringstream old_lines(before), new_lines(after);
    std::string old_line, new_line;
    while (std::getline(old_lines, old_line) && std::getline(new_lines, new_line)) {
        if (old_line == new_line) continue;
        std::fprintf(stderr, "was %s, is %s\n", old_line.c_str(), new_line.c_str());
    }
}

// Runs `source`; what it leaves in sys.answer is printed.
void run_source(const PythonApi& api, const std::string& source) {
    const int code = api.PyRun_SimpleStringFlags(source.c_str(), nullptr);
    print("run", std::to_string(code));
    void* const answer = api.PySys_GetObject("answer");
    const char* const text = answer == nullptr ? nullptr : api.PyUnicode_AsUTF8(answer);
    print("answer", text == nullptr ? "" : text);
}

int start(const Environment& environment, const OpenedPython& opened, const std::string& source) {
    const std::string before = host_state();
    const auto started = aiges::embed::start_interpreter(opened.api, environment);
    print("start_error", started.error);
    print("guest", started.guest ? "1" : "0");
    print("same_after_start", before == host_state() ? "1" : "0");
    if (!started.ok()) {
        const auto again = aiges::embed::start_interpreter(opened.api, environment);
        print("again_error", again.error);
        return 0;
    }
    print("holds_gil", std::to_string(opened.api.PyGILState_Check()));
    if (started.main_state != nullptr) {
        print("main_state", started.main_state == opened.api.PyThreadState_Get() ? "1" : "0");
    }
    run_source(opened.api, source);
    const std::string after = host_state();
    print("same_after_imports", before == after ? "1" : "0");
    print_differences(before, after);
    return 0;
}

int start_command(const Arguments& arguments) {
    const OpenedPython loaded = aiges::embed::find_loaded_python();
    const auto found = find(arguments, loaded);
    print(found);
    if (!found.ok()) return 0;
    const OpenedPython opened = aiges::embed::open_libpython(found.environment);
    print(opened);
    if (!opened.ok()) return 0;
    return start(found.environment, opened, arguments.size() > 2 ? arguments[2] : "");
}

// As start, from a thread that ends: the main state is given back before.
int start_on_thread_command(const Arguments& arguments) {
    const auto found = find(arguments);
    const OpenedPython opened = aiges::embed::open_libpython(found.environment);
    void* main_state = nullptr;
    std::thread([&] {
        main_state = aiges::embed::start_interpreter(opened.api, found.environment).main_state;
        opened.api.PyEval_SaveThread();
    }).join();
    const int state = opened.api.PyGILState_Ensure();
    run_source(opened.api, arguments.size() > 2 ? arguments[2] : "");
    opened.api.PyGILState_Release(state);
    print("main_state", main_state != nullptr ? "1" : "0");
    return 0;
}

int open_file_command(const Arguments& arguments) {
    Environment environment;
    environment.libpython = arguments.at(0);
    environment.version = arguments.at(1);
    environment.executable = "/some/venv/bin/python";
    environment.source = "a test";
    print(aiges::embed::open_libpython(environment));
    print("left_loaded", name_of(aiges::embed::find_loaded_python().presence));
    return 0;
}

// A host that loaded libpython by itself, RTLD_LOCAL, and may have started it.
int local_host_command(const Arguments& arguments) {
    void* const handle = dlopen(arguments.at(0).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return std::fprintf(stderr, "%s\n", dlerror()), 2;
    if (arguments.at(1) == "initialize") {
        reinterpret_cast<void (*)(int)>(dlsym(handle, "Py_InitializeEx"))(0);
    }
    const Arguments rest(arguments.begin() + 2, arguments.end());
    const bool hidden = dlsym(RTLD_DEFAULT, "Py_IsInitialized") == nullptr;
    print("hidden_before", hidden ? "1" : "0");
    return start_command(rest);
}

int elf_command(const Arguments& arguments) {
    for (const std::string& file : arguments) {
        const auto elf = aiges::embed::read_elf_file(file);
        std::string line = elf.valid ? "valid" : "invalid";
        for (const std::string& needed : elf.needed) line += " needed:" + needed;
        for (const std::string& entry : elf.search_path) line += " path:" + entry;
        print("elf", line);
    }
    return 0;
}

int expand_command(const Arguments& arguments) {
    print("expanded", aiges::embed::expand_origin(arguments.at(0), arguments.at(1)));
    return 0;
}

// The code points of the argument, in hex.
int wide_command(const Arguments& arguments) {
    std::string line;
    for (const wchar_t letter : aiges::embed::decode_utf8(arguments.at(0))) {
        char code[16];
        std::snprintf(code, sizeof code, "%s%x", line.empty() ? "" : " ", static_cast<unsigned>(letter));
        line += code;
    }
    print("wide", line);
    return 0;
}

// After a Python error has been made: its text, and that it is gone.
int error_command(const Arguments& arguments) {
    const auto found = find(arguments);
    const OpenedPython opened = aiges::embed::open_libpython(found.environment);
    aiges::embed::start_interpreter(opened.api, found.environment);
    print("none", aiges::embed::take_python_error(opened.api));
    void* const module = opened.api.PyImport_ImportModule(arguments.at(2).c_str());
    print("imported", module != nullptr ? "1" : "0");
    print("text", aiges::embed::take_python_error(opened.api));
    print("pending", opened.api.PyErr_Occurred() != nullptr ? "1" : "0");
    return 0;
}

int find_command(const Arguments& arguments) {
    print(find(arguments));
    return 0;
}

int loaded_command(const Arguments&) {
    const OpenedPython loaded = aiges::embed::find_loaded_python();
    print(loaded);
    return loaded.ok() ? start({}, loaded, "import sys, math; sys.answer = sys.version") : 0;
}

struct Command {
    const char* name;
    int (*run)(const Arguments&);
};

constexpr Command kCommands[] = {
    {"find", find_command},
    {"start", start_command},
    {"start-on-thread", start_on_thread_command},
    {"open", open_file_command},
    {"local-host", local_host_command},
    {"elf", elf_command},
    {"expand", expand_command},
    {"wide", wide_command},
    {"error", error_command},
    {"loaded", loaded_command},
};

}  // namespace

extern "C" __attribute__((visibility("default"))) int probe_run(int count, const char** words) {
    // A host with a locale of its own choice: what Python must not change.
    if (const char* wanted = getenv("PROBE_LOCALE")) setlocale(LC_ALL, wanted);
    const Arguments arguments(words + 1, words + count);
    for (const Command& command : kCommands) {
        if (count > 0 && strcmp(command.name, words[0]) == 0) return command.run(arguments);
    }
    std::fprintf(stderr, "unknown sub-command\n");
    return 2;
}

#ifdef PROBE_MAIN
int main(int count, char** words) { return probe_run(count - 1, const_cast<const char**>(words + 1)); }
#endif
