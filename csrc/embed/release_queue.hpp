// Results that the host gave back, waiting for somebody who holds the GIL to drop their references.
//
// Freeing never waits for the GIL. A small result stays with the thread that freed it, whose next call drops it; the
// others go on a lock-free stack. The next call that holds the GIL drops at most 64 of these or 1 MB. A reaper thread
// drops the rest: above 8 MB or 256 entries, and whatever is 100 ms old, so that a silent host holds no memory.
#pragma once

#include "embed/bridge.h"
#include "embed/gil.hpp"

namespace aiges::embed::release_queue {

// Any thread, with or without the GIL; takes no lock. In a forked child the result is dropped untouched.
void push(aiges_result* result);

// With the GIL held, at the beginning of a call.
void drop_some(ThreadRecord& record, const aiges_bridge& bridge);

// Starts the reaper, once.
void start_reaper(const aiges_bridge& bridge);

// Runs `job(argument)` soon on the reaper, with the GIL held: for work that a caller must not wait for.
void post(void (*job)(void*), void* argument);

}  // namespace aiges::embed::release_queue
