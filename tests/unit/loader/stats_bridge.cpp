// What libwrapper.so does with the slot it is given: counts from a library with thread records of
// its own.
#include "stats/slot.hpp"

using namespace aiges::stats;

extern "C" int stats_attach(void** slot, void* given, uint32_t layout) {
    *slot = attach(given, layout);
    return *slot ? 0 : AIGES_ERR_INVALID_ARG;
}

extern "C" void stats_add(void* slot, uint64_t copied, uint64_t waited_ns) {
    add(static_cast<Slot*>(slot), Counter::bytes_copied, copied);
    add(static_cast<Slot*>(slot), Counter::gil_wait_ns, waited_ns);
}
