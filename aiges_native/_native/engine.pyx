# cython: language_level=3
"""The host side: engines, C libraries and Python wrappers alike, called from Python.

Every native call runs with the GIL released; the memory of requests stays pinned meanwhile. Objects may be used from
any thread; the calls of one session are the caller's to serialise.
"""

import os
import time

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_XINCREF
from libc.string cimport memset

from aiges_native._abi.c_errors cimport AIGES_ERR_BUSY, AIGES_ERR_ENGINE_CLOSED
from aiges_native._abi.c_loader cimport (
    AIGES_STATS_BUCKETS, aiges_call, aiges_engine, aiges_engine_cancel, aiges_engine_close, aiges_engine_error,
    aiges_meter_fn, aiges_result_fn, aiges_trace_fn,
    aiges_engine_exec, aiges_engine_exec_async, aiges_engine_init, aiges_engine_load_resource, aiges_engine_open,
    aiges_engine_path, aiges_engine_release, aiges_engine_set_meter, aiges_engine_set_trace, aiges_engine_stats,
    aiges_engine_unload_resource, aiges_engine_version, aiges_last_error, aiges_open_options, aiges_session,
    aiges_session_create, aiges_session_debug_info, aiges_session_destroy, aiges_session_read, aiges_session_write,
    aiges_stats, aiges_stats_bucket_ns, aiges_stats_fd,
)
from aiges_native._abi.c_type cimport DataList
from aiges_native._native.host_result cimport Result, copied_result, hold_list
from aiges_native._native.node cimport text_from_c
from aiges_native._native.receiver cimport (
    Receiver, deliver_meter, deliver_result, deliver_trace, receiver_for, set_hook,
)
from aiges_native._native.request cimport Request

from aiges_native.errors import EngineBusyError, EngineStateError, RequestError, error_for

__all__ = ["Engine", "Session", "open", "stats_fd"]

cdef aiges_call PLAIN_CALL
memset(&PLAIN_CALL, 0, sizeof(PLAIN_CALL))
PLAIN_CALL.version = 1
PLAIN_CALL.size = sizeof(PLAIN_CALL)

cdef enum:
    BEGIN = 0
    CONTINUE = 1
    END = 2
    ONCE = 3


# ---- Engines ----------------------------------------------------------------------------------------------------------


def open(path, config=None, *, search_path=None, python_library=None):
    """Opens and starts an engine: a C library, a ``wrapper.py``, a folder with one, or a name.

    ``config``: dict of str to str, bytes, int, float or bool. ``search_path``: folder, or list of folders, searched
    first for a name. ``python_library``: another ``libwrapper.so`` for Python wrappers. Returns :class:`Engine`.

    Raises EngineOpenError, EngineBusyError (a C library that is open already), WrapperLoadError, EngineError (the
    engine's own code) and ValueError or TypeError for bad arguments.
    """
    cdef aiges_open_options options
    cdef Engine engine = Engine.__new__(Engine)
    cdef Request request = Request()
    cdef aiges_engine *handle = NULL
    cdef bytes name = os.fsencode(path)
    cdef const char *c_name = name
    cdef bytes folders, library
    cdef int code
    if b"\0" in name:
        raise ValueError("path holds a NUL character")
    memset(&options, 0, sizeof(options))
    options.version = 1
    options.size = sizeof(options)
    if search_path is not None:
        if isinstance(search_path, (str, bytes, os.PathLike)):
            search_path = [search_path]
        folders = b":".join([os.fsencode(folder) for folder in search_path])
        options.search_path = folders
    if python_library is not None:
        library = os.fsencode(python_library)
        options.python_library = library
    request.set_params(config)
    with nogil:
        code = aiges_engine_open(c_name, &options, &handle)
    if code:
        raise error_for(code, text_from_c(aiges_last_error()))
    engine.handle = handle
    engine.path = text_from_c(aiges_engine_path(handle))
    with nogil:
        code = aiges_engine_init(handle, request.call.params)
    if code:
        error = error_for(code, text_from_c(aiges_last_error()))
        engine.close(0)
        raise error
    return engine


def stats_fd():
    """Descriptor of the statistics pages of this process, to be handed to a process that maps them; -1: none yet."""
    return aiges_stats_fd()


