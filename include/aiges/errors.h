/* Result codes of aiges_native. 0 is success; every other int is a failure.
 *
 * Codes are stable: never renumbered, never reused. ERRORS.md beside this file gives for each one its message, cause,
 * outcome and cure. Codes outside -20001..-20199 belong to the engine (a wrapper's own codes pass through unchanged)
 * or to other AIGES components. */
#ifndef AIGES_ERRORS_H
#define AIGES_ERRORS_H

enum {
    AIGES_OK = 0,

    /* Calls: the caller or the state of the engine is at fault. */
    AIGES_ERR_NOT_READY = -20001,
    AIGES_ERR_ALREADY_INIT = -20002,
    AIGES_ERR_INVALID_ARG = -20003,
    AIGES_ERR_UNKNOWN_HANDLE = -20004,
    AIGES_ERR_NO_MEMORY = -20005,
    AIGES_ERR_TOO_LARGE = -20006,
    AIGES_ERR_TIMEOUT = -20007,
    AIGES_ERR_STOPPING = -20008,
    AIGES_ERR_FORKED = -20009,
    AIGES_ERR_INTERPRETER = -20010,
    AIGES_ERR_BUSY = -20011,
    AIGES_ERR_UNKNOWN_RESOURCE = -20012,

    /* Loading a Python wrapper. */
    AIGES_ERR_MODULE_MISSING = -20020,
    AIGES_ERR_MODULE_BROKEN = -20021,
    AIGES_ERR_CLASS_MISSING = -20022,
    AIGES_ERR_CONSTRUCTOR = -20023,
    AIGES_ERR_METHOD_MISSING = -20024,
    AIGES_ERR_SIGNATURE = -20025,

    /* Running a Python wrapper. */
    AIGES_ERR_WRAPPER_RAISED = -20030,
    AIGES_ERR_BAD_RETURN = -20031,
    AIGES_ERR_BAD_RESPONSE = -20032,
    AIGES_ERR_EMPTY_RESPONSE = -20033,

    /* Opening an engine (libaiges.so). */
    AIGES_ERR_ENGINE_NOT_FOUND = -20100,
    AIGES_ERR_ENGINE_UNLOADABLE = -20101,
    AIGES_ERR_SYMBOL_MISSING = -20102,
    AIGES_ERR_ABI_MISMATCH = -20103,
    AIGES_ERR_ENGINE_IN_USE = -20104,
    AIGES_ERR_NOT_SUPPORTED = -20105,
    AIGES_ERR_ENGINE_CLOSED = -20106,
    AIGES_ERR_TOO_MANY_ENGINES = -20107
};

#endif /* AIGES_ERRORS_H */
