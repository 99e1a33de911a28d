#include "loader/last_error.hpp"

#include <cstdarg>
#include <cstdio>

namespace aiges {
namespace {

// A fixed array: no allocation in the middle of a failure, no destructor at thread exit.
constexpr int kRoom = 2048;
thread_local char sentence_of_thread[kRoom];

}  // namespace

int fail(int code, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = std::vsnprintf(sentence_of_thread, kRoom, format, arguments);
    va_end(arguments);
    constexpr int kCodeRoom = 24;  // the code is what programs look for: a long sentence is cut, not its code
    if (length < 0) length = 0;
    if (length > kRoom - kCodeRoom) length = kRoom - kCodeRoom;
    std::snprintf(sentence_of_thread + length, kCodeRoom, " (code %d)", code);
    return code;
}

int fail_with(int code, const char* sentence) {
    std::snprintf(sentence_of_thread, kRoom, "%s", sentence);
    return code;
}

const char* last_error() { return sentence_of_thread; }

}  // namespace aiges
