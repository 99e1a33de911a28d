#include "stats/slot.hpp"

namespace aiges::stats {

void ShardWriter::count_duration(CallTime time) {
    const uint64_t passed = ticks() - time.begin;
    const uint64_t ns = duration_ns(passed);
    add(Counter::total_ns, ns * time.weight);
    add(shard_->histogram[bucket_of(ns)], time.weight, std::memory_order_relaxed);
    if (!exclusive_) return;  // shared by threads: no memory of runs, each call is timed
    constexpr auto relaxed = std::memory_order_relaxed;
    const uint64_t run = ns < kShortNs ? shard_->short_run.load(relaxed) + 1 : 0;
    shard_->short_run.store(run, relaxed);
    // The last bits of a duration in ticks are as good as chance.
    const uint32_t gap = kMinUntimed + static_cast<uint32_t>(passed >> 1) % kUntimedSpread;
    shard_->next_untimed.store(run >= kShortRun ? gap : 0, relaxed);
}

Slot* attach(void* memory, uint32_t layout) {
    if (!memory || layout != kLayoutVersion || reinterpret_cast<uintptr_t>(memory) % alignof(Slot)) return nullptr;
    auto* slot = static_cast<Slot*>(memory);
    const auto* page = reinterpret_cast<const Page*>(static_cast<char*>(memory) - slot->page_offset);
    if (page->header.magic.load(std::memory_order_acquire) != kPageMagic) return nullptr;
    adopt_clock(static_cast<ClockSource>(page->header.clock_source), page->header.clock_scale);
    return slot;
}

}  // namespace aiges::stats
