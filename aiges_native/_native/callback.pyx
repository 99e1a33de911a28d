# cython: language_level=3
"""What a wrapper calls: ``callback``, ``callback_metric``, ``callback_trace``, ``cancelled``, ``remaining``.

Each libwrapper.so of the process registers its shim here; a tag is looked up in all of them. Host code runs without the
GIL, which the shim gives away and takes back.
"""

from libc.stdint cimport int64_t, uint64_t

from aiges_native._abi.c_bridge cimport AIGES_LOG_DEBUG, AIGES_LOG_ERROR, AIGES_LOG_WARNING, aiges_result, aiges_shim
from aiges_native._native.response cimport Response
from aiges_native._native.result cimport ResultRules, build_result, release_result

from aiges_native._native.faults import BadResponse, Fault

cdef enum:
    MOST_SHIMS = 8
    BAD_RESPONSE = -20032

cdef const aiges_shim *shims[MOST_SHIMS]
cdef int shim_count = 0


cdef int add_shim(const aiges_shim *shim) except -1:
    """Registers a libwrapper.so."""
    global shim_count
    if shim_count == MOST_SHIMS:
        raise RuntimeError(f"more than {MOST_SHIMS} copies of libwrapper.so in one process")
    shims[shim_count] = shim
    shim_count += 1
    return 0


cdef object local_queue = None  # where responses go in a process without libwrapper.so


def set_queue(queue):
    """``queue.put(response)`` receives what :func:`callback` is given while no libwrapper.so is in the process, as when
    a test calls a wrapper's methods itself. None: nobody receives it."""
    global local_queue
    local_queue = queue


cdef bint log_wanted(int level) noexcept:
    """Whether the log sink takes records of that level."""
    return shim_count and shims[0].log_enabled(level)


cdef int log_text(int level, str text) except -1:
    """One record in the log sink."""
    cdef bytes encoded
    if log_wanted(level):
        encoded = text.encode("utf-8", "backslashreplace")
        shims[0].log(level, encoded, len(encoded))
    return 0


cdef const char *c_text(object text, list keep) except? NULL:
    """UTF-8 of a tag (NULL for None), kept alive by `keep`."""
    if text is None:
        return NULL
    if isinstance(text, bytes):
        encoded = text
    else:
        encoded = str(text).encode("utf-8", "surrogateescape")
    keep.append(encoded)
    return <const char *>encoded


cdef list items_of(object response):
    """The items of a response or look-alike; BadResponse for everything else."""
    if isinstance(response, Response):
        return list((<Response>response).list)
    if response is None or isinstance(response, type) or not hasattr(response, "list"):
        raise BadResponse(f"callback() takes a Response, not {type(response).__name__}")
    return list(response.list)


def callback(response, tag, sid=None):
    """Delivers a result to the host.

    ``tag`` is the user tag of the starting call (None for a call made without one), its sid, or the session's handle,
    looked up in that order; ``sid`` is tried after it. Any thread, during or after the starting call, any number of
    times per request: an item with status End or Once, or an ``error_code``, is final.

    Returns 0 when delivered, the host's int for an error response; -1 when not delivered: unknown tag, after the final
    response, empty list, malformed response (the request then ends with an error). Never raises.
    """
    try:
        return deliver(response, tag, sid)
    except BaseException as error:
        log_text(AIGES_LOG_ERROR, f"callback failed: {type(error).__name__}")
        return -1


cdef int deliver(object response, object tag, object sid) except? -1:
    cdef list keep = []
    cdef const char *c_tag = c_text(tag, keep)
    cdef const char *c_sid = c_text(sid, keep)
    cdef const aiges_shim *shim = NULL
    cdef aiges_result *result
    cdef uint64_t copied = 0
    cdef ResultRules rules
    cdef int host_code = 0
    cdef int code
    cdef int index
    for index in range(shim_count):
        if shims[index].route_known(c_tag, c_sid):
            shim = shims[index]
            break
    if shim is NULL:
        if shim_count == 0 and local_queue is not None:
            local_queue.put(response)
            return 0
        log_text(AIGES_LOG_DEBUG, "callback: nobody waits under this tag")
        return -1
    try:
        items = items_of(response)
        code = int(response.error_code)
        if code == 0 and not items:
            log_text(AIGES_LOG_WARNING, "callback: the response has no items")
            return -1
        if code:
            return host_code if shim.route_deliver(c_tag, c_sid, NULL, code, &host_code) == 0 else -1
        rules.once = False
        rules.sole = False
        rules.request = NULL
        rules.copied = &copied
        result = build_result(items, &rules)
    except Exception as error:
        log_text(AIGES_LOG_ERROR, f"callback: {error}")
        shim.route_deliver(c_tag, c_sid, NULL, error.code if isinstance(error, Fault) else BAD_RESPONSE, &host_code)
        return -1
    try:
        return shim.route_deliver(c_tag, c_sid, result.nodes, 0, &host_code)
    finally:
        release_result(result)


def callback_metric(usrTag, key, int count):
    """Adds ``count`` to the custom meter ``key`` of the host. Returns the host's int; -1 when it has no receiver."""
    cdef list keep = []
    if not shim_count:
        return -1
    return shims[0].meter(c_text(usrTag, keep), c_text(key, keep), count)


def callback_trace(usrTag, key, value):
    """Adds ``key`` and ``value`` to the trace of the request. Returns the host's int; -1 when it has no receiver."""
    cdef list keep = []
    if not shim_count:
        return -1
    return shims[0].trace(c_text(usrTag, keep), c_text(key, keep), c_text(value, keep))


def cancelled():
    """Whether nobody waits for the call that this thread is in any more; False outside a call."""
    cdef int flag = 0
    cdef int64_t left = -1
    cdef int index
    for index in range(shim_count):
        if shims[index].current_call(&flag, &left):
            return bool(flag)
    return False


def remaining():
    """Seconds left for the call that this thread is in; None without a deadline or outside a call."""
    cdef int flag = 0
    cdef int64_t left = -1
    cdef int index
    for index in range(shim_count):
        if shims[index].current_call(&flag, &left):
            return None if left < 0 else left / 1000.0
    return None
