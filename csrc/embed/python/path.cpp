#include "path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace aiges::embed::path {

std::string parent_of(const std::string& name) {
    std::size_t end = name.size();
    while (end > 1 && name[end - 1] == '/') --end;
    const std::size_t slash = end == 0 ? std::string::npos : name.rfind('/', end - 1);
    if (slash == std::string::npos) return ".";
    std::size_t keep = slash;
    while (keep > 0 && name[keep - 1] == '/') --keep;
    return keep == 0 ? "/" : name.substr(0, keep);
}

std::string name_of(const std::string& name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

std::string join(const std::string& folder, const std::string& name) {
    if (!folder.empty() && folder.back() == '/') return folder + name;
    return folder + "/" + name;
}

std::string absolute(const std::string& name) {
    if (name.empty() || name.front() == '/') return name;
    const std::unique_ptr<char, decltype(&::free)> here(::getcwd(nullptr, 0), &::free);
    // The kernel reports "(unreachable)/…" for a folder outside the root.
    if (!here || here.get()[0] != '/') return name;
    std::string rest = name;
    while (starts_with(rest, "./")) rest.erase(0, 2);
    return join(here.get(), rest);
}

std::string real(const std::string& name) {
    const std::unique_ptr<char, decltype(&::free)> found(::realpath(name.c_str(), nullptr), &::free);
    return found ? std::string(found.get()) : std::string();
}

bool exists(const std::string& name) {
    struct stat status{};
    return ::stat(name.c_str(), &status) == 0;
}

bool is_file(const std::string& name) {
    struct stat status{};
    return ::stat(name.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_folder(const std::string& name) {
    struct stat status{};
    return ::stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_executable(const std::string& name) { return is_file(name) && ::access(name.c_str(), X_OK) == 0; }

bool starts_with(const std::string& text, const std::string& prefix) {
    return text.compare(0, prefix.size(), prefix) == 0;
}

std::string trim(const std::string& text) {
    const char* const blanks = " \t\r\n\f\v";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    while (from <= text.size()) {
        const std::size_t at = std::min(text.find(separator, from), text.size());
        parts.push_back(text.substr(from, at - from));
        from = at + 1;
    }
    return parts;
}

std::string read_start(const std::string& name, std::size_t limit) {
    // O_NONBLOCK: opening a FIFO somebody left there must not hang Init.
    const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return {};
    struct stat status{};
    std::string text;
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        text.resize(limit);
        std::size_t filled = 0;
        while (filled < limit) {
            const ssize_t got = ::pread(file, &text[filled], limit - filled, static_cast<off_t>(filled));
            if (got <= 0) break;
            filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
    }
    ::close(file);
    return text;
}

std::vector<std::string> entries_of(const std::string& folder) {
    std::vector<std::string> names;
    DIR* const listing = ::opendir(folder.c_str());
    if (listing == nullptr) return names;
    while (const dirent* entry = ::readdir(listing)) names.emplace_back(entry->d_name);
    ::closedir(listing);
    std::sort(names.begin(), names.end());
    return names;
}

std::string variable(const char* name) {
    const char* const value = ::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace aiges::embed::path
