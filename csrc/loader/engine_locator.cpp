#include "loader/engine_locator.hpp"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "aiges/errors.h"
#include "common/shared_library.hpp"
#include "loader/last_error.hpp"

namespace aiges {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

bool ends_with(const std::string& text, const std::string& ending) {
    return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

fs::path absolute_path(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

fs::path own_folder() { return fs::path(object_path(reinterpret_cast<const void*>(&locate_engine))).parent_path(); }

// "libecho.so.1" and "echo.so" are "echo"; wrapper.py and libwrapper.so are called like their
// folder.
std::string short_name(const fs::path& file) {
    std::string name = file.filename().string();
    if (name == "wrapper.py" || name == "libwrapper.so") return file.parent_path().filename().string();
    if (name.compare(0, 3, "lib") == 0) name.erase(0, 3);
    const size_t ending = name.find(ends_with(name, ".py") ? ".py" : ".so");
    if (ending != std::string::npos && ending > 0) name.erase(ending);
    return name;
}

EngineLocation location_of(const fs::path& file) {
    const fs::path path = absolute_path(file);
    return {path.string(), short_name(path), path.extension() == ".py"};
}

void add_folders(const char* list, std::vector<fs::path>& folders) {
    if (!list) return;
    const std::string text = list;
    for (size_t start = 0; start <= text.size();) {
        size_t end = text.find(':', start);
        if (end == std::string::npos) end = text.size();
        if (end > start) folders.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
}

int locate_by_path(const char* name, EngineLocation* location) {
    const fs::path path = name;
    if (is_folder(path)) {
        // wrapper.py first: a libwrapper.so beside it is the means to run it, perhaps another
        // project's
        for (const char* file : {"wrapper.py", "libwrapper.so"}) {
            if (!is_file(path / file)) continue;
            *location = location_of(path / file);
            return AIGES_OK;
        }
        return fail(AIGES_ERR_ENGINE_NOT_FOUND,
                    "cannot open engine '%s': the folder holds neither 'wrapper.py' nor 'libwrapper.so'", name);
    }
    if (!is_file(path))
        return fail(AIGES_ERR_ENGINE_NOT_FOUND, "cannot open engine '%s': there is no file '%s'", name,
                    absolute_path(path).c_str());
    *location = location_of(path);
    return AIGES_OK;
}

int locate_by_name(const std::string& name, const char* search_path, EngineLocation* location) {
    std::vector<fs::path> folders;
    add_folders(search_path, folders);
    add_folders(std::getenv("AIGES_LIBRARY_PATH"), folders);
    folders.emplace_back("library");
    folders.push_back(own_folder() / "engines");
    const std::string files[] = {name + ".so", "lib" + name + ".so", name + "/wrapper.py", name + "/libwrapper.so",
                                 name + ".py"};
    std::string looked_in;
    for (const fs::path& folder : folders) {
        for (const std::string& file : files) {
            if (!is_file(folder / file)) continue;
            *location = location_of(folder / file);
            location->name = name;
            return AIGES_OK;
        }
        looked_in += (looked_in.empty() ? "'" : ", '") + absolute_path(folder).string() + "'";
    }
    return fail(AIGES_ERR_ENGINE_NOT_FOUND,
                "cannot open engine '%s': no file %s.so, lib%s.so, %s/wrapper.py, %s/libwrapper.so "
                "or %s.py in %s: "
                "give a path, or add its folder to AIGES_LIBRARY_PATH",
                name.c_str(), name.c_str(), name.c_str(), name.c_str(), name.c_str(), name.c_str(), looked_in.c_str());
}

}  // namespace

int locate_engine(const char* name, const char* search_path, EngineLocation* location) {
    const std::string text = name;
    if (text.empty()) return fail(AIGES_ERR_INVALID_ARG, "cannot open an engine without a name: the text is empty");
    const bool is_path = text.find('/') != std::string::npos || ends_with(text, ".so") || ends_with(text, ".py");
    return is_path ? locate_by_path(name, location) : locate_by_name(text, search_path, location);
}

int locate_python_library(const char* name, const char* wanted, std::string* file) {
    const char* variable = std::getenv("AIGES_LIBWRAPPER");
    const fs::path beside = own_folder() / "libwrapper.so";
    if (wanted && *wanted)
        *file = absolute_path(wanted).string();
    else if (is_file(beside))
        *file = beside.string();
    else if (variable && *variable)
        *file = absolute_path(variable).string();
    else
        return fail(AIGES_ERR_ENGINE_NOT_FOUND,
                    "cannot open engine '%s': it is a Python wrapper and there is no '%s' to run "
                    "it: install "
                    "aiges_native completely, or set AIGES_LIBWRAPPER",
                    name, beside.c_str());
    if (is_file(*file)) return AIGES_OK;
    return fail(AIGES_ERR_ENGINE_NOT_FOUND,
                "cannot open engine '%s': the library to run Python wrappers, '%s', does not exist", name,
                file->c_str());
}

}  // namespace aiges
