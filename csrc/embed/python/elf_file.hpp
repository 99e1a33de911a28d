// What the dynamic loader would be told by an ELF64 file, read without loading
// it. The file may be anything: whatever does not hold together gives an
// invalid, empty result.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aiges::embed {

struct ElfFile {
    bool valid = false;
    std::uint16_t machine = 0;
    std::vector<std::string> needed;
    // DT_RUNPATH, or DT_RPATH where there is none (the loader ignores RPATH
    // beside a RUNPATH); one entry per folder, tokens not expanded.
    std::vector<std::string> search_path;

    // Valid and made for the machine this code was compiled for.
    bool runs_here() const;
};

ElfFile read_elf_file(const std::string& name);

bool has_elf_magic(const std::string& name);

// `$ORIGIN` and `${ORIGIN}` replaced by `origin`. Empty when the outcome is
// relative or another token ($LIB, $PLATFORM) is left: only absolute paths are
// ever opened.
std::string expand_origin(const std::string& entry, const std::string& origin);

}  // namespace aiges::embed
