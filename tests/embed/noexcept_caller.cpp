// A frame as C++ hosts have them: whatever unwinds through it ends the process.
extern "C" int call_noexcept(int (*call)(void*), void* argument);

int call_noexcept(int (*call)(void*), void* argument) {
    return [&]() noexcept { return call(argument); }();
}
