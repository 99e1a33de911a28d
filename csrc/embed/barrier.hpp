// The barrier of every function with C linkage: no exception leaves it, forced unwinding does.
#pragma once

#include <cxxabi.h>

#include <new>
#include <utility>

#include "aiges/errors.h"
#include "embed/gil.hpp"

namespace aiges::embed {

// Runs `body`; an exception becomes a code. Not noexcept, and no bare catch (...): a thread that is ended by forced
// unwinding (pthread_exit, thread cancellation) must be able to pass. Not one that a finalising Python ends (before
// 3.14, when a thread that outlived the drain asks for the GIL): the caller's frames may be noexcept, so it stays here.
template <typename Body>
int guarded(Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (abi::__forced_unwind&) {
        if (python_has_ended()) park_for_ever();
        throw;
    } catch (const std::bad_alloc&) {
        return AIGES_ERR_NO_MEMORY;
    } catch (...) {
        return AIGES_ERR_INTERPRETER;
    }
}

}  // namespace aiges::embed
