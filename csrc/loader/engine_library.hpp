// The library behind one open engine.
#pragma once

#include <optional>
#include <string>

#include "aiges/loader.h"
#include "common/shared_library.hpp"
#include "loader/engine_binding.hpp"
#include "loader/engine_locator.hpp"

namespace aiges {

// An open library with its functions resolved, and the instance made for this engine where the
// library offers many.
class EngineLibrary {
public:
    EngineLibrary() = default;
    EngineLibrary(EngineLibrary&&) = default;
    EngineLibrary& operator=(EngineLibrary&&) = default;

    // Returns 0 and writes *library; or a code, having told the failure to last_error. `name` is
    // the host's word.
    static int open(const char* name, const EngineLocation& location, const char* python_library,
                    EngineLibrary* library);

    const EngineBinding& binding() const { return binding_; }
    // Absolute path of the .py file that the engine is to run; "" for C engines.
    const std::string& wrapper_file() const { return wrapper_file_; }

    // Ends the instance. BUSY: it still runs, nothing was released.
    int destroy_instance();
    // Unloads the library, or only forgets it where a thread may still be in its code.
    void release(bool keep_mapped);

private:
    int bind(const char* name);
    int claim(const char* name);

    SharedLibrary library_;
    EngineBinding binding_;
    std::string wrapper_file_;
    bool owns_instance_ = false;
    bool is_claimed_ = false;
};

}  // namespace aiges
