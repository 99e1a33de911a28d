# cython: language_level=3
"""Engine calls for an event loop: begun here, run by native threads, ended in :meth:`Executor.drain`.

The loop watches ``Executor.fileno()`` and calls ``drain`` when it is readable; that is the only place where functions
of the host are called, so nothing here needs a lock of Python's and nothing is called on a native thread.
"""

cimport cython
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free

from aiges_native._abi.c_executor cimport (
    AIGES_JOB_CREATE, AIGES_JOB_DESTROY, AIGES_JOB_EXEC, AIGES_JOB_EXEC_ASYNC, AIGES_JOB_OVERFLOW, AIGES_JOB_PIECE,
    AIGES_JOB_READ, AIGES_JOB_WRITE, aiges_executor, aiges_executor_create, aiges_executor_destroy,
    aiges_executor_close, aiges_executor_fd, aiges_executor_grow, aiges_executor_is_forked, aiges_executor_load,
    aiges_executor_submit, aiges_executor_take, aiges_executor_wake, aiges_job, aiges_job_kind, aiges_piece_owner, aiges_sink,
    aiges_sink_close, aiges_sink_create, aiges_sink_destroy, aiges_sink_detach, aiges_sink_overflowed, aiges_sink_taken,
)
from aiges_native._abi.c_loader cimport aiges_engine_cancel, aiges_engine_release
from aiges_native._abi.c_type cimport DataList
from aiges_native._native.engine cimport Engine, Session, new_request, result_released
from aiges_native._native.host_result cimport Result, copy_list, hold_list, owned_result
from aiges_native._native.request cimport Request

from aiges_native.errors import EngineBusyError, EngineStateError, RequestError

__all__ = ["Call", "Executor", "Stream"]

cdef extern from *:
    long long atomic_load "__atomic_load_n" (const int64_t *value, int order) nogil
    int RELAXED "__ATOMIC_RELAXED"

cdef extern from "Python.h":
    void PyErr_SetObject(object type, object value)
    void PyErr_WriteUnraisable(object where)

cdef double TRUST_SECONDS = 0.001

cdef enum:
    BEGIN = 0
    END = 2
    ONCE = 3
    ENGINE_CLOSED = -20106
    UNKNOWN_HANDLE = -20004
    BUSY = -20011
    STOPPING = -20008
    FORKED = -20009


cdef int tell(object function, object value) except -1:
    """Calls a function of the host; what it raises is reported and goes no further. None: nobody waits."""
    if function is None:
        return 0
    try:
        function(value)
    except Exception as error:
        PyErr_SetObject(type(error), error)
        PyErr_WriteUnraisable(function)
    return 0


cdef int tell_piece(object function, object value, uint64_t size) except -1:
    """The same for a piece."""
    try:
        function(value, size)
    except Exception as error:
        PyErr_SetObject(type(error), error)
        PyErr_WriteUnraisable(function)
    return 0


