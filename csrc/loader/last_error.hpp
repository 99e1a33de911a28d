// The sentence about the last failure on this thread.
#pragma once

namespace aiges {

// Writes the sentence, with " (code N)" behind it, and returns `code`.
[[gnu::format(printf, 2, 3)]] int fail(int code, const char* format, ...);

// The same for a sentence that ends with its code already.
int fail_with(int code, const char* sentence);

const char* last_error();

}  // namespace aiges
