// Counting, for those who run calls. Everything here is inline and costs a few nanoseconds: no
// lock, no shared line.
//
// A Slot* comes from open_slot() (page.hpp) or, in another library of the process, from attach().
// All functions may be called on any thread at any time, also after the slot was closed: counters
// only grow, so a late one does no harm.
#pragma once

#include <atomic>
#include <cstdint>

#include "stats/clock.hpp"
#include "stats/histogram.hpp"
#include "stats/layout.hpp"

namespace aiges::stats {

// Which shard this thread owns, of the page it used last and of one before (libwrapper.so may write
// to its own page and to that of libaiges.so). One such record per thread and library.
struct ThreadRecord {
    const Page* page;
    uint64_t shard;  // as its distance from the start of a slot
    const Page* other_page;
    uint64_t other_shard;
    bool leaving;  // the thread is at its end and has given its shards back
};
// initial-exec: one instruction instead of a call of __tls_get_addr. 40 bytes of the static TLS
// reserve, per library.
extern __thread ThreadRecord thread_record __attribute__((tls_model("initial-exec"), visibility("hidden")));

// Makes `page` the thread_record's current page and returns the thread's shard in it. The slow part
// of my_shard().
uint64_t claim_shard(Page* page);

constexpr uint64_t shard_distance(uint32_t index) { return offsetof(Slot, shards) + index * sizeof(Shard); }

// When a call began. Reading the clock twice costs up to 45 ns, more than all the rest of counting:
// fine for a call of a microsecond, not for one of 50 ns. So when the last kShortRun timed calls of
// this thread to this engine were all shorter than kShortNs, one call in about eight is timed and
// stands for those since the last timed one. The gaps are irregular, so that an engine whose every
// eighth call is slow is seen as it is. The first longer call that is timed ends that: from then on
// every call is timed again.
struct CallTime {
    uint64_t begin = 0;   // ticks
    uint64_t weight = 0;  // calls it stands for; 0: this one is not timed
};
constexpr uint64_t kShortNs = 1000;
constexpr uint64_t kShortRun = 64;
constexpr uint32_t kMinUntimed = 4;     // of 4 to 11 calls, 7.5 in the mean,
constexpr uint32_t kUntimedSpread = 8;  // a power of two

// This thread's shard of one slot. Valid on this thread only; may be kept while the thread is in a
// call.
class ShardWriter {
public:
    explicit ShardWriter(Slot& slot) {
        auto* page = reinterpret_cast<Page*>(reinterpret_cast<char*>(&slot) - slot.page_offset);
        uint64_t distance = thread_record.shard;
        if (__builtin_expect(thread_record.page != page, 0)) distance = claim_shard(page);
        shard_ = reinterpret_cast<Shard*>(reinterpret_cast<char*>(&slot) + distance);
        exclusive_ = distance != shard_distance(kOverflowShard);
    }

    // `order` is that of the store: release makes all that this thread did before visible to who
    // reads the counter.
    void add(Counter counter, uint64_t n, std::memory_order order = std::memory_order_relaxed) {
        add(shard_->counters[static_cast<uint32_t>(counter)], n, order);
    }

    CallTime start_timing();
    void count_duration(CallTime time);

private:
    void add(std::atomic<uint64_t>& counter, uint64_t n, std::memory_order order) {
        if (__builtin_expect(exclusive_, 1))
            counter.store(counter.load(std::memory_order_relaxed) + n, order);
        else
            counter.fetch_add(n, std::memory_order_seq_cst);
    }

    Shard* shard_;
    bool exclusive_;
};

inline CallTime ShardWriter::start_timing() {
    constexpr auto relaxed = std::memory_order_relaxed;
    if (!exclusive_) return {ticks(), 1};
    const uint32_t untimed = shard_->untimed.load(relaxed);
    if (untimed < shard_->next_untimed.load(relaxed)) {
        shard_->untimed.store(untimed + 1, relaxed);
        return {};
    }
    shard_->untimed.store(0, relaxed);
    return {ticks(), uint64_t{untimed} + 1};
}

// Ends a call, also one begun on another thread. `ended` comes last: who sees it sees the rest.
[[gnu::always_inline]] inline void end_call(ShardWriter writer, CallTime time, int code, uint64_t bytes_in,
                                            uint64_t bytes_out) {
    if (__builtin_expect(time.weight != 0, 0)) writer.count_duration(time);
    if (code) writer.add(Counter::failures, 1);
    writer.add(Counter::bytes_in, bytes_in);
    writer.add(Counter::bytes_out, bytes_out);
    writer.add(Counter::ended, 1, std::memory_order_release);
}

// A call begins; the result goes to end_call. A NULL slot counts nothing.
inline CallTime begin_call(Slot* slot) {
    if (!slot) return {};
    ShardWriter writer(*slot);
    writer.add(Counter::begun, 1);
    return writer.start_timing();
}

inline void end_call(Slot* slot, CallTime time, int code, uint64_t bytes_in, uint64_t bytes_out) {
    if (slot) end_call(ShardWriter(*slot), time, code, bytes_in, bytes_out);
}

inline void add(Slot* slot, Counter counter, uint64_t n) {
    if (slot) ShardWriter(*slot).add(counter, n);
}

inline void set_state(Slot* slot, State state) {
    if (slot) slot->state.store(static_cast<uint32_t>(state), std::memory_order_relaxed);
}

// The slot that another library of this process hands over (aiges_instance_api.attach_stats); NULL
// if its layout is another. Also takes that library's clock over, so that attaching costs no
// calibration.
Slot* attach(void* slot, uint32_t layout);

}  // namespace aiges::stats
