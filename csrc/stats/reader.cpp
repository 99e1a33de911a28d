#include "stats/reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace aiges::stats {
namespace {

constexpr uint32_t kEnds =
    1u << static_cast<uint32_t>(Counter::ended) | 1u << static_cast<uint32_t>(Counter::results_back) |
    1u << static_cast<uint32_t>(Counter::sessions_closed) | 1u << static_cast<uint32_t>(Counter::guards_ended);
constexpr uint32_t kAllCounters = (1u << kCounterRoom) - 1;

void add_counters(const Slot& slot, const PageHeader& header, uint32_t which, Totals& totals) {
    // Read anew for every pass: a thread may have claimed its first shard since the last one.
    const uint32_t used = std::min(header.shards_used.load(), kShardCount);
    const auto add_shard = [&](const Shard& shard) {
        for (uint32_t i = kCounterRoom; i-- > 0;)  // downwards: the end of a pair before its beginning
            if (which >> i & 1) totals.counters[i] += shard.counters[i].load(std::memory_order_acquire);
    };
    for (uint32_t index = 0; index < used; ++index) add_shard(slot.shards[index]);
    add_shard(slot.shards[kOverflowShard]);
}

void add_histograms(const Slot& slot, const PageHeader& header, Totals& totals) {
    const uint32_t used = std::min(header.shards_used.load(), kShardCount);
    const auto add_shard = [&](const Shard& shard) {
        for (uint32_t i = 0; i < kBucketCount; ++i)
            totals.histogram[i] += shard.histogram[i].load(std::memory_order_relaxed);
    };
    for (uint32_t index = 0; index < used; ++index) add_shard(slot.shards[index]);
    add_shard(slot.shards[kOverflowShard]);
}

int64_t open_pairs(const Totals& totals, const Totals& baseline, Counter begin, Counter end) {
    return static_cast<int64_t>((totals[begin] - baseline[begin]) - (totals[end] - baseline[end]));
}

uint64_t not_negative(int64_t value) { return value < 0 ? 0 : static_cast<uint64_t>(value); }

// Loads before it happen before the check of the generation after it. ThreadSanitizer knows no
// fences, and the readers it sees share no page with a slot's change of hands.
void read_barrier() {
#if !defined(__SANITIZE_THREAD__)
    std::atomic_thread_fence(std::memory_order_acquire);
#endif
}

void fill(const Totals& totals, const Totals& baseline, const Slot& slot, aiges_stats& stats) {
    const auto since_open = [&](Counter counter) { return totals[counter] - baseline[counter]; };
    std::memcpy(stats.name, slot.name, sizeof stats.name);
    stats.name[sizeof stats.name - 1] = '\0';
    stats.calls = since_open(Counter::ended);
    stats.failures = since_open(Counter::failures);
    stats.in_flight = not_negative(open_pairs(totals, baseline, Counter::begun, Counter::ended));
    stats.sessions = not_negative(open_pairs(totals, baseline, Counter::sessions_opened, Counter::sessions_closed));
    stats.bytes_in = since_open(Counter::bytes_in);
    stats.bytes_out = since_open(Counter::bytes_out);
    stats.bytes_copied = since_open(Counter::bytes_copied);
    stats.gil_wait_ns = since_open(Counter::gil_wait_ns);
    stats.total_ns = since_open(Counter::total_ns);
    for (uint32_t i = 0; i < kBucketCount; ++i) stats.histogram[i] = totals.histogram[i] - baseline.histogram[i];
    stats.state = slot.state.load(std::memory_order_relaxed);
}

}  // namespace

const PageHeader& header_of(const Slot& slot) {
    const auto* page = reinterpret_cast<const char*>(&slot) - slot.page_offset;
    return reinterpret_cast<const Page*>(page)->header;
}

Totals sum_shards(const Slot& slot, const PageHeader& header) {
    Totals totals{};
    // One pass: the two ends of a pair are read at nearly the same time, or calls that come and go
    // in between would all look as if they were in flight.
    add_counters(slot, header, kAllCounters, totals);
    add_histograms(slot, header, totals);
    return totals;
}

Balance read_balance(const Slot& slot) {
    const PageHeader& header = header_of(slot);
    Totals totals{};
    // Two passes: see engine_gate.hpp. The end of a call may lie in a later shard than its
    // beginning.
    add_counters(slot, header, kEnds, totals);
    add_counters(slot, header, kAllCounters & ~kEnds, totals);
    const Totals& base = slot.baseline;
    return {open_pairs(totals, base, Counter::begun, Counter::ended),
            open_pairs(totals, base, Counter::results_out, Counter::results_back),
            open_pairs(totals, base, Counter::sessions_opened, Counter::sessions_closed),
            open_pairs(totals, base, Counter::guards_begun, Counter::guards_ended)};
}

bool read_slot(const Slot& slot, const PageHeader& header, aiges_stats* stats) {
    for (int attempt = 0; attempt < 8; ++attempt) {
        const uint32_t generation = slot.generation.load(std::memory_order_acquire);
        if (generation % 2 == 0) return false;
        aiges_stats copy{};
        const Totals baseline = slot.baseline;
        fill(sum_shards(slot, header), baseline, slot, copy);
        read_barrier();
        if (slot.generation.load(std::memory_order_relaxed) != generation) continue;  // another engine moved in
        copy.version = stats->version;
        copy.size = stats->size;
        std::memcpy(static_cast<void*>(stats), &copy, std::min<size_t>(stats->size, sizeof copy));
        return true;
    }
    return false;
}

int read_engine(const Page& page, uint32_t index, aiges_stats* stats) {
    uint64_t open = page.header.open_slots.load(std::memory_order_acquire);
    for (uint32_t skipped = 0; open && skipped < index; ++skipped) open &= open - 1;
    for (; open; open &= open - 1)  // one that was closed meanwhile: the next takes its number
        if (read_slot(page.slots[__builtin_ctzll(open)], page.header, stats)) return AIGES_OK;
    return AIGES_ERR_UNKNOWN_HANDLE;
}

int map_for_reading(int fd, const Page** page) {
    *page = nullptr;
    struct stat info{};
    if (fstat(fd, &info) || static_cast<uint64_t>(info.st_size) < sizeof(PageHeader)) return AIGES_ERR_INVALID_ARG;
    // A file that can shrink would end its readers with SIGBUS.
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK)) return AIGES_ERR_INVALID_ARG;
    if (static_cast<uint64_t>(info.st_size) != kPageBytes) return AIGES_ERR_ABI_MISMATCH;
    void* memory = mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return AIGES_ERR_NO_MEMORY;
    const auto* mapped = static_cast<const Page*>(memory);
    const PageHeader& header = mapped->header;
    const bool is_page = header.magic.load(std::memory_order_acquire) == kPageMagic;
    if (is_page && header.layout == kLayoutVersion) {
        *page = mapped;  // all sizes are this build's own; none is taken from the page
        return AIGES_OK;
    }
    munmap(memory, kPageBytes);
    return is_page ? AIGES_ERR_ABI_MISMATCH : AIGES_ERR_INVALID_ARG;
}

void unmap(const Page* page) {
    if (page) munmap(const_cast<void*>(static_cast<const void*>(page)), kPageBytes);
}

}  // namespace aiges::stats
