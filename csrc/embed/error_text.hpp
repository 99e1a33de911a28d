// Texts that outlive their asker: wrapperError's result is borrowed until the library is unloaded.
#pragma once

#include <string>

namespace aiges::embed {

// A pointer to this text that stays valid for ever; `fallback` once 1024 different texts are kept. At most 4 KB each.
const char* intern_text(const std::string& text, const char* fallback);

}  // namespace aiges::embed
