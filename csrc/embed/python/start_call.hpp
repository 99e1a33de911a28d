// The one call into CPython that starts it, in the form each version offers.
#pragma once

#include <string>

#include "python_api.hpp"
#include "version.hpp"

namespace aiges::embed {

// Whether run_start can return a failure; if not, CPython ends the process.
bool start_reports_failure(const PythonApi& api, const PythonVersion& version);

// Starts Python with `program` as its executable (empty: CPython's own guess).
// CPython's text on failure, empty on success.
std::string run_start(const PythonApi& api, const PythonVersion& version, const std::string& program);

}  // namespace aiges::embed