@cython.final
cdef class Call:
    """One call on its way to an engine. ``done(value)`` is told its end: a result, None, a Stream, or an exception."""

    cdef aiges_job job
    cdef Engine engine
    cdef Session session
    cdef Stream stream
    cdef Request request
    cdef object done

    def __init__(self):
        raise TypeError("Call is made by Executor")

    @property
    def began_ns(self):
        """When an engine's thread took it up (CLOCK_MONOTONIC); 0: it never did."""
        return atomic_load(&self.job.began_ns, RELAXED)

    @property
    def ended_ns(self):
        """When the engine returned."""
        return atomic_load(&self.job.ended_ns, RELAXED)

    def cancel(self):
        """Tells the engine that nobody waits any more. False when it cannot be told. The call ends all the same."""
        cdef int code = -1
        if self.done is not None and self.request is not None and self.request.call.usr_tag is not NULL:
            with nogil:
                code = aiges_engine_cancel(self.engine.handle, NULL, self.request.call.usr_tag)
        return code == 0

    cdef int submit(self, Executor executor) except -1:
        Py_INCREF(self)  # until the executor hands it back
        self.job.owner = <void *>self
        executor.calls_pending += 1
        aiges_executor_submit(executor.native, &self.job)
        if executor.first or executor.loop is None:
            executor.first = False
            aiges_executor_wake(executor.native, executor.loop is None)
        return 0

    cdef object outcome(self):
        """What the call came to."""
        cdef Result result
        cdef DataList *head = self.job.response
        self.job.response = NULL
        if self.job.code:
            return self.engine.failure(self.job.code)
        if self.job.kind == AIGES_JOB_READ:
            return owned_result(head)
        if self.job.kind != AIGES_JOB_EXEC:
            return None
        result = Result.__new__(Result)
        if head is NULL:
            return result
        if result.take_small(head):
            with nogil:
                aiges_engine_release(self.engine.handle, &head)
            return result
        self.engine.results += 1
        hold_list(result, head, self.engine, self.engine.handle, result_released)
        return result

    cdef int end(self) except -1:
        """The executor has handed it back."""
        cdef object done = self.done
        try:
            value = self.outcome()
        except BaseException as error:  # no memory, or an interruption: the caller waits for an end all the same
            value = error
        if self.stream is not None:
            value = self.stream.ended(self, value)
            if not self.stream.awaits_pieces(self):
                self.request = None
            self.stream = None
        else:
            self.request = None
        self.done = None
        if self.session is not None:
            self.session.users -= 1
        else:
            self.engine.users -= 1
        return tell(done, value)


