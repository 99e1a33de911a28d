// Calls that go on although they were cancelled: an exception in their thread ends them.
//
// A thread of its own looks at the calls of all threads when one of them may have used up its time, and again as long as
// cancelled ones are left: a wrapper may swallow the first exception. It alone waits for the GIL, and no code of a wrapper
// runs on it: a wrapperCancel that hangs, on the reaper, does not keep its calls from being interrupted. It starts with
// the first cancel.
#pragma once

#include <cstdint>

namespace aiges::embed::interruption {

// Looks at all calls at that time (monotonic). Any thread; does not wait.
void look_at(int64_t when_ns);

}  // namespace aiges::embed::interruption
