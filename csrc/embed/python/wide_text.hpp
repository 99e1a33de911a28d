// UTF-8 to wchar_t without the C library, whose answer depends on the locale
// of the host.
#pragma once

#include <string>

namespace aiges::embed {

// A byte that is not UTF-8 becomes U+DC00 + byte, as in CPython's file names
// ("surrogateescape"), so any path survives the round trip.
std::wstring decode_utf8(const std::string& text);

}  // namespace aiges::embed
