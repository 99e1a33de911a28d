// A thread that lives by itself.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace aiges {

// Starts it. The host's signals are not for it; its own faults are, so that a handler can tell of a crash.
// Throws std::system_error: there is no thread to be had.
template <typename Function, typename... Arguments>
void start_detached(Function&& function, Arguments&&... arguments) {
    struct Blocked {
        sigset_t before;
        Blocked() {
            sigset_t all;
            sigfillset(&all);
            for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
            pthread_sigmask(SIG_SETMASK, &all, &before);
        }
        ~Blocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    } blocked;  // the new thread inherits it
    std::thread(std::forward<Function>(function), std::forward<Arguments>(arguments)...).detach();
}

}  // namespace aiges
