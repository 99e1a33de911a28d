#include "common/shared_library.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace aiges {

SharedLibrary::SharedLibrary(SharedLibrary&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

SharedLibrary& SharedLibrary::operator=(SharedLibrary&& other) noexcept {
    if (this != &other) {
        close();
        handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
}

std::optional<SharedLibrary> SharedLibrary::open(const std::string& path, std::string* cause) {
    dlerror();  // drops what an earlier failure of this thread left behind
    if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return SharedLibrary(handle);
    const char* text = dlerror();
    *cause = text ? text : "unknown cause";
    return std::nullopt;
}

void* SharedLibrary::symbol(const char* name) const { return handle_ ? dlsym(handle_, name) : nullptr; }

void SharedLibrary::close() {
    if (handle_) dlclose(handle_);
    handle_ = nullptr;
}

std::string object_path(const void* address) {
    Dl_info info{};
    if (!dladdr(address, &info) || !info.dli_fname) return "";
    std::error_code failed;
    const auto path = std::filesystem::absolute(info.dli_fname, failed);
    return failed ? info.dli_fname : path.lexically_normal().string();
}

void pin_object(const void* address) {
    Dl_info info{};
    if (dladdr(address, &info) && info.dli_fname) dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace aiges
