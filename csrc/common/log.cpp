#include "common/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>

namespace aiges::log {
namespace {

// Never destroyed: threads may log while the process exits.
struct Sink {
    std::mutex lock;
    std::atomic<int> level{static_cast<int>(Level::info)};
    Settings settings;
    int file = -1;  // -1: stderr
    uint64_t written = 0;
};

Sink& sink() {
    static Sink* instance = new Sink;
    return *instance;
}

std::string path_of(const Settings& settings, int number) {
    std::string path = settings.directory + "/" + settings.name + ".log";
    return number == 0 ? path : path + "." + std::to_string(number);
}

int open_file(const Settings& settings, uint64_t* size) {
    const int file = ::open(path_of(settings, 0).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    struct stat status;
    *size = file >= 0 && fstat(file, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
    return file;
}

void rotate(Sink& s) {
    ::close(s.file);
    for (int number = s.settings.file_count; number > 0; --number)
        ::rename(path_of(s.settings, number - 1).c_str(), path_of(s.settings, number).c_str());
    s.file = open_file(s.settings, &s.written);
}

std::string prefix(Level level) {
    static const char* const names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "OFF"};
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    tm parts;
    gmtime_r(&now.tv_sec, &parts);
    char text[80];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %-7s aiges ", parts.tm_year + 1900,
             parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000000,
             names[static_cast<int>(level)]);
    return text;
}

// A record that cannot be written is lost: a log that is full must not stop a request.
void write_all(int file, const std::string& record) {
    size_t done = 0;
    while (done < record.size()) {
        const ssize_t count = ::write(file, record.data() + done, record.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        done += static_cast<size_t>(count);
    }
}

}  // namespace

void configure(const Settings& settings) {
    Sink& s = sink();
    std::string warning;
    {
        const std::lock_guard<std::mutex> guard(s.lock);
        if (s.file >= 0) ::close(s.file);
        s.file = -1;
        s.settings = settings;
        s.level.store(static_cast<int>(settings.level), std::memory_order_relaxed);
        if (!settings.directory.empty()) {
            s.file = open_file(settings, &s.written);
            if (s.file < 0)
                warning = "cannot write log file '" + path_of(settings, 0) + "': " + strerror(errno) +
                          "; logging to stderr instead";
        }
    }
    if (!warning.empty()) write(Level::warning, warning);
}

bool enabled(Level level) { return static_cast<int>(level) >= sink().level.load(std::memory_order_relaxed); }

void write(Level level, const char* text, size_t length) {
    if (!enabled(level)) return;
    const std::string record = prefix(level) + std::string(text, length) + "\n";
    Sink& s = sink();
    const std::lock_guard<std::mutex> guard(s.lock);
    if (s.file >= 0 && s.written + record.size() > s.settings.file_bytes && s.written > 0) rotate(s);
    write_all(s.file >= 0 ? s.file : STDERR_FILENO, record);
    s.written += record.size();
}

bool parse_level(const std::string& text, Level* level) {
    static const struct {
        const char* name;
        Level level;
    } table[] = {{"debug", Level::debug},  {"info", Level::info},   {"warning", Level::warning},
                 {"warn", Level::warning}, {"error", Level::error}, {"off", Level::off}};
    for (const auto& entry : table)
        if (text == entry.name) return *level = entry.level, true;
    return false;
}

}  // namespace aiges::log