@cython.final
cdef class Stream:
    """Results of one session or asynchronous request, and the calls of the session, which are the owner's to serialise.

    ``on_piece(value, size)``: each Result by callback, or an exception, in the order the engine made them. A piece
    counts as waiting until :meth:`taken` gives its ``size`` (bytes) back, so that a slow client slows its engine.
    """

    cdef readonly Engine engine
    cdef Session session      # None: an asynchronous request, or not created yet
    cdef aiges_sink *sink
    cdef object on_piece
    cdef Call start
    cdef bint attached        # the sink holds a reference

    def __init__(self):
        raise TypeError("Stream is made by Executor")

    def __dealloc__(self):
        if self.sink is not NULL:
            aiges_sink_destroy(self.sink)

    @property
    def overflowed(self):
        """Whether the engine waited too long for room, and its results are lost from there on."""
        return self.sink is not NULL and aiges_sink_overflowed(self.sink)

    def taken(self, uint64_t size):
        """A piece of that size has left."""
        if self.attached:
            aiges_sink_taken(self.sink, size)

    def cancel(self):
        """Tells the engine that nobody waits any more. False when it cannot be told."""
        if self.session is not None:
            return not self.session.closed and self.session.cancel()
        return self.cancel_request()

    def shut(self):
        """Nobody takes results any more: an engine's thread that waits for room goes on."""
        self.on_piece = None
        if self.sink is not NULL:
            with nogil:
                aiges_sink_close(self.sink)
        if self.is_request():
            self.answer()

    cdef bint cancel_request(self) except -1:
        cdef int code
        cdef const char *tag = self.start.request.call.usr_tag if self.start.request is not None else NULL
        if tag is NULL:
            return False
        with nogil:
            code = aiges_engine_cancel(self.engine.handle, NULL, tag)
        return code == 0

    cdef bint is_request(self):
        """Whether it is an asynchronous request, no session."""
        return self.start.job.kind == AIGES_JOB_EXEC_ASYNC

    cdef bint awaits_pieces(self, Call call):
        """Whether results of an asynchronous request are on their way: its tag is needed to cancel it."""
        return call is self.start and self.is_request() and self.attached

    cdef int answer(self) except -1:
        """The last result of an asynchronous request has come, or nobody waits for it any more."""
        if self.start.done is None:  # else the engine is still in the call, and reads it
            self.start.request = None
        return self.detach()

    cdef int attach(self, Executor executor, object on_piece, int most_pieces, uint64_t most_bytes, int wait_ms) except -1:
        self.on_piece = on_piece
        self.sink = aiges_sink_create(executor.native, <void *>self, most_pieces, most_bytes, wait_ms)
        if self.sink is NULL:
            raise MemoryError()
        self.attached = True
        Py_INCREF(self)  # the sink's, until no piece can come
        return 0

    cdef int detach(self) except -1:
        """No piece can come any more."""
        if self.attached:
            self.attached = False
            with nogil:
                aiges_sink_detach(self.sink)
            Py_DECREF(self)
        return 0

    cdef object ended(self, Call call, object value):
        """A call of this stream has ended; what its caller is told."""
        cdef Session session
        failed = isinstance(value, BaseException)
        if call.job.kind == AIGES_JOB_CREATE and not failed:
            session = Session.__new__(Session)
            session.engine = self.engine
            session.handle = call.job.session
            self.engine.sessions += 1
            self.session = session
            return self
        if call.job.kind == AIGES_JOB_DESTROY and call.job.began_ns == 0:
            self.session.handle = call.job.session  # there was no thread for it: the session is still open
        elif call.job.kind == AIGES_JOB_DESTROY:
            self.engine.sessions -= 1
            self.detach()
        elif failed and call is self.start:
            self.detach()
        return value

    cdef int piece(self, DataList *head, int code) except -1:
        """Takes one piece from the sink; the list becomes its own."""
        cdef uint64_t size = 0
        cdef bint final = code != 0
        cdef DataList *node = head
        while node is not NULL:
            size += node.len
            final = final or <int>node.status == END or <int>node.status == ONCE
            node = node.next
        if self.on_piece is None:
            free(head)
            self.taken(size)
            return 0
        try:
            tell_piece(self.on_piece, self.engine.failure(code) if code else owned_result(head), size)
        finally:
            if final and self.is_request():
                self.answer()
        return 0

    cdef int overflow(self) except -1:
        """The sink found no room and has closed itself."""
        try:
            if self.on_piece is not None:
                tell_piece(self.on_piece, EngineBusyError(BUSY, "results are lost: nobody took them in time"), 0)
        finally:
            if self.is_request():
                self.answer()
        return 0


cdef int end_piece(aiges_job *job) except -1:
    """Hands a piece to the stream it is of, or to nobody."""
    cdef void *owner = aiges_piece_owner(job)
    cdef DataList *head = job.response
    cdef int code = job.code
    cdef bint overflowed = job.kind == AIGES_JOB_OVERFLOW
    cdef Stream stream
    free(job)
    if owner is NULL:
        free(head)
        return 0
    stream = <Stream>owner
    return stream.overflow() if overflowed else stream.piece(head, code)


