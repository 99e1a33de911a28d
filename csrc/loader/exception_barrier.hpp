// The wall between C and C++: every extern "C" function and every trampoline runs its body inside guarded().
#pragma once

#include <cxxabi.h>

#include <exception>
#include <new>

#include "aiges/errors.h"
#include "loader/last_error.hpp"

namespace aiges {

// Runs `body`; a C++ exception that gets here, ours or an engine's, becomes a code. Forced unwinding goes on: that is
// how a thread ends inside Python while the interpreter finalises, and to swallow it, or to let it meet a noexcept
// function, ends the process. Hence no function between a C entry and an engine is noexcept. (No sanitizer for null
// references: the unwinder hands over no object, so the one that is caught has no address.)
template <typename Body>
[[gnu::no_sanitize("null")]] int guarded(Body&& body) {
    try {
        return body();
    } catch (abi::__forced_unwind&) {
        throw;
    } catch (const std::bad_alloc&) {
        return fail(AIGES_ERR_NO_MEMORY, "out of memory");
    } catch (const std::exception& exception) {
        return fail(AIGES_ERR_WRAPPER_RAISED, "a C++ exception reached the C boundary: %s", exception.what());
    } catch (...) {
        return fail(AIGES_ERR_WRAPPER_RAISED, "a C++ exception of unknown type reached the C boundary");
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
