// Durations in logarithmic buckets, four an octave: a bucket is at most 25 % wide.
#pragma once

#include <cstdint>

#include "stats/layout.hpp"

namespace aiges::stats {

inline uint32_t bucket_of(uint64_t ns) {
    if (ns < 4) return static_cast<uint32_t>(ns);
    const uint32_t octave = 63 - static_cast<uint32_t>(__builtin_clzll(ns));  // at least 2
    const uint32_t quarter = static_cast<uint32_t>(ns >> (octave - 2)) & 3;
    const uint32_t bucket = (octave - 1) * 4 + quarter;
    return bucket < kBucketCount ? bucket : kBucketCount - 1;
}

// The smallest duration of a bucket; buckets beyond the last one have none (UINT64_MAX).
inline uint64_t bucket_ns(uint32_t bucket) {
    if (bucket >= kBucketCount) return UINT64_MAX;
    return bucket < 4 ? bucket : static_cast<uint64_t>(4 + bucket % 4) << (bucket / 4 - 1);
}

}  // namespace aiges::stats
