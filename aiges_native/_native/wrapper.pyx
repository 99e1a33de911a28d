# cython: language_level=3
"""A loaded wrapper, as libwrapper.so calls it: one plain function per ABI function, called with the GIL held.

Nothing leaves these functions but codes. A fault is written to the log with the method, the sid and the traceback,
after the request's nodes were detached from the host's memory (a traceback may keep them).
"""

from cpython.list cimport PyList_GET_SIZE
from cpython.long cimport PyLong_AsLongLong
from cpython.number cimport PyIndex_Check, PyNumber_Index
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t
from libc.stdlib cimport malloc
from libc.string cimport memcpy

from aiges_native._abi.c_bridge cimport (
    AIGES_BRIDGE_CAPSULE, AIGES_BRIDGE_VERSION, AIGES_LOG_ERROR, AIGES_LOG_WARNING, aiges_bridge, aiges_request, aiges_result,
    aiges_running, aiges_shim,
)
from aiges_native._abi.c_errors cimport (
    AIGES_ERR_MODULE_BROKEN, AIGES_ERR_METHOD_MISSING, AIGES_ERR_NO_MEMORY,
    AIGES_ERR_WRAPPER_RAISED,
)
from aiges_native._abi.c_type cimport ParamList
from aiges_native._native.callback cimport add_shim, log_text, log_wanted
from aiges_native._native.interruption cimport interrupt, raise_pending, running_here, take_back
from aiges_native._native.node cimport DataListCls, borrow_list, finish_list, set_buffer_finder, text_from_c
from aiges_native._native.params cimport build_config, build_params, check_data, find_value
from aiges_native._native.plan cimport (
    KIND_CODE, KIND_CONFIG, KIND_COUNT, KIND_DATA, KIND_ERROR, KIND_HANDLE, KIND_PARAMS, KIND_PATCH_ID, KIND_PERS_ID,
    KIND_PSR_COUNT, KIND_PSR_IDS, KIND_RESULTS, KIND_SID, KIND_TAG, MethodPlan,
)
from aiges_native._native.response cimport Response, ResponseData
from aiges_native._native.result cimport ResultRules, build_result, release_result
from aiges_native._native.views cimport ViewJudge, ViewMode, view_mode

from aiges_native._native import _embed
from aiges_native._native.closing import stop_owned
from aiges_native._native.faults import BadResponse, BadReturn, EmptyResponse, Fault, LoadFault
from aiges_native._native.loading import OBJECT_KEY, load as load_instance
from aiges_native._native.result import set_warn_clamped
from aiges_native._native.signature import METHODS, bind
from aiges_native._native.watching import is_told

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *o)
    PyObject *PyErr_Occurred()

cdef object ZERO = 0
cdef object EMPTY = ""


cdef class Wrapper:
    """The wrapper's object with a call plan for each method it has."""

    cdef object instance
    cdef const aiges_shim *shim
    cdef MethodPlan init, fini, error, once, once_async, create, write, read, destroy, cancel, load_res, unload_res
    cdef ViewJudge once_judge, once_async_judge, write_judge, load_res_judge

    def __cinit__(self, instance, str view):
        cdef ViewMode mode = view_mode(view)
        self.instance = instance
        plans = {}
        for name in METHODS:
            method = getattr(instance, name, None)
            # A base class marks what it only declares: such a method is a missing one.
            if not callable(method) or getattr(method, "__aiges_missing__", False):
                continue
            arguments, keywords = bind(method, name)
            plans[name] = MethodPlan(method, name, arguments, keywords, "results" in arguments, False)
        self.init = plans.get("wrapperInit")
        self.fini = plans.get("wrapperFini")
        self.error = plans.get("wrapperError")
        self.once = plans.get("wrapperOnceExec")
        self.once_async = plans.get("wrapperOnceExecAsync")
        self.create = plans.get("wrapperCreate")
        self.write = plans.get("wrapperWrite")
        self.read = plans.get("wrapperRead")
        self.destroy = plans.get("wrapperDestroy")
        self.cancel = plans.get("wrapperCancel")
        self.load_res = plans.get("wrapperLoadRes")
        self.unload_res = plans.get("wrapperUnloadRes")
        self.once_judge = ViewJudge(self.once.policy, mode) if self.once is not None else None
        self.once_async_judge = ViewJudge(self.once_async.policy, mode) if self.once_async is not None else None
        self.write_judge = ViewJudge(self.write.policy, mode) if self.write is not None else None
        self.load_res_judge = ViewJudge(self.load_res.policy, mode) if self.load_res is not None else None


