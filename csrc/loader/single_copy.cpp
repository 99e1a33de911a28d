#include "loader/single_copy.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

#include "aiges/errors.h"
#include "loader/last_error.hpp"

namespace aiges {
namespace {

struct FirstCopy {
    ElfW(Addr) base = 0;
    const char* path = nullptr;
};

// Objects come in the order they were loaded; the file name is fixed (it is the SONAME).
int find_first_copy(dl_phdr_info* object, size_t, void* result) {
    const char* slash = std::strrchr(object->dlpi_name, '/');
    if (std::strcmp(slash ? slash + 1 : object->dlpi_name, "libaiges.so") != 0) return 0;
    *static_cast<FirstCopy*>(result) = {object->dlpi_addr, object->dlpi_name};
    return 1;
}

}  // namespace

int check_single_copy() {
    Dl_info own{};
    FirstCopy first;
    if (!dladdr(reinterpret_cast<const void*>(&check_single_copy), &own)) return AIGES_OK;
    dl_iterate_phdr(find_first_copy, &first);
    if (!first.path || first.base == reinterpret_cast<ElfW(Addr)>(own.dli_fbase)) return AIGES_OK;
    return fail(AIGES_ERR_ENGINE_UNLOADABLE,
                "cannot open engines: this process has loaded two copies of libaiges.so, first "
                "'%s' and then '%s': "
                "link and import against one of them",
                first.path, own.dli_fname);
}

}  // namespace aiges
