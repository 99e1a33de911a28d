// The log sink: leveled lines to stderr or to a rotating file. Never stdout, never payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace aiges::log {

enum class Level : int { debug = 0, info = 1, warning = 2, error = 3, off = 4 };

struct Settings {
    Level level = Level::info;
    std::string directory;           // empty: stderr. Must exist: no folder is made unasked
    std::string name = "wrapper";    // the file is directory/name.log
    uint64_t file_bytes = 10 << 20;  // a larger file is renamed to name.log.1, .1 to .2, ...
    int file_count = 5;              // files kept besides the current one
};

// Takes effect for the whole process. A folder that cannot be written leaves stderr, with one warning.
void configure(const Settings& settings);

bool enabled(Level level);

// One record; `text` may hold several lines. Safe from any thread; takes a lock for the write alone.
void write(Level level, const char* text, size_t length);
inline void write(Level level, const std::string& text) { write(level, text.data(), text.size()); }

// "debug", "info", "warning" (or "warn"), "error", "off"; false for anything else.
bool parse_level(const std::string& text, Level* level);

}  // namespace aiges::log
