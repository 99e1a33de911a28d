#include "wide_text.hpp"

#include <cstddef>

namespace aiges::embed {
namespace {

static_assert(sizeof(wchar_t) == 4, "Linux: one wchar_t holds any code point");

struct Sequence {
    std::size_t length;  // 0: not UTF-8
    char32_t code;
};

Sequence read_sequence(const std::string& text, std::size_t at) {
    const auto byte = [&](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
    };
    const unsigned first = byte(at);
    if (first < 0x80) return {1, first};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4) return {0, 0};
    char32_t code = first & (0x7FU >> length);
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(at + index) & 0xC0U) != 0x80U) return {0, 0};
        code = (code << 6) | (byte(at + index) & 0x3FU);
    }
    const char32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least || code > 0x10FFFF || surrogate) return {0, 0};
    return {length, code};
}

}  // namespace

std::wstring decode_utf8(const std::string& text) {
    std::wstring wide;
    for (std::size_t at = 0; at < text.size();) {
        const Sequence next = read_sequence(text, at);
        const char32_t escaped = 0xDC00U + static_cast<unsigned char>(text[at]);
        wide.push_back(static_cast<wchar_t>(next.length == 0 ? escaped : next.code));
        at += next.length == 0 ? 1 : next.length;
    }
    return wide;
}

}  // namespace aiges::embed