@cython.final
@cython.no_gc_clear  # __dealloc__ closes the engine, which may call the hooks until then
cdef class Engine:
    """An open engine; ``path`` is its file. Made by :func:`open`; usable as a context manager, which closes it."""

    def __init__(self):
        raise TypeError("Engine is made by aiges_native.open()")

    def __dealloc__(self):
        cdef aiges_engine *handle = self.handle if self.handle is not NULL else self.late
        cdef int code = 0
        if handle is not NULL:
            with nogil:
                code = aiges_engine_close(handle, 0)
            if code == AIGES_ERR_BUSY:  # it stays open for good, and so must what it may call
                Py_XINCREF(<PyObject *>self.meter)
                Py_XINCREF(<PyObject *>self.trace)

    cdef aiges_engine *enter(self) except NULL:
        """The native engine, in use until `users` is counted down: close refuses meanwhile."""
        if self.handle is NULL:
            raise EngineStateError(AIGES_ERR_ENGINE_CLOSED, "the engine is closed; open it again")
        self.users += 1
        return self.handle

    cdef object failure(self, int code):
        """The exception for a code, with the engine's text for it; the general text once the engine is closed."""
        cdef aiges_engine *handle = self.handle
        cdef const char *text
        self.users += 1
        with nogil:
            text = aiges_engine_error(handle, code)
        error = error_for(code, text_from_c(text))
        self.users -= 1
        return error

    def exec(self, data=None, params=None, *, usr_tag=None, psr_ids=None, deadline=None):
        """Runs one request and returns its :class:`Result`.

        ``data``: bytes, str, any C-contiguous buffer, a DataListNode, a dict of key to one of these, or a list of them;
        a plain item gets the key ``data``, type text and status once. ``params``: dict. ``usr_tag``: str.
        ``psr_ids``: ids of loaded resources. ``deadline``: seconds left, told to the engine.

        Raises AigesError subclasses for the engine's codes, TypeError, ValueError and BufferError for bad arguments.
        """
        cdef Result result = Result.__new__(Result)
        cdef Request request = None
        cdef DataList node
        cdef DataList *head = NULL
        cdef aiges_call call
        cdef aiges_call *used
        cdef aiges_engine *handle
        cdef int code
        if PyBytes_CheckExact(data) and params is None and usr_tag is None and psr_ids is None and deadline is None \
                and PyBytes_GET_SIZE(data) <= 0xFFFFFFFF:
            # The plain form: one node on the stack, pinned by the caller's reference.
            node.key = b"data"
            node.data = PyBytes_AS_STRING(data)
            node.len = <unsigned int>PyBytes_GET_SIZE(data)
            node.type = 0
            node.status = ONCE
            node.desc = NULL
            node.next = NULL
            call = PLAIN_CALL
            call.request = &node
            used = &call
        else:
            request = new_request(data, params, usr_tag, psr_ids, deadline)
            used = &request.call
        handle = self.enter()
        with nogil:
            code = aiges_engine_exec(handle, used, &head)
            if code == 0 and head is not NULL and result.take_small(head):
                aiges_engine_release(handle, &head)
                head = NULL
        self.users -= 1
        if code:
            raise self.failure(code)
        if head is not NULL:
            self.results += 1
            hold_list(result, head, self, handle, result_released)
        return result

    def exec_async(self, data=None, params=None, *, on_result=None, usr_tag=None, psr_ids=None, timeout=None,
                   deadline=None):
        """Starts one request. Arguments as :meth:`exec`; ``timeout``: seconds until it fails with EngineTimeoutError.

        Without ``on_result``: returns an ``asyncio.Future`` of the running loop, to be awaited, for the final result.
        With it: returns None, and ``on_result(value)`` is called on a native thread with each :class:`Result`; the one
        that has an item with status end or once, or an exception, is the last.
        """
        cdef Request request = new_request(data, params, usr_tag, psr_ids, deadline)
        cdef Receiver receiver
        cdef aiges_engine *handle
        cdef int code
        future = None
        if on_result is None:
            future, on_result = future_of_running_loop()
        if timeout is not None:
            request.call.timeout_ms = max(1, int(timeout * 1000))
        receiver = receiver_for(self, engine_failure, on_result)
        receiver.hold()
        handle = self.enter()
        with nogil:
            code = aiges_engine_exec_async(handle, &request.call, on_result_pointer, <PyObject *>receiver)
        self.users -= 1
        if code:
            receiver.drop()
            raise self.failure(code)
        return future

    def create(self, params=None, *, on_result=None, usr_tag=None, psr_ids=None, deadline=None):
        """Opens a :class:`Session`. ``on_result(value)``: receives each Result, and an exception at a failure, on a
        native thread; without it results are fetched with ``read``. Raises as :meth:`exec`."""
        cdef Request request = new_request(None, params, usr_tag, psr_ids, deadline)
        cdef Session session = Session.__new__(Session)
        cdef Receiver receiver = None
        cdef aiges_session *opened = NULL
        cdef aiges_engine *handle
        cdef PyObject *context = NULL
        cdef int code
        session.engine = self
        if on_result is not None:
            receiver = receiver_for(self, engine_failure, on_result)
            context = <PyObject *>receiver
            receiver.hold()
            session.on_result = receiver
        handle = self.enter()
        with nogil:
            code = aiges_session_create(handle, &request.call, on_result_pointer if context is not NULL else NULL,
                                        context, &opened)
        self.users -= 1
        if code:
            if receiver is not None:
                receiver.drop()
            raise self.failure(code)
        session.handle = opened
        self.sessions += 1
        return session

    def load_resource(self, unsigned int id, data):
        """Loads the personalised resource ``id``: ``data`` as for :meth:`exec` (a DataListNode's desc ``patch_id``
        names it). Raises AigesError subclasses."""
        self._call_resource(id, data, False)

    def unload_resource(self, unsigned int id):
        """Unloads a resource. Raises RequestError when it is not loaded."""
        self._call_resource(id, None, True)

    def _call_resource(self, unsigned int id, data, bint unload):
        cdef Request request = Request()
        cdef aiges_engine *handle
        cdef int code
        request.set_data(data, END)
        if request.call.request is not NULL:
            request.call.request.type = 4
            request.call.request.status = END
        handle = self.enter()
        with nogil:
            code = aiges_engine_unload_resource(handle, id) if unload else \
                aiges_engine_load_resource(handle, request.call.request, id)
        self.users -= 1
        if code:
            raise self.failure(code)

    def cancel(self, str usr_tag):
        """Tells the engine that nobody waits for the one-shot request of this tag. False when there is none, or when
        the engine cannot be told."""
        cdef Request request = Request()
        cdef aiges_engine *handle
        cdef int code
        request.set_tag(usr_tag)
        handle = self.enter()
        with nogil:
            code = aiges_engine_cancel(handle, NULL, request.call.usr_tag)
        self.users -= 1
        return code == 0

    def set_meter(self, function):
        """``function(usr_tag, key, count)`` receives the engine's custom meters; None unsets. Any thread."""
        if self.meter is None:
            self.meter = Receiver.__new__(Receiver)
        cdef PyObject *hook = <PyObject *>self.meter
        cdef aiges_meter_fn native = on_meter_pointer if function is not None else NULL
        cdef aiges_engine *handle
        cdef int code
        set_hook(self.meter, function)
        handle = self.enter()
        with nogil:
            code = aiges_engine_set_meter(handle, native, hook)
        self.users -= 1
        if code:
            raise self.failure(code)

    def set_trace(self, function):
        """``function(usr_tag, key, value)`` receives the engine's traces; None unsets. Any thread."""
        if self.trace is None:
            self.trace = Receiver.__new__(Receiver)
        cdef PyObject *hook = <PyObject *>self.trace
        cdef aiges_trace_fn native = on_trace_pointer if function is not None else NULL
        cdef aiges_engine *handle
        cdef int code
        set_hook(self.trace, function)
        handle = self.enter()
        with nogil:
            code = aiges_engine_set_trace(handle, native, hook)
        self.users -= 1
        if code:
            raise self.failure(code)

    @property
    def version(self):
        """The engine's own version text."""
        cdef aiges_engine *handle = self.enter()
        cdef const char *text
        with nogil:
            text = aiges_engine_version(handle)
        shown = text_from_c(text)  # before close can come: the text is the engine's
        self.users -= 1
        return shown

    @property
    def closed(self):
        """Whether it was closed."""
        return self.handle is NULL

    def error(self, int code):
        """The engine's text for a code."""
        cdef aiges_engine *handle = self.enter()
        cdef const char *text
        with nogil:
            text = aiges_engine_error(handle, code)
        shown = text_from_c(text)
        self.users -= 1
        return shown

    def stats(self):
        """Counters since the engine was opened: a dict of ``calls``, ``failures``, ``in_flight``, ``sessions``,
        ``bytes_in``, ``bytes_out``, ``bytes_copied``, ``gil_wait_ns``, ``total_ns`` and ``histogram`` (lower bound of
        the duration in ns to number of calls)."""
        cdef aiges_stats stats
        memset(&stats, 0, sizeof(stats))
        stats.version = 1
        stats.size = sizeof(stats)
        code = aiges_engine_stats(self.enter(), &stats)
        self.users -= 1
        if code:
            raise self.failure(code)
        shown = {"calls": stats.calls, "failures": stats.failures, "in_flight": stats.in_flight,
                 "sessions": stats.sessions, "bytes_in": stats.bytes_in, "bytes_out": stats.bytes_out,
                 "bytes_copied": stats.bytes_copied, "gil_wait_ns": stats.gil_wait_ns, "total_ns": stats.total_ns}
        shown["histogram"] = {aiges_stats_bucket_ns(bucket): stats.histogram[bucket]
                              for bucket in range(AIGES_STATS_BUCKETS) if stats.histogram[bucket]}
        return shown

    def close(self, timeout=10.0):
        """Stops and releases the engine; idempotent.

        Waits ``timeout`` seconds for calls in flight and open sessions, then raises EngineBusyError: no
        new call is accepted then, and close may be tried again. Results may stay: while one is still viewed the engine is closed for callers only, and stopped and released
        with the last of them. Raises the code of ``wrapperFini``; the engine is released all the same.
        """
        cdef aiges_engine *handle = self.handle
        cdef int wait_ms
        cdef int code
        if handle is NULL:
            return
        limit = time.monotonic() + timeout
        while self.users:
            if time.monotonic() >= limit:
                raise EngineBusyError(AIGES_ERR_BUSY, f"calls of engine '{self.path}' are still in flight")
            time.sleep(0.001)
        if self.handle is NULL:
            return
        self.handle = NULL  # later calls find it closed
        if self.results and not self.sessions:
            self.late = handle
            return
        wait_ms = max(0, int((limit - time.monotonic()) * 1000))
        with nogil:
            code = aiges_engine_close(handle, wait_ms)
        if code == AIGES_ERR_BUSY:
            self.handle = handle
            raise EngineBusyError(code, text_from_c(aiges_last_error()))
        if code:
            raise error_for(code, text_from_c(aiges_last_error()))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __repr__(self):
        return f"<Engine '{self.path}'{' closed' if self.handle is NULL else ''}>"


