#include "python_api.hpp"

#include <dlfcn.h>

#include <cstring>

namespace aiges::embed {
namespace {

// dlsym's void* copied bytewise: ISO C++ has no cast to a function pointer
// that every compiler takes without a warning.
template <typename Function>
bool look_up(void* handle, const char* name, const char* old_name, Function& function) {
    void* address = ::dlsym(handle, name);
    if (address == nullptr && old_name != nullptr) address = ::dlsym(handle, old_name);
    ::dlerror();  // a missing optional name must not be reported by the host's next dlerror()
    static_assert(sizeof function == sizeof address, "functions and objects share one address size");
    std::memcpy(&function, &address, sizeof function);
    return address != nullptr;
}

// An owned reference that is given back; null is fine.
class Reference {
public:
    Reference(const PythonApi& api, void* object) : api_(api), object_(object) {}
    ~Reference() {
        if (object_ != nullptr) api_.Py_DecRef(object_);
    }
    Reference(const Reference&) = delete;
    Reference& operator=(const Reference&) = delete;

    void* get() const { return object_; }

private:
    const PythonApi& api_;
    void* object_;
};

// The new reference to the normalised exception, or null.
void* take_exception(const PythonApi& api) {
    if (api.PyErr_GetRaisedException != nullptr) return api.PyErr_GetRaisedException();
    if (api.PyErr_Fetch == nullptr || api.PyErr_NormalizeException == nullptr) return nullptr;
    void* type = nullptr;
    void* value = nullptr;
    void* traceback = nullptr;
    api.PyErr_Fetch(&type, &value, &traceback);
    if (type != nullptr) api.PyErr_NormalizeException(&type, &value, &traceback);
    const Reference unused_type(api, type);
    const Reference unused_traceback(api, traceback);
    return value;
}

// A str object as text; a raising __str__ or a lone surrogate gives "".
std::string text_of(const PythonApi& api, void* text) {
    const char* const bytes = text == nullptr ? nullptr : api.PyUnicode_AsUTF8(text);
    const std::string copy = bytes == nullptr ? std::string() : std::string(bytes);
    api.PyErr_Clear();
    return copy;
}

}  // namespace

std::string load_python_api(void* handle, PythonApi& api) {
    PythonApi found;
    std::string missing;
#define AIGES_LOOK_UP(required, result, name, old_name, parameters)    \
    if (!look_up(handle, #name, old_name, found.name) && (required)) { \
        missing += (missing.empty() ? "" : ", ") + std::string(#name); \
    }
    AIGES_PYTHON_FUNCTIONS(AIGES_LOOK_UP)
#undef AIGES_LOOK_UP
    if (missing.empty()) api = found;
    return missing;
}

std::string take_python_error(const PythonApi& api) {
    if (api.PyErr_Occurred() == nullptr) return {};
    const Reference exception(api, take_exception(api));
    api.PyErr_Clear();
    if (exception.get() == nullptr) return "unknown Python error";
    const Reference type(api, api.PyObject_GetAttrString(exception.get(), "__class__"));
    const Reference name(api, type.get() == nullptr ? nullptr : api.PyObject_GetAttrString(type.get(), "__name__"));
    const std::string kind = text_of(api, name.get());
    const Reference said(api, api.PyObject_Str(exception.get()));
    const std::string detail = text_of(api, said.get());
    const std::string shown = kind.empty() ? "exception" : kind;
    return detail.empty() ? shown : shown + ": " + detail;
}

}  // namespace aiges::embed
