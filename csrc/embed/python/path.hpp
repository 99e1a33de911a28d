// File names as text. std::filesystem is not used: it throws, resolves more
// than asked, and makes libwrapper.so larger than all the rest of this folder.
#pragma once

#include <string>
#include <vector>

namespace aiges::embed::path {

std::string parent_of(const std::string& name);
std::string name_of(const std::string& name);
std::string join(const std::string& folder, const std::string& name);

// Relative names are taken from the working directory of this moment; the
// text is not normalised, because a venv is recognised by the name it was
// called by.
std::string absolute(const std::string& name);

// Empty when the file does not exist or a link is broken.
std::string real(const std::string& name);

bool exists(const std::string& name);
bool is_file(const std::string& name);
bool is_folder(const std::string& name);
bool is_executable(const std::string& name);
bool starts_with(const std::string& text, const std::string& prefix);

std::string trim(const std::string& text);
std::vector<std::string> split(const std::string& text, char separator);

// At most `limit` bytes of a regular file; empty if it cannot be read.
std::string read_start(const std::string& name, std::size_t limit);

std::vector<std::string> entries_of(const std::string& folder);

// The variable's text, empty when unset.
std::string variable(const char* name);

}  // namespace aiges::embed::path
