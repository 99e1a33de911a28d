// Reading the engine's configuration list.
#pragma once

#include <string>

#include "aiges/type.h"

namespace aiges::embed {

// Value of the first entry of that key; `fallback` if there is none. vlen and NULL as type.h says.
std::string config_text(pConfig config, const char* key, const std::string& fallback = "");

// The same as a number; `fallback` if there is none or it is not a whole number.
long config_number(pConfig config, const char* key, long fallback);

// Sets the log sink up from log.level, log.dir, log.name, log.size_mb, log.count, if one of them is there.
void configure_log(pConfig config);

}  // namespace aiges::embed
