// The statistics page, byte for byte. Private to this project: `kLayoutVersion` changes with every
// change here.
//
//     Page          | header | claims | ... padding to 4096
//     Slot 0        | header, baseline | Shard 0 | Shard 1 | ... | Shard 255 | overflow Shard |
//     Slot 1        | ...
//
// One slot is one engine. Inside it every thread that calls engines has a shard of its own, so that
// counting is a plain load and store on a line nobody else writes. The index of a thread's shard is
// the same in every slot.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "aiges/loader.h"

namespace aiges::stats {

constexpr uint32_t kLayoutVersion = 1;
// "aignspag" in little-endian memory order.
constexpr uint64_t kPageMagic = UINT64_C(0x676170736e676961);
constexpr uint32_t kSlotCount = 64;    // bits of PageHeader::open_slots
constexpr uint32_t kShardCount = 256;  // exclusive ones
// Shared by all threads beyond, with atomic additions.
constexpr uint32_t kOverflowShard = kShardCount;
constexpr uint32_t kBucketCount = AIGES_STATS_BUCKETS;

// What a shard counts. Pairs (begun and ended) are two growing counters, not one that goes up and
// down: the two ends may happen on different threads, and a reader who takes the second first never
// sees more ends than beginnings.
enum class Counter : uint32_t {
    begun,         // calls: exec, exec_async, write, read
    ended,         // calls
    failures,      // ended with a code other than 0
    bytes_in,      // data bytes of requests
    bytes_out,     // data bytes of results
    bytes_copied,  // by the bridge to Python
    gil_wait_ns,   // by the bridge to Python
    total_ns,      // durations of ended calls
    results_out,   // lists of exec handed to the host
    results_back,  // of these, released
    sessions_opened,
    sessions_closed,
    guards_begun,  // every other use that close waits for: callbacks, loading of resources, ...
    guards_ended,
    kCount
};
constexpr uint32_t kCounterRoom = 14;
static_assert(static_cast<uint32_t>(Counter::kCount) <= kCounterRoom);

// Written by one thread (the overflow shard: by many), read by anybody. 11 x 128 bytes: neighbours
// share no line, nor the pair of lines that x86 prefetches together.
struct alignas(128) Shard {
    std::atomic<uint64_t> counters[kCounterRoom];
    // What start_timing (slot.hpp) decides by: timed calls in succession that were short; calls
    // since the last timed one; how many are not timed before the next one that is.
    std::atomic<uint64_t> short_run;
    std::atomic<uint32_t> untimed;
    std::atomic<uint32_t> next_untimed;
    std::atomic<uint64_t> histogram[kBucketCount];
};
static_assert(sizeof(Shard) == 1408 && std::atomic<uint64_t>::is_always_lock_free);

// Sums over shards.
struct Totals {
    uint64_t counters[kCounterRoom];
    uint64_t histogram[kBucketCount];

    uint64_t operator[](Counter counter) const { return counters[static_cast<uint32_t>(counter)]; }
};

// Where an engine is in its life.
enum class State : uint32_t {
    opened = AIGES_STATE_OPENED,
    starting = AIGES_STATE_STARTING,
    ready = AIGES_STATE_READY,
    stopping = AIGES_STATE_STOPPING,
    stopped = AIGES_STATE_STOPPED,
    failed = AIGES_STATE_FAILED,
    closed = AIGES_STATE_CLOSED,
};

struct alignas(4096) Slot {
    // Of this slot in the page; set once, so that writers find the page from a slot.
    uint64_t page_offset;
    std::atomic<uint32_t> generation;  // odd: holds an engine; even: free
    std::atomic<uint32_t> state;       // State
    std::atomic<uint64_t> opened_ns;   // CLOCK_MONOTONIC
    char name[64];
    // Sums at the moment the slot was given to its engine. Counters are never set back, because a
    // thread may be adding to one at any time; readers subtract this instead.
    Totals baseline;
    alignas(128) Shard shards[kShardCount + 1];
};

struct alignas(4096) PageHeader {
    std::atomic<uint64_t> magic;  // stored last
    uint32_t layout;
    uint32_t slot_count;
    uint32_t shard_count;
    uint32_t bucket_count;
    uint64_t bytes;
    std::atomic<uint32_t> pid;
    uint32_t clock_source;              // ClockSource of the process that made the page
    uint64_t clock_scale;               // see clock.hpp
    std::atomic<uint32_t> shards_used;  // no shard at or above it was ever claimed
    std::atomic<uint32_t> slots_used;   // no slot at or above it was ever open
    std::atomic<uint64_t> open_slots;   // one bit a slot: readers leave the memory of others alone
    // One bit a shard; set: a thread owns it. In the page, because two libraries with thread
    // records of their own (libaiges.so and libwrapper.so) write to it.
    alignas(128) std::atomic<uint64_t> claims[kShardCount / 64];
};

struct Page {
    PageHeader header;
    Slot slots[kSlotCount];
};
static_assert(offsetof(Page, slots) == 4096 && sizeof(Page) % 4096 == 0);
constexpr uint64_t kPageBytes = sizeof(Page);

}  // namespace aiges::stats
