// Reference-counted memory that a data node may point into (aiges_buffer of loader.h).
#pragma once

#include <cstdint>

#include "aiges/loader.h"

namespace aiges {

// A buffer of `length` bytes with one reference, 64-byte aligned, uninitialised; NULL: no memory.
aiges_buffer* create_buffer(uint64_t length);

// Fills the desc node that announces a buffer.
void announce_buffer(aiges_buffer* buffer, aiges_buffer_announcement* announcement);

// The buffer that `node` announces and whose memory holds the node's data entirely; NULL if there
// is none, or if the announcement is not one of ours. Borrowed: retain it to keep it beyond the
// call. The hexadecimal text is a pointer, hence the rule that every front drops keys
// beginning with "aiges." from outside.
aiges_buffer* announced_buffer(const DataList& node);

}  // namespace aiges
