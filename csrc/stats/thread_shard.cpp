// Shards of threads: claimed at a thread's first call, given back at its end. What was counted
// stays in the shard; the next owner goes on from there.
#include <pthread.h>

#include <utility>

#include "stats/slot.hpp"

namespace aiges::stats {

__thread ThreadRecord thread_record;

namespace {

// Takes the lowest free bit. Low ones first: pages of shards that nobody used are never touched.
uint32_t take_free_shard(PageHeader& header) {
    for (uint32_t word = 0; word < kShardCount / 64; ++word) {
        uint64_t bits = header.claims[word].load(std::memory_order_relaxed);
        while (~bits) {
            const auto bit = static_cast<uint32_t>(__builtin_ctzll(~bits));
            // acquire: the counters as the former owner left them
            if (header.claims[word].compare_exchange_weak(bits, bits | UINT64_C(1) << bit, std::memory_order_acquire,
                                                          std::memory_order_relaxed))
                return word * 64 + bit;
        }
    }
    return kOverflowShard;
}

void raise_shards_used(PageHeader& header, uint32_t shard) {
    if (shard == kOverflowShard) return;
    uint32_t used = header.shards_used.load(std::memory_order_relaxed);
    while (used <= shard && !header.shards_used.compare_exchange_weak(used, shard + 1)) {
    }
}

void give_back(const Page* page, uint64_t distance) {
    if (!page || distance == shard_distance(kOverflowShard)) return;
    const uint64_t shard = (distance - shard_distance(0)) / sizeof(Shard);
    auto& header = const_cast<Page*>(page)->header;
    header.claims[shard / 64].fetch_and(~(UINT64_C(1) << shard % 64), std::memory_order_release);
}

void on_thread_exit(void*) {
    ThreadRecord& record = thread_record;
    give_back(record.page, record.shard);
    give_back(record.other_page, record.other_shard);
    record = {};
    record.leaving = true;
}

// A pthread key and not a C++ thread_local destructor: those keep a library from being unloaded,
// and run before the destructors of other keys, which may still make calls.
bool watch_thread_exit() {
    static const std::pair<bool, pthread_key_t> key = [] {
        pthread_key_t made{};
        const bool works = pthread_key_create(&made, on_thread_exit) == 0;
        return std::pair{works, made};
    }();
    return key.first && pthread_setspecific(key.second, &thread_record) == 0;
}

}  // namespace

uint64_t claim_shard(Page* page) {
    ThreadRecord& record = thread_record;
    if (record.page == page) return record.shard;
    if (record.other_page == page) {
        std::swap(record.page, record.other_page);
        std::swap(record.shard, record.other_shard);
        return record.shard;
    }
    // A thread that is ending, that works for a third page, or whose end we would not hear of, owns
    // nothing.
    if (record.leaving || record.other_page || !watch_thread_exit()) return shard_distance(kOverflowShard);
    const uint32_t shard = take_free_shard(page->header);
    raise_shards_used(page->header, shard);
    std::swap(record.page, record.other_page);
    std::swap(record.shard, record.other_shard);
    record.page = page;
    record.shard = shard_distance(shard);
    return record.shard;
}

}  // namespace aiges::stats