@cython.final
cdef class Executor:
    """Native threads for the calls of an event loop. One thread of Python uses it: the loop's.

    ``threads``: calls that may run at once. ``loop``: the calls of one turn of it wake threads together, which costs it
    much less; short ones then share a thread, and none waits for longer than about a millisecond for one of its own.

    To end it: destroy the streams, ``close``, and ``drain`` until ``pending`` is 0. One that is dropped before tells
    nobody of the calls that have ended since, and what the engine still is in stays in use for good.
    """

    cdef aiges_executor *native
    cdef int calls_pending
    cdef bint closed
    cdef object loop
    cdef bint in_turn         # the loop is to call end_turn
    cdef bint first           # of the turn's calls none was submitted yet
    cdef bint looks           # the loop is to call look_again

    def __cinit__(self, int threads, loop=None):
        if threads < 1:
            raise ValueError(f"an executor has 1 thread or more, not {threads}")
        self.loop = loop
        self.native = aiges_executor_create(threads, copy_list)
        if self.native is NULL:
            raise MemoryError("no memory, or no file descriptor, for an executor")

    def __dealloc__(self):
        if self.native is NULL or aiges_executor_is_forked(self.native):
            return  # of a forked child: its parent's threads may hold the locks
        aiges_executor_close(self.native)
        self.end_all(False)
        aiges_executor_destroy(self.native)

    def fileno(self):
        """The descriptor that is readable when :meth:`drain` has something to do."""
        return aiges_executor_fd(self.native)

    @property
    def pending(self):
        """Calls that have not ended."""
        return self.calls_pending

    @property
    def running(self):
        """Calls in the hands of engines."""
        cdef int running, waiting
        self.check_process()
        aiges_executor_load(self.native, &running, &waiting)
        return running

    def grow(self):
        """One thread more, for one that is lost in a call."""
        self.check_process()
        aiges_executor_grow(self.native)

    def close(self):
        """No call begins any more, but for ``destroy``; those that wait end with STOPPING at the next :meth:`drain`."""
        self.check_process()
        self.closed = True
        aiges_executor_close(self.native)

    def drain(self):
        """Tells the ends of calls and the pieces of streams, in their order. Returns how many."""
        self.check_process()
        return self.end_all(True)

    # ---- Turns of the loop ------------------------------------------------------------------------------------------

    cdef int begin_turn(self) except -1:
        """A call is about to be made, the first of its turn perhaps. Raises what the loop does when it is closed."""
        if self.loop is not None and not self.in_turn:
            self.loop.call_soon(self.end_turn)
            self.in_turn = self.first = True
        return 0

    def end_turn(self):
        """For the loop: has threads for the calls of the turn that ends."""
        self.in_turn = False
        self.wake(False)

    def look_again(self):
        """For the loop: a thread that was trusted with calls may be lost in the first of them."""
        self.looks = False
        self.wake(True)

    cdef int wake(self, bint all) except -1:
        if not aiges_executor_is_forked(self.native) and aiges_executor_wake(self.native, all) and not self.looks:
            self.loop.call_later(TRUST_SECONDS, self.look_again)
            self.looks = True
        return 0

    cdef int end_all(self, bint tells) except -1:
        """Ends what is there to be taken, and tells those who wait."""
        cdef aiges_job *job = aiges_executor_take(self.native)
        cdef aiges_job *following
        cdef Call call
        cdef object interruption = None  # KeyboardInterrupt and the like must not lose the rest
        cdef int count = 0
        while job is not NULL:
            following = job.next
            try:
                if job.kind == AIGES_JOB_PIECE or job.kind == AIGES_JOB_OVERFLOW:
                    end_piece(job)
                else:
                    self.calls_pending -= 1
                    call = <Call>job.owner
                    Py_DECREF(call)  # of submit
                    if not tells:
                        call.done = None
                    call.end()
            except BaseException as error:
                interruption = error
            job = following
            count += 1
        if interruption is not None:
            raise interruption
        return count

    cdef int check_process(self) except -1:
        if aiges_executor_is_forked(self.native):
            raise EngineStateError(FORKED, "the executor was made before fork(): make one in the child")
        return 0

    # ---- Calls ------------------------------------------------------------------------------------------------------

    def exec(self, Engine engine, done, data=None, params=None, *, usr_tag=None, psr_ids=None, deadline=None):
        """Begins ``wrapperExec``; ``done`` gets a Result or an exception. Arguments as :meth:`Engine.exec`."""
        cdef Call call = self.new_call(AIGES_JOB_EXEC, engine, done)
        call.request = new_request(data, params, usr_tag, psr_ids, deadline)
        call.job.call = &call.request.call
        call.job.engine = engine.enter()
        call.submit(self)
        return call

    def exec_async(self, Engine engine, done, on_piece, data=None, params=None, *, usr_tag, psr_ids=None, deadline=None,
                   int most_pieces=1024, uint64_t most_bytes=32 << 20, int wait_ms=5000):
        """Begins ``wrapperExecAsync``; ``done`` gets None once it is started, or an exception; ``on_piece`` the results.

        ``most_pieces``, ``most_bytes``: what may wait to be taken; ``wait_ms``: how long the engine then waits for room.
        Returns a :class:`Stream`.
        """
        cdef Stream stream = Stream.__new__(Stream)
        cdef Call call = self.new_call(AIGES_JOB_EXEC_ASYNC, engine, done)
        call.request = new_request(data, params, usr_tag, psr_ids, deadline)
        if deadline is not None:
            call.request.call.timeout_ms = max(1, int(deadline * 1000))
        call.job.call = &call.request.call
        call.stream = stream
        stream.engine = engine
        stream.start = call
        call.job.engine = engine.enter()
        try:
            stream.attach(self, on_piece, most_pieces, most_bytes, wait_ms)
        except BaseException:
            engine.users -= 1
            raise
        call.job.sink = stream.sink
        call.submit(self)
        return stream

    def create(self, Engine engine, done, on_piece=None, params=None, *, usr_tag=None, psr_ids=None, deadline=None,
               int most_pieces=1024, uint64_t most_bytes=32 << 20, int wait_ms=5000):
        """Begins ``wrapperCreate``; ``done`` gets the :class:`Stream` or an exception. Without ``on_piece`` results are
        fetched with :meth:`read`."""
        cdef Stream stream = Stream.__new__(Stream)
        cdef Call call = self.new_call(AIGES_JOB_CREATE, engine, done)
        call.request = new_request(None, params, usr_tag, psr_ids, deadline)
        call.job.call = &call.request.call
        call.stream = stream
        stream.engine = engine
        stream.start = call
        call.job.engine = engine.enter()
        if on_piece is not None:
            try:
                stream.attach(self, on_piece, most_pieces, most_bytes, wait_ms)
            except BaseException:
                engine.users -= 1
                raise
            call.job.sink = stream.sink
        call.submit(self)
        return call

    def write(self, Stream stream not None, done, data, *, int status=BEGIN):
        """Begins ``wrapperWrite``; ``done`` gets None or an exception. Plain items get ``status``."""
        cdef Call call = self.session_call(AIGES_JOB_WRITE, stream, done)
        call.request = Request()
        call.request.set_data(data, status)
        call.job.data = call.request.call.request
        return self.start(call)

    def read(self, Stream stream not None, done):
        """Begins ``wrapperRead``; ``done`` gets a Result, empty when nothing is ready, or an exception."""
        return self.start(self.session_call(AIGES_JOB_READ, stream, done))

    def destroy(self, Stream stream not None, done):
        """Begins ``wrapperDestroy``, once; ``done`` gets None or an exception, and no piece comes after it."""
        cdef Call call = self.session_call(AIGES_JOB_DESTROY, stream, done)
        self.start(call)
        stream.session.handle = NULL  # unless no thread can be had for it
        return call

    cdef Call new_call(self, aiges_job_kind kind, Engine engine, object done):
        cdef Call call = Call.__new__(Call)
        self.check_process()
        if self.closed and kind != AIGES_JOB_DESTROY:
            raise EngineStateError(STOPPING, "the executor is closed")
        if engine is None or done is None:
            raise TypeError("a call needs an engine and a function that is told its end")
        self.begin_turn()  # may raise, so before anything is counted
        call.job.kind = kind
        call.engine = engine
        call.done = done
        return call

    cdef Call session_call(self, aiges_job_kind kind, Stream stream, object done):
        cdef Call call = self.new_call(kind, stream.engine, done)
        if stream.session is None or stream.session.handle is NULL:
            raise RequestError(UNKNOWN_HANDLE, "the session is not open")
        call.stream = stream
        call.session = stream.session
        call.job.session = stream.session.handle
        return call

    cdef Call start(self, Call call):
        call.session.users += 1
        call.submit(self)
        return call
