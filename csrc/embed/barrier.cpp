#include "embed/barrier.hpp"

#include <cxxabi.h>

#include <new>

#include "aiges/errors.h"
#include "embed/gil.hpp"

namespace aiges::embed {

// No sanitizer for null references: the unwinder hands over no object, so the one that is caught has no address.
[[gnu::noinline, gnu::no_sanitize("null")]] int code_of_exception() {
    try {
        throw;
    } catch (abi::__forced_unwind&) {
        // Not one that a finalising Python ends (before 3.14, when a thread that outlived the drain asks for the GIL):
        // the caller's frames may be noexcept, so it stays here.
        if (python_has_ended()) park_for_ever();
        throw;
    } catch (const std::bad_alloc&) {
        return AIGES_ERR_NO_MEMORY;
    } catch (...) {
        return AIGES_ERR_INTERPRETER;
    }
}

}  // namespace aiges::embed
