#include "loader/last_error.hpp"

#include <pthread.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace aiges {
namespace {

constexpr int kRoom = 2048;

// One pointer, not the text itself: this library's thread-locals live in the small reserve that the
// dynamic linker keeps for libraries opened late. The text is made at a thread's first failure and
// freed at its end.
thread_local char* sentence_of_thread = nullptr;

pthread_key_t free_at_exit() {
    static const pthread_key_t key = [] {
        pthread_key_t made;
        pthread_key_create(&made, [](void* text) {
            sentence_of_thread = nullptr;
            std::free(text);
        });
        return made;
    }();
    return key;
}

// NULL without memory: the failure keeps its code and loses its sentence.
char* room() {
    if (sentence_of_thread != nullptr) return sentence_of_thread;
    sentence_of_thread = static_cast<char*>(std::calloc(1, kRoom));
    if (sentence_of_thread != nullptr) pthread_setspecific(free_at_exit(), sentence_of_thread);
    return sentence_of_thread;
}

}  // namespace

int fail(int code, const char* format, ...) {
    char* sentence = room();
    if (sentence == nullptr) return code;
    va_list arguments;
    va_start(arguments, format);
    int length = std::vsnprintf(sentence, kRoom, format, arguments);
    va_end(arguments);
    // The code is what programs look for: a long sentence is cut, not its code.
    constexpr int kCodeRoom = 24;
    if (length < 0) length = 0;
    if (length > kRoom - kCodeRoom) length = kRoom - kCodeRoom;
    std::snprintf(sentence + length, kCodeRoom, " (code %d)", code);
    return code;
}

int fail_with(int code, const char* text) {
    if (char* sentence = room()) std::snprintf(sentence, kRoom, "%s", text);
    return code;
}

const char* last_error() { return sentence_of_thread != nullptr ? sentence_of_thread : ""; }

}  // namespace aiges
