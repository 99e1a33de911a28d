#include "pyvenv_cfg.hpp"

#include "path.hpp"

namespace aiges::embed {
namespace {

constexpr std::size_t kLongestFile = 64 * 1024;

std::string lower(std::string text) {
    for (char& letter : text) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return text;
}

void take_line(const std::string& line, PyvenvCfg& cfg) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) return;
    const std::string key = lower(path::trim(line.substr(0, equals)));
    const std::string value = path::trim(line.substr(equals + 1));
    if (key == "home") cfg.home = value;
    if (key == "implementation") cfg.implementation = value;
    // venv writes `version`, virtualenv and uv `version_info`; where both stand
    // the longer one says more.
    if (key == "version" || key == "version_info") {
        const PythonVersion version = parse_version(value);
        if (version.known() && (!cfg.version.known() || cfg.version.micro < 0)) cfg.version = version;
    }
}

PyvenvCfg read_file(const std::string& file) {
    PyvenvCfg cfg;
    for (const std::string& line : path::split(path::read_start(file, kLongestFile), '\n')) {
        take_line(line, cfg);
    }
    cfg.found = path::starts_with(cfg.home, "/");
    cfg.file = file;
    return cfg;
}

}  // namespace

PyvenvCfg read_pyvenv_cfg(const std::string& executable) {
    const std::string folder = path::parent_of(executable);
    for (const std::string& place : {folder, path::parent_of(folder)}) {
        PyvenvCfg cfg = read_file(path::join(place, "pyvenv.cfg"));
        if (cfg.found) return cfg;
    }
    return {};
}

}  // namespace aiges::embed
