// The barrier of every function with C linkage: no exception leaves it, forced unwinding does.
#pragma once

#include <utility>

namespace aiges::embed {

// For use in catch (...) only: the code of what was caught; forced unwinding goes on.
int code_of_exception();

// Runs `body`; an exception becomes a code. Never noexcept: a thread that is ended by forced unwinding (pthread_exit,
// thread cancellation) must be able to pass.
template <typename Body>
int guarded(Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (...) {
        return code_of_exception();
    }
}

}  // namespace aiges::embed