# ---- Faults -----------------------------------------------------------------------------------------------------------


cdef bint is_ours(object error) except -1:
    """Whether an exception was raised by these modules, not by the wrapper: the innermost frame tells."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_globals.get("__name__", "").startswith("aiges_native._native.")


cdef int report(str method, const char *sid, object error) noexcept:
    """Logs a fault; its code."""
    cdef int code = AIGES_ERR_WRAPPER_RAISED
    cdef str text
    try:
        where = f"{method} (sid '{text_from_c(sid)}')" if sid is not NULL and sid[0] else method
        if isinstance(error, Fault):
            code = error.code
        elif isinstance(error, MemoryError) and is_ours(error):
            code = AIGES_ERR_NO_MEMORY
        if is_told(method, code, error) or not log_wanted(AIGES_LOG_ERROR):
            return code
        if isinstance(error, Fault):
            text = f"{where}: {error} (code {code})"
        else:
            text = f"{where} raised (code {code})\n{_embed.describe(error)}"
        log_text(AIGES_LOG_ERROR, text)
    except BaseException:
        pass
    return code


cdef int put_text(char *target, size_t size, object text) except -1:
    """Copies a text, of str or a subclass, into a C buffer, cut at its end."""
    cdef bytes encoded = (<str>text).encode("utf-8", "backslashreplace")
    cdef size_t length = min(<size_t>len(encoded), size - 1)
    memcpy(target, <const char *>encoded, length)
    target[length] = 0
    return 0


cdef int as_code(object value, str method, bint none_is_zero) except? -1:
    """The int that a method returned, or what Python takes for one (NumPy's integers); BadReturn for everything else."""
    cdef long long number
    if value is None and none_is_zero:
        return 0
    if not isinstance(value, int):
        try:
            value = PyNumber_Index(value)
        except TypeError:
            raise BadReturn(f"'{method}' returned {type(value).__name__}, expected an int"
                            + (" (a coroutine: make the method 'def')" if hasattr(value, "send") else "")) from None
    try:
        number = PyLong_AsLongLong(value)
    except OverflowError:
        raise BadReturn(f"'{method}' returned {value}, expected an int of 32 bits") from None
    if number != <int>number:
        raise BadReturn(f"'{method}' returned {value}, expected an int of 32 bits")
    return <int>number


cdef bint is_integer(object value) except -1:
    """An int, or an integer of another kind; not an array, which Python would take for one if it held one."""
    return isinstance(value, int) or (PyIndex_Check(value) and not hasattr(value, "__len__"))


cdef set clamped_keys = set()


def warn_clamped(key, assigned, sent):
    """Once for each of the first keys that it happens to."""
    if key not in clamped_keys and len(clamped_keys) < 64:
        clamped_keys.add(key)
        log_text(AIGES_LOG_WARNING, f"response item '{key}' says len {assigned}, its data has {sent} bytes: {sent} are sent")


set_warn_clamped(warn_clamped)


# ---- Arguments --------------------------------------------------------------------------------------------------------


cdef class RareArguments:
    """Values that only older conventions ask for, kept alive for one call."""

    cdef object sid, psr_ids, psr_count, data
    cdef list results


cdef const char *sid_of(aiges_request *request) noexcept:
    cdef unsigned int vlen = 0
    return find_value(request.params, "sid", &vlen)


cdef object sid_or_tag(MethodPlan plan, const char *sid, object tag):
    """The sid; for a method that is given no tag, the tag stands in for an empty one."""
    if sid is not NULL and sid[0]:
        return text_from_c(sid)
    if plan.wants(KIND_TAG) or tag is None:
        return EMPTY
    return tag


cdef RareArguments rare_arguments(MethodPlan plan, aiges_request *request, object tag, DataListCls data,
                                  PyObject **values):
    cdef RareArguments rare = RareArguments.__new__(RareArguments)
    cdef int count = request.psr_count if request.psr_count > 0 else 0
    cdef int index
    rare.sid = sid_or_tag(plan, sid_of(request), tag)
    rare.psr_ids = [request.psr_ids[index] for index in range(count)]
    rare.psr_count = count
    values[<int>KIND_SID] = <PyObject *>rare.sid
    values[<int>KIND_PSR_IDS] = <PyObject *>rare.psr_ids
    values[<int>KIND_PSR_COUNT] = <PyObject *>rare.psr_count
    values[<int>KIND_ERROR] = <PyObject *>ZERO
    if plan.module_style:
        rare.results = []
        rare.data = tuple([{"key": node.key, "data": node.data, "len": node.len, "status": node.status,
                            "type": node.type, "desc": node.desc} for node in data])
        values[<int>KIND_RESULTS] = <PyObject *>rare.results
        values[<int>KIND_DATA] = <PyObject *>rare.data
    return rare


cdef ResponseData response_item(object item):
    cdef ResponseData made = ResponseData(item["key"], b"", item.get("len"), item.get("type", 0), item.get("status", 3))
    made.data = item["data"]  # the constructor takes a number there for a length
    return made


cdef object response_of_dicts(object code, list results):
    """What convention A left in its list, as a Response; its code if that is not 0."""
    if as_code(code, "wrapperOnceExec", False):
        return code
    try:
        return Response([response_item(item) for item in results])
    except Exception as error:
        raise BadResponse(f"respData holds an item that cannot be sent: {type(error).__name__}: {error}") from None


cdef enum:
    COMMON_KINDS = 1 << <int>KIND_PARAMS | 1 << <int>KIND_DATA | 1 << <int>KIND_TAG | 1 << <int>KIND_PERS_ID


cdef object call_request(Wrapper self, MethodPlan plan, aiges_request *request, DataListCls data):
    """Calls a method of the shape (params, data, tag, persId), in whatever convention it has."""
    cdef PyObject *values[<int>KIND_COUNT]
    cdef int64_t deadline = -1
    cdef object tag = None
    cdef object pers_id = ZERO
    cdef RareArguments rare = None
    cdef dict params = build_params(request.params, True, &deadline)
    if deadline >= 0:
        self.shim.set_deadline(deadline)
    if request.usr_tag is not NULL and plan.uses & (1 << <int>KIND_TAG | 1 << <int>KIND_SID):
        tag = text_from_c(request.usr_tag)
    if request.psr_count > 0:
        pers_id = request.psr_ids[0]
    values[<int>KIND_PARAMS] = <PyObject *>params
    values[<int>KIND_DATA] = <PyObject *>data
    values[<int>KIND_TAG] = <PyObject *>tag
    values[<int>KIND_PERS_ID] = <PyObject *>pers_id
    if plan.uses & ~<unsigned int>COMMON_KINDS:
        rare = rare_arguments(plan, request, tag, data, values)
    returned = plan.call(values, request)
    if plan.module_style:
        return response_of_dicts(returned, rare.results)
    return returned


cdef int begin_views(ViewJudge judge) except -1:
    if PyList_GET_SIZE(judge.policy.pending):
        judge.before_call()
    return 0


cdef int end_views(ViewJudge judge, DataListCls data) except -1:
    """Detaches the request's nodes; the caller's reference to `data` is the only one of ours."""
    finish_list(data)
    if PyList_GET_SIZE(judge.policy.escaped):
        judge.after_call()
    return 0


# ---- Results ----------------------------------------------------------------------------------------------------------


cdef object items_of(object response, str method, int *code):
    """The items of what a method returned, or None and a code."""
    if isinstance(response, Response):
        code[0] = (<Response>response).error_code
        return None if code[0] else ((<Response>response)._list if (<Response>response)._list is not None else [])
    if is_integer(response):
        code[0] = as_code(response, method, False)
        if code[0] == 0:
            raise BadReturn(f"'{method}' returned 0, expected a Response")
        return None
    if isinstance(response, list):
        return response
    if response is None or isinstance(response, type) or not hasattr(response, "list"):
        raise BadReturn(f"'{method}' returned {type(response).__name__}, expected a Response"
                        + (" (a coroutine: make the method 'def')" if hasattr(response, "send") else ""),
                        type(response).__name__)
    code[0] = as_code(getattr(response, "error_code", 0), method, False)
    if code[0]:
        return None
    try:
        return list(response.list)
    except TypeError as error:
        raise BadResponse(f"'{method}' returned {type(response).__name__}, whose 'list' is none: {error}") from None


cdef bint nothing_ready(object items) except -1:
    """An answer of wrapperRead that means "nothing yet": no items, or only empty ones with status Continue."""
    for item in items:
        if getattr(item, "status", 3) != 1:
            return False
        # Sizes of other kinds of data are build_result's business, and so are their faults.
        data = getattr(item, "data", None)
        if not isinstance(data, (bytes, str, bytearray)) or len(data):
            return False
    return True


cdef int exec_once(Wrapper self, aiges_request *request, aiges_result **result) except? -1:
    cdef ResultRules rules
    cdef DataListCls data
    cdef object response = None
    cdef object items  # a list or a list subclass
    cdef int code = 0
    if self.once is None:
        return AIGES_ERR_METHOD_MISSING
    check_data(request.data)
    begin_views(self.once_judge)
    data = borrow_list(request.data, &request.bytes_copied, self.once.policy)
    try:
        response = call_request(self, self.once, request, data)
        items = items_of(response, "wrapperOnceExec", &code)
        if code == 0:
            if PyList_GET_SIZE(items) == 0:
                raise EmptyResponse("'wrapperOnceExec' returned a Response without items")
            rules.once = True
            rules.sole = Py_REFCNT(<PyObject *>response) == 1
            rules.request = request.data
            rules.copied = &request.bytes_copied
            result[0] = build_result(items, &rules)
    finally:
        items = None
        response = None
        end_views(self.once_judge, data)
    return code


cdef int start_async(Wrapper self, aiges_request *request) except? -1:
    cdef DataListCls data
    if self.once_async is None:
        return AIGES_ERR_METHOD_MISSING
    check_data(request.data)
    begin_views(self.once_async_judge)
    data = borrow_list(request.data, &request.bytes_copied, self.once_async.policy)
    try:
        return as_code(call_request(self, self.once_async, request, data), "wrapperOnceExecAsync", False)
    finally:
        end_views(self.once_async_judge, data)


# ---- Sessions ---------------------------------------------------------------------------------------------------------


cdef int create_session(Wrapper self, aiges_request *request, char **handle) except? -1:
    cdef PyObject *values[<int>KIND_COUNT]
    cdef MethodPlan plan = self.create
    cdef int64_t deadline = -1
    cdef RareArguments _rare
    cdef dict params
    cdef object tag = None
    cdef object pers_id = ZERO
    if plan is None:
        return AIGES_ERR_METHOD_MISSING
    params = build_params(request.params, False, &deadline)
    if deadline >= 0:
        self.shim.set_deadline(deadline)
    if request.usr_tag is not NULL:
        tag = text_from_c(request.usr_tag)
    if request.psr_count > 0:
        pers_id = request.psr_ids[0]
    _rare = rare_arguments(plan, request, tag, None, values)
    values[<int>KIND_PARAMS] = <PyObject *>params
    values[<int>KIND_TAG] = <PyObject *>tag
    values[<int>KIND_PERS_ID] = <PyObject *>pers_id
    return take_handle(plan.call(values, request), handle)


cdef int take_handle(object returned, char **handle) except? -1:
    """The handle's text as malloc'ed UTF-8, or a code."""
    cdef bytes encoded
    cdef int code
    text = returned
    if is_integer(returned):
        code = as_code(returned, "wrapperCreate", False)
        if code:
            return code
        raise BadReturn("'wrapperCreate' returned 0, expected a SessionCreateResponse")
    if not isinstance(returned, str):
        if returned is None or isinstance(returned, type) or not hasattr(returned, "handle"):
            raise BadReturn(f"'wrapperCreate' returned {type(returned).__name__}, expected a SessionCreateResponse")
        code = as_code(getattr(returned, "error_code", 0), "wrapperCreate", False)
        if code:
            return code
        text = returned.handle
    if not isinstance(text, str) or not text:
        raise BadReturn("'wrapperCreate' returned an empty handle")
    encoded = (<str>text).encode("utf-8", "surrogateescape")
    if b"\0" in encoded:
        raise BadReturn("'wrapperCreate' returned a handle with a NUL character")
    handle[0] = <char *>malloc(len(encoded) + 1)
    if handle[0] is NULL:
        raise MemoryError()
    memcpy(handle[0], <const char *>encoded, len(encoded) + 1)
    return 0


cdef int write_session(Wrapper self, const char *handle, const char *sid, aiges_request *request) except? -1:
    cdef PyObject *values[<int>KIND_COUNT]
    cdef MethodPlan plan = self.write
    cdef DataListCls data
    if plan is None:
        return 0
    check_data(request.data)
    begin_views(self.write_judge)
    handle_text = text_from_c(handle)
    sid_text = sid_or_tag(plan, sid, None if request.usr_tag is NULL else text_from_c(request.usr_tag))
    data = borrow_list(request.data, &request.bytes_copied, plan.policy)
    values[<int>KIND_HANDLE] = <PyObject *>handle_text
    values[<int>KIND_SID] = <PyObject *>sid_text
    values[<int>KIND_DATA] = <PyObject *>data
    values[<int>KIND_ERROR] = <PyObject *>ZERO
    try:
        return as_code(plan.call(values, request), "wrapperWrite", False)
    finally:
        end_views(self.write_judge, data)


cdef int read_session(Wrapper self, const char *handle, const char *sid, aiges_request *request,
                      aiges_result **result) except? -1:
    cdef PyObject *values[<int>KIND_COUNT]
    cdef MethodPlan plan = self.read
    cdef ResultRules rules
    cdef object items  # a list or a list subclass
    cdef int code = 0
    if plan is None:
        return 0
    handle_text = text_from_c(handle)
    sid_text = sid_or_tag(plan, sid, None if request.usr_tag is NULL else text_from_c(request.usr_tag))
    values[<int>KIND_HANDLE] = <PyObject *>handle_text
    values[<int>KIND_SID] = <PyObject *>sid_text
    values[<int>KIND_ERROR] = <PyObject *>ZERO
    response = plan.call(values, request)
    items = items_of(response, "wrapperRead", &code)
    if code or nothing_ready(items):
        return code
    rules.once = False
    rules.sole = Py_REFCNT(<PyObject *>response) == 1
    rules.request = NULL
    rules.copied = &request.bytes_copied
    result[0] = build_result(items, &rules)
    return 0


cdef int call_with_text(MethodPlan plan, int kind, const char *text, str method) except? -1:
    """Calls a method that takes one text (handle, patch_id); None counts as 0."""
    cdef PyObject *values[<int>KIND_COUNT]
    if plan is None:
        return 0
    value = text_from_c(text)
    values[kind] = <PyObject *>value
    return as_code(plan.call(values, NULL), method, kind == <int>KIND_HANDLE)


cdef int load_resource(Wrapper self, const char *patch_id, aiges_request *request) except? -1:
    cdef PyObject *values[<int>KIND_COUNT]
    cdef MethodPlan plan = self.load_res
    cdef DataListCls data
    if plan is None:
        return 0
    check_data(request.data)
    begin_views(self.load_res_judge)
    patch_text = text_from_c(patch_id)
    data = borrow_list(request.data, &request.bytes_copied, plan.policy)
    values[<int>KIND_PATCH_ID] = <PyObject *>patch_text
    values[<int>KIND_DATA] = <PyObject *>data
    try:
        return as_code(plan.call(values, NULL), "wrapperLoadRes", False)
    finally:
        end_views(self.load_res_judge, data)


# ---- The table --------------------------------------------------------------------------------------------------------


cdef int c_attach(const aiges_shim *shim, int drain_ms, char *text, size_t text_size) noexcept:
    try:
        if shim.version != AIGES_BRIDGE_VERSION or shim.size < sizeof(aiges_shim):
            put_text(text, text_size, f"'{text_from_c(shim.library_path)}' speaks version {shim.version} of the bridge, "
                     f"'{__file__}' speaks {AIGES_BRIDGE_VERSION}; install both from the same release")
            return -1
        if drain_ms > 0:
            _embed.register_drain(PyCapsule_New(<void *>shim, NULL, NULL), drain_ms)
        set_buffer_finder(shim.announced_buffer)
        return add_shim(shim)
    except BaseException as error:
        report("attach", NULL, error)
        return -1


cdef int c_load(const aiges_shim *shim, ParamList *config, void **wrapper, char *text, size_t text_size) noexcept:
    cdef Wrapper made
    try:
        values = build_config(config)
        instance = load_instance(values, text_from_c(shim.library_path))
        made = Wrapper(instance, values.get("aiges.view", "earn"))
        made.shim = shim
        Py_INCREF(made)
        wrapper[0] = <void *>made
        return 0
    except BaseException as error:
        code = error.code if isinstance(error, LoadFault) else AIGES_ERR_MODULE_BROKEN
        try:
            put_text(text, text_size, str(error))
            log_text(AIGES_LOG_ERROR, _embed.describe(error))
        except BaseException:
            pass
        return code


cdef void c_unload(void *wrapper) noexcept:
    Py_DECREF(<object>wrapper)


cdef int stop_pools(Wrapper wrapper, int code) noexcept:
    """Ends the threads of the wrapper's pools; gives the code through."""
    try:
        stop_owned(wrapper.instance)
    except BaseException as error:
        report("shutdown of a pool", NULL, error)
    return code


cdef int c_init(void *wrapper, ParamList *config, char *text, size_t text_size) noexcept:
    cdef int code = init_wrapper(<Wrapper>wrapper, config, text, text_size)
    return stop_pools(<Wrapper>wrapper, code) if code else 0


cdef int init_wrapper(Wrapper wrapper, ParamList *config, char *text, size_t text_size) noexcept:
    cdef PyObject *values[<int>KIND_COUNT]
    if wrapper.init is None:
        return 0
    try:
        given = build_config(config)
        given.pop(OBJECT_KEY, None)
        values[<int>KIND_CONFIG] = <PyObject *>given
        return as_code(wrapper.init.call(values, NULL), "wrapperInit", False)
    except BaseException as error:
        try:
            put_text(text, text_size, f"wrapperInit: {_embed.summary(error)}")
        except BaseException:
            pass
        return report("wrapperInit", NULL, error)


cdef int c_fini(void *wrapper) noexcept:
    return stop_pools(<Wrapper>wrapper, finish_wrapper(<Wrapper>wrapper))


cdef int finish_wrapper(Wrapper wrapper) noexcept:
    cdef PyObject *values[<int>KIND_COUNT]
    if wrapper.fini is None:
        return 0
    try:
        return as_code(wrapper.fini.call(values, NULL), "wrapperFini", True)
    except BaseException as error:
        return report("wrapperFini", NULL, error)


cdef void c_error_text(void *wrapper, int code, char *text, size_t text_size) noexcept:
    cdef PyObject *values[<int>KIND_COUNT]
    cdef object number = code
    text[0] = 0
    if (<Wrapper>wrapper).error is None:
        return
    try:
        values[<int>KIND_CODE] = <PyObject *>number
        said = (<Wrapper>wrapper).error.call(values, NULL)
        if isinstance(said, str):
            put_text(text, text_size, said)
    except BaseException as error:
        report("wrapperError", NULL, error)


cdef int report_pending(str method, const char *sid) noexcept:
    try:
        raise_pending()
    except BaseException as error:
        return report(method, sid, error)


ctypedef int (*exec_function)(Wrapper self, aiges_request *request, aiges_result **result) noexcept


cdef int c_exec(void *wrapper, aiges_request *request, aiges_result **result) noexcept:
    # Called as if it could not raise: a try statement would save and restore the thread's exception in every call.
    cdef int code = (<exec_function>exec_once)(<Wrapper>wrapper, request, result)
    if code == -1 and PyErr_Occurred() is not NULL:
        return report_pending("wrapperOnceExec", sid_of(request))
    return code


cdef int c_exec_async(void *wrapper, aiges_request *request) noexcept:
    try:
        return start_async(<Wrapper>wrapper, request)
    except BaseException as error:
        return report("wrapperOnceExecAsync", sid_of(request), error)


cdef int c_create(void *wrapper, aiges_request *request, char **handle) noexcept:
    try:
        return create_session(<Wrapper>wrapper, request, handle)
    except BaseException as error:
        return report("wrapperCreate", sid_of(request), error)


cdef int c_write(void *wrapper, const char *handle, const char *sid, aiges_request *request) noexcept:
    try:
        return write_session(<Wrapper>wrapper, handle, sid, request)
    except BaseException as error:
        return report("wrapperWrite", sid, error)


cdef int c_read(void *wrapper, const char *handle, const char *sid, aiges_request *request,
                aiges_result **result) noexcept:
    try:
        return read_session(<Wrapper>wrapper, handle, sid, request, result)
    except BaseException as error:
        return report("wrapperRead", sid, error)


cdef int c_destroy(void *wrapper, const char *handle) noexcept:
    try:
        return call_with_text((<Wrapper>wrapper).destroy, <int>KIND_HANDLE, handle, "wrapperDestroy")
    except BaseException as error:
        return report("wrapperDestroy", NULL, error)


cdef int c_cancel(void *wrapper, const char *handle) noexcept:
    try:
        return call_with_text((<Wrapper>wrapper).cancel, <int>KIND_HANDLE, handle, "wrapperCancel")
    except BaseException as error:
        return report("wrapperCancel", NULL, error)


cdef int c_load_resource(void *wrapper, const char *patch_id, aiges_request *request) noexcept:
    try:
        return load_resource(<Wrapper>wrapper, patch_id, request)
    except BaseException as error:
        return report("wrapperLoadRes", NULL, error)


cdef int c_unload_resource(void *wrapper, const char *patch_id) noexcept:
    try:
        return call_with_text((<Wrapper>wrapper).unload_res, <int>KIND_PATCH_ID, patch_id, "wrapperUnloadRes")
    except BaseException as error:
        return report("wrapperUnloadRes", NULL, error)


cdef void c_take_back(aiges_running *running) noexcept:
    take_back(running)


cdef aiges_bridge table

table.version = AIGES_BRIDGE_VERSION
table.size = sizeof(aiges_bridge)
table.attach = c_attach
table.load = c_load
table.unload = c_unload
table.init = c_init
table.fini = c_fini
table.error_text = c_error_text
table.exec_ = c_exec
table.exec_async = c_exec_async
table.create = c_create
table.write = c_write
table.read = c_read
table.destroy = c_destroy
table.cancel = c_cancel
table.load_resource = c_load_resource
table.unload_resource = c_unload_resource
table.release = release_result
table.running = running_here
table.interrupt = interrupt
table.take_back = c_take_back

#: The table as a capsule, for ``_embed``.
bridge = PyCapsule_New(&table, AIGES_BRIDGE_CAPSULE, NULL)
