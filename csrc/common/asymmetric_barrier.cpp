#include "common/asymmetric_barrier.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace aiges {

bool has_heavy_barrier = false;

namespace {

long membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

}  // namespace

void prepare_barrier() {
    constexpr long kNeeded = MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
    // Written once: threads of engines that were opened before read it while another one is opened.
    static const bool asked = [] {
        const long commands = membarrier(MEMBARRIER_CMD_QUERY);
        has_heavy_barrier = commands > 0 && (commands & kNeeded) == kNeeded;
        return true;
    }();
    static_cast<void>(asked);
}

void heavy_barrier() {
    if (!has_heavy_barrier) return;
    // Registered here and not at open: in a process with threads it can take some 10 ms.
    // Idempotent, and needed again in a forked child.
    if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
        return;
    // A sandbox took the call away after it was there. A store leaves its processor's buffer within
    // microseconds.
    const timespec pause{0, 20000000};
    nanosleep(&pause, nullptr);
}

}  // namespace aiges
