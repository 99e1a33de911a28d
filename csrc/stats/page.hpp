// The statistics page of this process, as its owner sees it: makes it, gives its slots to engines.
#pragma once

#include "stats/layout.hpp"

namespace aiges::stats {

// Gives a slot to an engine, and makes the page with the first one. NULL: all slots are taken, or
// no memory.
Slot* open_slot(const char* name);

// The slot is free for another engine. Late counting does no harm.
void close_slot(Slot* slot);

// Descriptor of the page for other processes; -1 before the first open_slot, or where the kernel
// has no memfd.
int page_fd();

}  // namespace aiges::stats
