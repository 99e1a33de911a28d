// The barrier of every function with C linkage: no exception leaves it, forced unwinding does.
#pragma once

#include <cxxabi.h>

#include <new>
#include <utility>

#include "aiges/errors.h"

namespace aiges::embed {

// Runs `body`; an exception becomes a code. Not noexcept, and no bare catch (...): a thread that is ended by forced
// unwinding (pthread_exit, thread cancellation, a finalising Python before 3.14) must be able to pass.
template <typename Body>
int guarded(Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (abi::__forced_unwind&) {
        throw;
    } catch (const std::bad_alloc&) {
        return AIGES_ERR_NO_MEMORY;
    } catch (...) {
        return AIGES_ERR_INTERPRETER;
    }
}

}  // namespace aiges::embed
