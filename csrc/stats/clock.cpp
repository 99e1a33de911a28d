#include "stats/clock.hpp"

#include <mutex>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace aiges::stats {

Clock the_clock;

namespace {

std::once_flag chosen;
constexpr uint64_t kCalibrationNs = 1000000;  // 20 ns of error at each end: 40 parts in a million

struct Reading {
    uint64_t ticks;
    uint64_t ns;
};

// Reads both clocks as one; of a few tries the tightest, so that an interrupt in between does no
// harm.
Reading read_both() {
    Reading best{};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < 5; ++i) {
        const uint64_t before = counter_ticks();
        const uint64_t ns = system_ns();
        const uint64_t after = counter_ticks();
        if (after - before >= best_width) continue;
        best_width = after - before;
        best = {before + best_width / 2, ns};
    }
    return best;
}

#if defined(__x86_64__)
// Whether the counter runs at one rate in all power states (CPUID 8000_0007, EDX bit 8).
bool has_invariant_counter() {
    unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & (1u << 8));
}

Clock measure() {
    if (!has_invariant_counter()) return {};
    const Reading first = read_both();
    while (system_ns() - first.ns < kCalibrationNs) __builtin_ia32_pause();
    const Reading last = read_both();
    if (last.ticks <= first.ticks || last.ns <= first.ns) return {};
    const auto scale = (static_cast<unsigned __int128>(last.ns - first.ns) << 32) / (last.ticks - first.ticks);
    return {ClockSource::counter, static_cast<uint64_t>(scale)};
}
#elif defined(__aarch64__)
Clock measure() {  // the architecture tells the rate
    uint64_t hertz = 0;
    asm volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    if (hertz == 0) return {};
    return {ClockSource::counter, (UINT64_C(1000000000) << 32) / hertz};
}
#else
Clock measure() { return {}; }
#endif

}  // namespace

void prepare_clock() {
    std::call_once(chosen, [] { the_clock = measure(); });
}

void adopt_clock(ClockSource source, uint64_t scale) {
    std::call_once(chosen, [&] { the_clock = {source, scale}; });
}

}  // namespace aiges::stats
