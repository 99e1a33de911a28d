#include "libpython_file.hpp"

#include <algorithm>

#include "elf_file.hpp"
#include "path.hpp"

namespace aiges::embed {
namespace {

#if defined(__x86_64__)
constexpr const char* kMultiarch = "x86_64-linux-gnu";
#else
constexpr const char* kMultiarch = "aarch64-linux-gnu";
#endif

struct NamedVersion {
    PythonVersion version;
    std::string flags;
};

// "python3.13t" or "libpython3.13t.so.1.0" -> 3.13, "t".
NamedVersion read_name(const std::string& name, const std::string& stem) {
    if (!path::starts_with(name, stem)) return {};
    const std::string rest = name.substr(stem.size());
    NamedVersion found;
    found.version = parse_version(rest);
    found.version.micro = -1;
    if (!found.version.known()) return {};
    const std::size_t numbers = rest.find_first_not_of("0123456789.");
    if (numbers == std::string::npos) return found;
    const std::size_t end = rest.find('.', numbers);
    found.flags = rest.substr(numbers, end == std::string::npos ? end : end - numbers);
    if (found.flags.find_first_not_of("tdmu") != std::string::npos) found.flags.clear();
    return found;
}

bool names_libpython(const std::string& needed) {
    return read_name(path::name_of(needed), "libpython").version.known();
}

bool has_stdlib(const std::string& prefix, const std::string& library, const std::string& name) {
    return path::exists(path::join(prefix, library + "/" + name + "/os.py"));
}

// The nearest folder above the executable that holds a standard library, as
// CPython's own getpath looks for it.
std::string find_prefix(const BaseInterpreter& base) {
    const std::string folder = path::parent_of(base.file);
    const std::string name = "python" + base.version.series();
    for (std::string at = folder; base.version.known(); at = path::parent_of(at)) {
        for (const char* library : {"lib", "lib64"}) {
            if (has_stdlib(at, library, name) || has_stdlib(at, library, name + base.flags)) return at;
        }
        if (at == "/" || at == ".") break;
    }
    return path::parent_of(folder);
}

// For an executable called plainly `python`, linked statically: the one
// standard library in its prefix, if there is just one.
NamedVersion read_prefix(const std::string& prefix) {
    NamedVersion only;
    for (const std::string& entry : path::entries_of(path::join(prefix, "lib"))) {
        const NamedVersion found = read_name(entry, "python");
        if (!found.version.known() || !has_stdlib(prefix, "lib", entry)) continue;
        if (only.version.known()) return {};
        only = found;
    }
    return only;
}

std::string usable(const std::string& file) {
    return !file.empty() && read_elf_file(file).runs_here() ? file : std::string();
}

// The library's names where no NEEDED gives one. `.so` last: it belongs to
// the development package and may point anywhere.
std::vector<std::string> library_names(const BaseInterpreter& base) {
    const std::string stem = "libpython" + base.version.series() + base.flags + ".so";
    return {stem + ".1.0", stem + ".1", stem};
}

class LibrarySearch {
public:
    explicit LibrarySearch(const BaseInterpreter& base)
        : base_(base), elf_(read_elf_file(base.file)), origin_(path::parent_of(base.file)) {}

    LibpythonFile run() {
        std::vector<std::string> names;
        for (const std::string& needed : elf_.needed) {
            if (!names_libpython(needed)) continue;
            // python-build-standalone names the file itself, "$ORIGIN/../lib/…".
            const bool is_path = needed.find('/') != std::string::npos;
            if (is_path && take(expand_origin(needed, origin_))) return found_;
            names.push_back(path::name_of(needed));
        }
        for (const std::string& entry : elf_.search_path) {
            if (look_in(expand_origin(entry, origin_), names)) return found_;
        }
        for (const std::string& name : library_names(base_)) names.push_back(name);
        for (const std::string& folder : {std::string("lib"), std::string("lib64"), std::string("lib/") + kMultiarch}) {
            if (look_in(path::join(base_.prefix, folder), names)) return found_;
        }
        return found_;
    }

private:
    bool take(const std::string& file) {
        found_.file = usable(file);
        return !found_.file.empty();
    }

    bool look_in(const std::string& folder, const std::vector<std::string>& names) {
        if (folder.empty()) return false;
        // RUNPATH often is <prefix>/lib; the message names a folder once.
        auto& looked = found_.looked;
        if (std::find(looked.begin(), looked.end(), folder) == looked.end()) looked.push_back(folder);
        return std::any_of(names.begin(), names.end(),
                           [&](const std::string& name) { return take(path::join(folder, name)); });
    }

    const BaseInterpreter& base_;
    const ElfFile elf_;
    const std::string origin_;
    LibpythonFile found_;
};

std::string list_of(const std::vector<std::string>& folders) {
    std::string text;
    for (const std::string& folder : folders) text += (text.empty() ? "'" : ", '") + folder + "'";
    return text;
}

// The cure differs by where the interpreter came from.
std::string install_advice(const BaseInterpreter& base) {
    const std::string series = base.version.series();
    const std::string pyenv = "pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force " + series;
    const std::string conda = "conda: conda install --force-reinstall python=" + series;
    const std::string debian = "Debian, Ubuntu: apt-get install libpython" + series + base.flags;
    const std::string fedora = "Fedora, RHEL: dnf install python3-libs";
    const std::string source = "built from source: ./configure --enable-shared";
    if (base.file.find("/.pyenv/") != std::string::npos) return pyenv;
    if (path::is_folder(path::join(base.prefix, "conda-meta"))) return conda;
    if (base.prefix == "/usr") return debian + "; " + fedora;
    return debian + "; " + pyenv + "; " + conda + "; " + source;
}

}  // namespace

BaseInterpreter read_base_interpreter(const std::string& executable) {
    BaseInterpreter base;
    base.file = path::real(executable);
    if (base.file.empty()) return base;
    NamedVersion named;
    for (const std::string& needed : read_elf_file(base.file).needed) {
        if (!names_libpython(needed)) continue;
        named = read_name(path::name_of(needed), "libpython");
        base.linked = true;
        break;
    }
    const std::string name = path::name_of(base.file);
    if (!base.linked) named = read_name(name, "python");
    base.version = named.version;
    base.flags = named.flags;
    base.prefix = find_prefix(base);
    if (!base.version.known() && (name == "python" || name == "python3")) {
        named = read_prefix(base.prefix);
        base.version = named.version;
        base.flags = named.flags;
    }
    return base;
}

LibpythonFile find_libpython_file(const BaseInterpreter& base) { return LibrarySearch(base).run(); }

std::string explain_missing_libpython(const BaseInterpreter& base, const LibpythonFile& search) {
    const std::string library = "libpython" + base.version.series() + base.flags + ".so.1.0";
    const std::string fault = base.linked ? "is linked to a libpython that is missing" : "is linked statically";
    return "Python " + base.version.series() + " at '" + base.file + "' " + fault + ": no usable " + library + " in " +
           list_of(search.looked) + "; install it (" + install_advice(base) + ")";
}

}  // namespace aiges::embed
