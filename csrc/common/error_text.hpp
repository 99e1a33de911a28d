// Texts for the codes of aiges/errors.h.
#pragma once

namespace aiges {

// Static text of a code of errors.h; NULL for every other code.
const char* error_text(int code);

// The code's name without its prefix, "NOT_READY"; NULL for every other code.
const char* error_name(int code);

}  // namespace aiges
