// A Python version of which only the leading parts may be known.
#pragma once

#include <string>

namespace aiges::embed {

struct PythonVersion {
    int major = -1;
    int minor = -1;
    int micro = -1;

    bool known() const { return major >= 0 && minor >= 0; }
    bool supported() const { return major > 3 || (major == 3 && minor >= 10); }
    std::string text() const;    // "3.11.7" or "3.11"
    std::string series() const;  // "3.11"
};

// The oldest Python supported, for messages.
constexpr const char* kOldestPython = "3.10";

// Reads the numbers at the start: "3.11", "3.11.7.final.0", "3.13.0b1 (main…".
PythonVersion parse_version(const std::string& text);

// Equal in every part that both know.
bool agree(const PythonVersion& left, const PythonVersion& right);

}  // namespace aiges::embed
