// The extension module that libwrapper.so imports in the interpreter it started or joined.
//
// Cold things only: it hands the Cython side's table over, turns exceptions into text that can always be logged, and
// registers the drain of a guest interpreter. Hot calls go straight from libwrapper.so into the Cython functions.

#include <pybind11/pybind11.h>

#include "embed/bridge.h"

namespace py = pybind11;

namespace {

// str(value), or what to say when str() itself raises.
std::string text_of(const py::handle& value) {
    try {
        const py::bytes encoded = py::str(value).attr("encode")("utf-8", "backslashreplace");
        return encoded;
    } catch (py::error_already_set&) {
        return "<unprintable>";
    }
}

py::str type_name(const py::handle& value) { return py::str(py::type::of(value).attr("__name__")); }

// One line: "ValueError: bad input".
std::string summary(const py::object& error) {
    const std::string message = text_of(error);
    const std::string name = type_name(error);
    return message.empty() ? name : name + ": " + message;
}

// The traceback as Python prints it; the summary when formatting it raises. Never payload: only code lines.
std::string describe(const py::object& error) {
    try {
        const py::object format = py::module_::import("traceback").attr("format_exception");
        const py::object lines = format(py::type::of(error), error, error.attr("__traceback__"));
        std::string text = text_of(py::str("").attr("join")(lines));
        while (!text.empty() && text.back() == '\n') text.pop_back();
        return text;
    } catch (py::error_already_set&) {
        return summary(error);
    }
}

// Makes native threads leave Python before a guest interpreter finalises: an atexit callback that calls `drain`.
void register_drain(const py::capsule& shim, int milliseconds) {
    const auto* functions = shim.get_pointer<const aiges_shim>();
    py::module_::import("atexit").attr("register")(
        py::cpp_function([functions, milliseconds]() { functions->drain(milliseconds); }));
}

}  // namespace

PYBIND11_MODULE(_embed, module) {
    module.doc() = "What libwrapper.so needs of the interpreter: the bridge table, exception texts, the exit drain.";
    module.def("summary", &summary, py::arg("error"), "One line about an exception; never raises.");
    module.def("describe", &describe, py::arg("error"), "The traceback of an exception as text; never raises.");
    module.def("register_drain", &register_drain, py::arg("shim"), py::arg("milliseconds"),
               "Registers the atexit callback of a guest interpreter.");
    // The table lives in `wrapper`, which itself uses the functions above: it is imported when somebody asks.
    module.def("__getattr__", [](const std::string& name) -> py::object {
        if (name == "bridge") return py::module_::import("aiges_native._native.wrapper").attr("bridge");
        throw py::attribute_error("module 'aiges_native._native._embed' has no attribute '" + name + "'");
    });
}
