// An open shared library.
#pragma once

#include <optional>
#include <string>

namespace aiges {

// Owns one dlopen reference. RTLD_NOW, so that a missing dependency is told at open and not in the
// middle of a request; RTLD_LOCAL, so that two engines with equal symbol names do not meet.
class SharedLibrary {
public:
    SharedLibrary() = default;
    ~SharedLibrary() { close(); }
    SharedLibrary(SharedLibrary&& other) noexcept;
    SharedLibrary& operator=(SharedLibrary&& other) noexcept;
    SharedLibrary(const SharedLibrary&) = delete;
    SharedLibrary& operator=(const SharedLibrary&) = delete;

    // Opens `path`; on failure *cause receives dlerror's text, copied at once: the next dl call
    // overwrites it.
    static std::optional<SharedLibrary> open(const std::string& path, std::string* cause);

    // NULL when the library has no such symbol.
    void* symbol(const char* name) const;

    // Equal for two opens of one file, whatever path, symbolic or hard link led to it.
    const void* identity() const { return handle_; }
    bool is_open() const { return handle_ != nullptr; }

    void close();
    // Forgets the handle: the library stays mapped until the process ends.
    void leak() { handle_ = nullptr; }

private:
    explicit SharedLibrary(void* handle) : handle_(handle) {}

    void* handle_ = nullptr;
};

// Absolute path of the loaded object that holds `address`, as it was opened; "" if there is none.
std::string object_path(const void* address);

// Keeps the object that holds `address` mapped until the process ends.
void pin_object(const void* address);

}  // namespace aiges
