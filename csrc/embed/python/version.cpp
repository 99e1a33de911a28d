#include "version.hpp"

namespace aiges::embed {

std::string PythonVersion::series() const { return std::to_string(major) + "." + std::to_string(minor); }

std::string PythonVersion::text() const {
    if (!known()) return "unknown";
    return micro < 0 ? series() : series() + "." + std::to_string(micro);
}

PythonVersion parse_version(const std::string& text) {
    int parts[3] = {-1, -1, -1};
    std::size_t at = 0;
    for (int& part : parts) {
        std::size_t digits = 0;
        int value = 0;
        // Four digits bound the value; no Python part has more.
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 4) {
            value = value * 10 + (text[at] - '0');
            ++at, ++digits;
        }
        if (digits == 0) break;
        part = value;
        if (at >= text.size() || text[at] != '.') break;
        ++at;
    }
    return {parts[0], parts[1], parts[2]};
}

bool agree(const PythonVersion& left, const PythonVersion& right) {
    if (!left.known() || !right.known()) return true;
    if (left.major != right.major || left.minor != right.minor) return false;
    return left.micro < 0 || right.micro < 0 || left.micro == right.micro;
}

}  // namespace aiges::embed
