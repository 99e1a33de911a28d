#include "loader/exception_barrier.hpp"

#include <cxxabi.h>

#include <exception>
#include <new>

#include "loader/last_error.hpp"

namespace aiges {

// No sanitizer for null references: the unwinder hands over no object, so the one that is caught
// has no address.
[[gnu::noinline, gnu::no_sanitize("null")]] int code_of_exception() {
    try {
        throw;
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

}  // namespace aiges
