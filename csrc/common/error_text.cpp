#include "common/error_text.hpp"

#include "aiges/errors.h"

namespace aiges {
namespace {

struct ErrorText {
    int code;
    const char* name;
    const char* text;
};

constexpr ErrorText kTexts[] = {
    {AIGES_OK, "OK", "success"},
    {AIGES_ERR_NOT_READY, "NOT_READY", "the engine is not ready: start it first, or see why its start failed"},
    {AIGES_ERR_ALREADY_INIT, "ALREADY_INIT", "the engine is started already: stop it first"},
    {AIGES_ERR_INVALID_ARG, "INVALID_ARG", "an argument is not valid: a NULL pointer, or data NULL with a length"},
    {AIGES_ERR_UNKNOWN_HANDLE, "UNKNOWN_HANDLE", "no session or request of this name is open"},
    {AIGES_ERR_NO_MEMORY, "NO_MEMORY", "out of memory"},
    {AIGES_ERR_TOO_LARGE, "TOO_LARGE", "a data node is larger than 4 GiB - 1"},
    {AIGES_ERR_TIMEOUT, "TIMEOUT", "no result within the time given"},
    {AIGES_ERR_STOPPING, "STOPPING", "the engine is being stopped"},
    {AIGES_ERR_FORKED, "FORKED", "the engine was started before fork(): start it in the child, or exec"},
    {AIGES_ERR_INTERPRETER, "INTERPRETER", "the Python interpreter could not be started"},
    {AIGES_ERR_BUSY, "BUSY", "still in use: a call, a session or a result is open, or this was called from inside one"},
    {AIGES_ERR_UNKNOWN_RESOURCE, "UNKNOWN_RESOURCE", "no resource of this id is loaded"},
    {AIGES_ERR_MODULE_MISSING, "MODULE_MISSING", "the wrapper's file or module was not found"},
    {AIGES_ERR_MODULE_BROKEN, "MODULE_BROKEN", "the wrapper's module could not be imported"},
    {AIGES_ERR_CLASS_MISSING, "CLASS_MISSING", "the wrapper's module has no class Wrapper"},
    {AIGES_ERR_CONSTRUCTOR, "CONSTRUCTOR", "the wrapper's constructor failed"},
    {AIGES_ERR_METHOD_MISSING, "METHOD_MISSING", "the wrapper does not have the method that this call needs"},
    {AIGES_ERR_SIGNATURE, "SIGNATURE", "a method of the wrapper has parameters that cannot be bound"},
    {AIGES_ERR_WRAPPER_RAISED, "WRAPPER_RAISED", "the engine raised an exception: see its log for the traceback"},
    {AIGES_ERR_BAD_RETURN, "BAD_RETURN", "the engine returned something that the contract does not allow"},
    {AIGES_ERR_BAD_RESPONSE, "BAD_RESPONSE", "a response item of the wrapper is not valid"},
    {AIGES_ERR_EMPTY_RESPONSE, "EMPTY_RESPONSE", "the wrapper returned a response without items"},
    {AIGES_ERR_ENGINE_NOT_FOUND, "ENGINE_NOT_FOUND", "the engine was not found"},
    {AIGES_ERR_ENGINE_UNLOADABLE, "ENGINE_UNLOADABLE", "the engine's library could not be loaded"},
    {AIGES_ERR_SYMBOL_MISSING, "SYMBOL_MISSING", "the engine's library lacks a function of the contract"},
    {AIGES_ERR_ABI_MISMATCH, "ABI_MISMATCH", "the engine was built for another major version of the contract"},
    {AIGES_ERR_ENGINE_IN_USE, "ENGINE_IN_USE", "the engine is open already: its library holds one engine only"},
    {AIGES_ERR_NOT_SUPPORTED, "NOT_SUPPORTED", "the engine does not have this optional function"},
    {AIGES_ERR_ENGINE_CLOSED, "ENGINE_CLOSED", "the engine is closed"},
    {AIGES_ERR_TOO_MANY_ENGINES, "TOO_MANY_ENGINES", "too many engines are open in this process"},
};

const ErrorText* find(int code) {
    for (const ErrorText& entry : kTexts)
        if (entry.code == code) return &entry;
    return nullptr;
}

}  // namespace

const char* error_text(int code) {
    const ErrorText* entry = find(code);
    return entry ? entry->text : nullptr;
}

const char* error_name(int code) {
    const ErrorText* entry = find(code);
    return entry ? entry->name : nullptr;
}

}  // namespace aiges
