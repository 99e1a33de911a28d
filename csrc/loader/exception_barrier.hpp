// The wall between C and C++: every extern "C" function and every trampoline runs its body inside
// guarded().
#pragma once

#include "aiges/errors.h"

namespace aiges {

// For use in catch (...) only: the code of what was caught, having told it to last_error; or, for
// forced unwinding, on it goes. That is how a thread ends inside Python while the interpreter
// finalises: to swallow it, or to let it meet a noexcept function, ends the process. Hence no
// function between a C entry and an engine is noexcept.
int code_of_exception();

// Runs `body`; a C++ exception that gets here, ours or an engine's, becomes a code.
template <typename Body>
int guarded(Body&& body) {
    try {
        return body();
    } catch (...) {
        return code_of_exception();
    }
}

// The same for functions that return text.
template <typename Body>
const char* guarded_text(Body&& body, const char* otherwise) {
    const char* text = nullptr;
    guarded([&] {
        text = body();
        return AIGES_OK;
    });
    return text ? text : otherwise;
}

}  // namespace aiges
