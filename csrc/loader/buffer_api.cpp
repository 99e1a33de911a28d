// The aiges_buffer_* functions of loader.h.
#include "buffers/shared_buffer.hpp"
#include "loader/arguments.hpp"
#include "loader/exception_barrier.hpp"

using namespace aiges;

int aiges_buffer_create(uint64_t length, aiges_buffer** buffer) {
    if (!buffer) return missing_argument(__func__, "buffer");
    *buffer = create_buffer(length);
    if (*buffer) return AIGES_OK;
    return fail(AIGES_ERR_NO_MEMORY, "no memory for a buffer of %llu bytes", static_cast<unsigned long long>(length));
}

void aiges_buffer_announce(aiges_buffer* buffer, aiges_buffer_announcement* announcement) {
    if (buffer && announcement) announce_buffer(buffer, announcement);
}
