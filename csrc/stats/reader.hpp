// Reading the statistics page: the own one, or that of another process.
#pragma once

#include "aiges/loader.h"
#include "stats/layout.hpp"

namespace aiges::stats {

// What of an engine is in use now. `calls` counts asynchronous ones until their final result.
struct Balance {
    int64_t calls;
    int64_t results;
    int64_t sessions;
    int64_t guards;

    // After fork a child may give back what its parent took: less than nothing is nothing.
    bool is_idle() const { return calls <= 0 && results <= 0 && sessions <= 0 && guards <= 0; }
};

const PageHeader& header_of(const Slot& slot);

// Sums over all shards, from the beginning of the page.
Totals sum_shards(const Slot& slot, const PageHeader& header);

// Reads all ends of pairs before any beginning. With no beginner left (the engine's gate is shut),
// `is_idle()` is final: see csrc/loader/engine_gate.hpp.
Balance read_balance(const Slot& slot);

// Copies the counters of an open slot to *stats, up to its size. False: the slot holds no engine.
bool read_slot(const Slot& slot, const PageHeader& header, aiges_stats* stats);

// The index-th open engine of the page.
int read_engine(const Page& page, uint32_t index, aiges_stats* stats);

// Maps the page behind a descriptor for reading, if it is one and cannot shrink. 0 or a code.
int map_for_reading(int fd, const Page** page);
void unmap(const Page* page);

}  // namespace aiges::stats
