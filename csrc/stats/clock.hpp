// A monotonic clock for durations: the processor's counter where it is trustworthy, else
// CLOCK_MONOTONIC.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace aiges::stats {

enum class ClockSource : uint32_t { system = 0, counter = 1 };

// How this library reads time. Chosen once, before the first slot is handed out, so that the two
// ends of a duration are always read from the same source.
struct Clock {
    ClockSource source = ClockSource::system;
    // ns per tick, times 2^32; unused with ClockSource::system, where a tick is a nanosecond.
    uint64_t scale = 0;
};
extern Clock the_clock;

// Chooses and calibrates the clock, once per process; takes about a millisecond at most.
void prepare_clock();
// Takes over what another library of this process has measured already; does nothing after
// prepare_clock.
void adopt_clock(ClockSource source, uint64_t scale);

inline uint64_t system_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

inline uint64_t counter_ticks() {
#if defined(__x86_64__)
    // Not serialising: a few cycles of error are cheaper than a fence in every call.
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t value;
    asm volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
    return system_ns();
#endif
}

// Only differences of ticks mean anything.
inline uint64_t ticks() {
    return __builtin_expect(the_clock.source == ClockSource::counter, 1) ? counter_ticks() : system_ns();
}

inline uint64_t ticks_to_ns(uint64_t ticks) {
    if (__builtin_expect(the_clock.source != ClockSource::counter, 0)) return ticks;
    return static_cast<uint64_t>((static_cast<unsigned __int128>(ticks) * the_clock.scale) >> 32);
}

// A duration in ns; 0 if the counters of two processors disagree by more than has passed.
inline uint64_t duration_ns(uint64_t passed_ticks) {
    return static_cast<int64_t>(passed_ticks) < 0 ? 0 : ticks_to_ns(passed_ticks);
}

inline uint64_t now_ns() { return ticks_to_ns(ticks()); }

}  // namespace aiges::stats
