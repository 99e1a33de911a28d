#include "elf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "path.hpp"

namespace aiges::embed {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "aiges_native knows Linux on x86-64 and aarch64"
#endif

// Limits no real interpreter comes near; they bound memory for a hostile file.
constexpr std::size_t kMostSegments = 512;
constexpr std::size_t kMostDynamic = 4096;
constexpr std::size_t kLongestText = 4096;

// Reads by pread, not mmap: a file truncated meanwhile gives a short read
// instead of SIGBUS in the host.
class FileReader {
public:
    explicit FileReader(const std::string& name) : file_(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        struct stat status{};
        if (file_ >= 0 && ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode)) {
            size_ = static_cast<std::uint64_t>(status.st_size);
        }
    }
    ~FileReader() {
        if (file_ >= 0) ::close(file_);
    }
    FileReader(const FileReader&) = delete;
    FileReader& operator=(const FileReader&) = delete;

    std::uint64_t size() const { return size_; }

    bool read(std::uint64_t offset, void* into, std::size_t bytes) const {
        if (offset > size_ || bytes > size_ - offset) return false;
        std::size_t done = 0;
        while (done < bytes) {
            const ssize_t got =
                ::pread(file_, static_cast<char*>(into) + done, bytes - done, static_cast<off_t>(offset + done));
            if (got <= 0) return false;
            done += static_cast<std::size_t>(got);
        }
        return true;
    }

private:
    int file_;
    std::uint64_t size_ = 0;
};

bool header_is_ours(const Elf64_Ehdr& header) {
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_phentsize == sizeof(Elf64_Phdr) &&
           header.e_phnum <= kMostSegments;
}

bool read_segments(const FileReader& file, const Elf64_Ehdr& header, std::vector<Elf64_Phdr>& segments) {
    segments.resize(header.e_phnum);
    return segments.empty() || file.read(header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr));
}

// The tags up to DT_NULL. A file without PT_DYNAMIC is static: no tags, fine.
bool read_dynamic(const FileReader& file, const std::vector<Elf64_Phdr>& segments, std::vector<Elf64_Dyn>& tags) {
    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type != PT_DYNAMIC) continue;
        const std::uint64_t count = segment.p_filesz / sizeof(Elf64_Dyn);
        if (count > kMostDynamic) return false;
        tags.resize(static_cast<std::size_t>(count));
        if (!file.read(segment.p_offset, tags.data(), tags.size() * sizeof(Elf64_Dyn))) return false;
        const auto end =
            std::find_if(tags.begin(), tags.end(), [](const Elf64_Dyn& tag) { return tag.d_tag == DT_NULL; });
        tags.erase(end, tags.end());
        return true;
    }
    return true;
}

// DT_STRTAB is an address; the file offset is in the segment that maps it.
bool find_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address, std::uint64_t& offset) {
    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
        const std::uint64_t inside = address - segment.p_vaddr;
        if (inside >= segment.p_filesz || inside > UINT64_MAX - segment.p_offset) continue;
        offset = segment.p_offset + inside;
        return true;
    }
    return false;
}

class StringTable {
public:
    bool locate(const std::vector<Elf64_Phdr>& segments, const std::vector<Elf64_Dyn>& tags) {
        std::uint64_t address = 0;
        bool named = false;
        for (const Elf64_Dyn& tag : tags) {
            if (tag.d_tag == DT_STRTAB) address = tag.d_un.d_ptr, named = true;
            if (tag.d_tag == DT_STRSZ) size_ = tag.d_un.d_val;
        }
        return named && find_offset(segments, address, offset_);
    }

    bool text_at(const FileReader& file, std::uint64_t index, std::string& text) const {
        if (index >= size_ || index > UINT64_MAX - offset_) return false;
        const std::uint64_t at = offset_ + index;
        if (at >= file.size()) return false;
        std::uint64_t most = std::min<std::uint64_t>(size_ - index, file.size() - at);
        most = std::min<std::uint64_t>(most, kLongestText);
        std::string bytes(static_cast<std::size_t>(most), '\0');
        if (!file.read(at, &bytes[0], bytes.size())) return false;
        const std::size_t end = bytes.find('\0');
        if (end == std::string::npos) return false;
        text = bytes.substr(0, end);
        return true;
    }

private:
    std::uint64_t offset_ = 0;
    std::uint64_t size_ = 0;
};

bool is_text_tag(const Elf64_Dyn& tag) {
    return tag.d_tag == DT_NEEDED || tag.d_tag == DT_RUNPATH || tag.d_tag == DT_RPATH;
}

bool collect(const FileReader& file, const std::vector<Elf64_Phdr>& segments, const std::vector<Elf64_Dyn>& tags,
             ElfFile& result) {
    if (std::none_of(tags.begin(), tags.end(), is_text_tag)) return true;
    StringTable table;
    if (!table.locate(segments, tags)) return false;
    std::string runpath;
    std::string rpath;
    for (const Elf64_Dyn& tag : tags) {
        if (!is_text_tag(tag)) continue;
        std::string text;
        if (!table.text_at(file, tag.d_un.d_val, text)) return false;
        if (tag.d_tag == DT_NEEDED) result.needed.push_back(text);
        if (tag.d_tag == DT_RUNPATH) runpath = text;
        if (tag.d_tag == DT_RPATH) rpath = text;
    }
    const std::string& chosen = runpath.empty() ? rpath : runpath;
    if (!chosen.empty()) result.search_path = path::split(chosen, ':');
    return true;
}

void replace_all(std::string& text, const std::string& token, const std::string& value) {
    for (std::size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + value.size())) {
        text.replace(at, token.size(), value);
    }
}

// "$ORIGIN" ends where a name ends: "$ORIGINAL" is another token.
void replace_bare_origin(std::string& text, const std::string& value) {
    const std::string token = "$ORIGIN";
    for (std::size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + 1)) {
        const std::size_t end = at + token.size();
        const char next = end < text.size() ? text[end] : '/';
        if (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '_') {
            text.replace(at, token.size(), value);
        }
    }
}

}  // namespace

bool ElfFile::runs_here() const { return valid && machine == kMachine; }

ElfFile read_elf_file(const std::string& name) {
    const FileReader file(name);
    Elf64_Ehdr header{};
    std::vector<Elf64_Phdr> segments;
    std::vector<Elf64_Dyn> tags;
    ElfFile result;
    if (!file.read(0, &header, sizeof header) || !header_is_ours(header) || !read_segments(file, header, segments) ||
        !read_dynamic(file, segments, tags) || !collect(file, segments, tags, result)) {
        return {};
    }
    result.machine = header.e_machine;
    result.valid = true;
    return result;
}

bool has_elf_magic(const std::string& name) { return path::read_start(name, SELFMAG) == std::string(ELFMAG, SELFMAG); }

std::string expand_origin(const std::string& entry, const std::string& origin) {
    // A folder whose name holds a '$' would be taken for a token afterwards, so
    // what is left is judged before the origin goes in.
    const std::string mark(1, '\0');
    std::string text = entry;
    replace_all(text, "${ORIGIN}", mark);
    replace_bare_origin(text, mark);
    if (text.find('$') != std::string::npos) return {};
    replace_all(text, mark, origin);
    return path::starts_with(text, "/") ? text : std::string();
}

}  // namespace aiges::embed