cdef void result_released(object owner) noexcept:
    """A result gave its list back: the last one releases an engine that was closed meanwhile."""
    cdef Engine engine = <Engine>owner
    cdef aiges_engine *handle = engine.late
    cdef int code
    engine.results -= 1
    if engine.results == 0 and handle is not NULL:
        engine.late = NULL
        with nogil:
            code = aiges_engine_close(handle, 0)
        if code == AIGES_ERR_BUSY:
            engine.late = handle  # an asynchronous request is under way: released with the object


cdef object engine_failure(object engine, int code):
    return (<Engine>engine).failure(code)


cdef aiges_result_fn on_result_pointer = deliver_result
cdef aiges_meter_fn on_meter_pointer = deliver_meter
cdef aiges_trace_fn on_trace_pointer = deliver_trace


cdef Request new_request(object data, object params, object tag, object ids, object deadline):
    cdef Request request = Request()
    if data is not None:
        request.set_data(data, ONCE)
    if params is not None:
        request.set_params(params)
    if tag is not None:
        request.set_tag(tag)
    if ids is not None:
        request.set_ids(ids)
    if deadline is not None:
        request.call.deadline_ms = max(1, int(deadline * 1000))
    return request


cdef tuple future_of_running_loop():
    """A future, and the function that completes it from any thread."""
    import asyncio
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def settle(value):
        if future.done() or (isinstance(value, Result) and not value.final):
            return
        if isinstance(value, BaseException):
            future.set_exception(value)
        else:
            future.set_result(value)

    def complete(value):
        try:
            loop.call_soon_threadsafe(settle, value)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    return future, complete


