#include "embed/config.hpp"

#include <cstdlib>
#include <cstring>

#include "common/log.hpp"

namespace aiges::embed {
namespace {

bool has_log_settings(pConfig config) {
    for (; config != nullptr; config = config->next)
        if (config->key != nullptr && strncmp(config->key, "log.", 4) == 0) return true;
    return false;
}

}  // namespace

std::string config_text(pConfig config, const char* key, const std::string& fallback) {
    for (; config != nullptr; config = config->next) {
        if (config->key == nullptr || strcmp(config->key, key) != 0) continue;
        if (config->value == nullptr) return "";
        if (config->vlen == 0) return config->value;
        const size_t length = config->value[config->vlen - 1] == '\0' ? config->vlen - 1 : config->vlen;
        return std::string(config->value, length);
    }
    return fallback;
}

long config_number(pConfig config, const char* key, long fallback) {
    const std::string text = config_text(config, key);
    char* end = nullptr;
    const long number = strtol(text.c_str(), &end, 10);
    return text.empty() || *end != '\0' ? fallback : number;
}

void configure_log(pConfig config) {
    if (!has_log_settings(config)) return;
    log::Settings settings;
    const std::string level = config_text(config, "log.level", "info");
    const bool level_known = log::parse_level(level, &settings.level);
    settings.directory = config_text(config, "log.dir");
    settings.name = config_text(config, "log.name", settings.name);
    settings.file_bytes = static_cast<uint64_t>(config_number(config, "log.size_mb", 10)) << 20;
    settings.file_count = static_cast<int>(config_number(config, "log.count", 5));
    log::configure(settings);
    if (!level_known)
        log::write(log::Level::warning,
                   "log.level is '" + level + "', expected debug, info, warning, error or off; using info");
}

}  // namespace aiges::embed