# ---- Sessions ---------------------------------------------------------------------------------------------------------

cdef double FIRST_PAUSE = 0.001
cdef double LONGEST_PAUSE = 0.05


@cython.final
@cython.no_gc_clear  # __dealloc__ ends the session, for which the engine must be open
cdef class Session:
    """A stream: write pieces, read results. Made by :meth:`Engine.create`; a context manager, which closes it.

    ``engine`` is its :class:`Engine`. Iteration gives result nodes until the last one; ``async for`` does the same
    without blocking the loop.
    """

    def __init__(self):
        raise TypeError("Session is made by Engine.create()")

    def __dealloc__(self):
        cdef aiges_session *handle = self.handle
        if handle is not NULL:
            with nogil:
                aiges_session_destroy(handle)
            self.engine.sessions -= 1
        if self.on_result is not None:
            (<Receiver>self.on_result).drop()

    cdef aiges_session *enter(self) except NULL:
        if self.handle is NULL:
            raise RequestError(-20004, "the session is closed")
        self.users += 1
        return self.handle

    def write(self, data, *, status=None, bint last=False):
        """Feeds the session; ``data`` as for :meth:`Engine.exec`.

        Plain items get ``status``; without it the first write begins the stream, later ones continue it, and
        ``last=True`` ends it. Raises as :meth:`Engine.exec`.
        """
        cdef Request request = Request()
        cdef aiges_session *handle
        cdef int code
        if status is None:
            status = END if last else (CONTINUE if self.started else BEGIN)
        request.set_data(data, status)
        self.started = True
        handle = self.enter()
        with nogil:
            code = aiges_session_write(handle, request.call.request)
        self.users -= 1
        if code:
            raise self.engine.failure(code)

    def read(self):
        """What is ready now: a :class:`Result`, empty when there is nothing yet. May block as long as the engine does.
        Raises EngineBusyError while another thread reads; otherwise as :meth:`Engine.exec`."""
        cdef DataList *head = NULL
        cdef aiges_session *handle
        cdef int code
        if self.reading:  # the list of the other read lives until the next one: it would be copied from freed memory
            raise EngineBusyError(AIGES_ERR_BUSY, "another thread reads this session")
        handle = self.enter()
        self.reading = True
        with nogil:
            code = aiges_session_read(handle, &head)
        try:
            if code:
                raise self.engine.failure(code)
            return copied_result(head)
        finally:
            self.reading = False
            self.users -= 1

    def cancel(self):
        """Tells the engine that nobody waits for this session. False when the engine cannot be told."""
        cdef aiges_session *session = self.enter()
        cdef int code
        with nogil:
            code = aiges_engine_cancel(self.engine.handle, session, NULL)  # the session keeps the engine open
        self.users -= 1
        return code == 0

    @property
    def debug_info(self):
        """The engine's text for people about this session."""
        cdef aiges_session *session = self.enter()
        cdef const char *text
        with nogil:
            text = aiges_session_debug_info(session)
        shown = text_from_c(text)  # before close can come: the text is the session's
        self.users -= 1
        return shown

    @property
    def closed(self):
        """Whether it was closed."""
        return self.handle is NULL

    def close(self):
        """Ends the session; idempotent. No result is delivered after it returned. Raises the code of the engine."""
        cdef aiges_session *handle = self.handle
        cdef int code
        if handle is NULL:
            return
        if self.users:
            raise EngineBusyError(AIGES_ERR_BUSY, "another thread is in a call of this session")
        self.handle = NULL
        with nogil:
            code = aiges_session_destroy(handle)
        self.engine.sessions -= 1
        if self.on_result is not None:
            (<Receiver>self.on_result).drop()
        if code:
            raise self.engine.failure(code)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __iter__(self):
        pause = FIRST_PAUSE
        while True:
            result = self.read()
            ended = False
            for node in result:
                ended = ended or node.status == END or node.status == ONCE
                yield node
            if ended:
                return
            if len(result):
                pause = FIRST_PAUSE
            else:
                time.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    async def _nodes(self):
        import asyncio
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while True:
            result = await loop.run_in_executor(None, self.read)
            ended = False
            for node in result:
                ended = ended or node.status == END or node.status == ONCE
                yield node
            if ended:
                return
            if len(result):
                pause = FIRST_PAUSE
            else:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    def __aiter__(self):
        return self._nodes()

    def __repr__(self):
        return f"<Session of {self.engine!r}{' closed' if self.handle is NULL else ''}>"
