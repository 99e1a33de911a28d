"""The C contract in ctypes, for tests that must not depend on the package: lists, an engine, and libaiges.so."""

from __future__ import annotations

import ctypes as c
from collections.abc import Iterator, Sequence

TEXT, AUDIO, IMAGE, VIDEO, PER = range(5)
BEGIN, CONTINUE, END, ONCE = range(4)
NOT_READY, ALREADY_INIT, INVALID_ARG, UNKNOWN_HANDLE, NO_MEMORY = (-20000 - n for n in range(1, 6))
TOO_LARGE, TIMEOUT, STOPPING, FORKED, INTERPRETER, BUSY, UNKNOWN_RESOURCE = (-20000 - n for n in range(6, 13))
EMPTY_RESPONSE, ENGINE_UNLOADABLE, SYMBOL_MISSING, ABI_MISMATCH = -20033, -20101, -20102, -20103
NOT_SUPPORTED = -20105


class ParamList(c.Structure):
    pass


ParamList._fields_ = [
    ("key", c.c_char_p),
    ("value", c.c_char_p),
    ("vlen", c.c_uint),
    ("next", c.POINTER(ParamList)),
]


class DataList(c.Structure):
    pass


DataList._fields_ = [
    ("key", c.c_char_p),
    ("data", c.c_void_p),
    ("len", c.c_uint),
    ("type", c.c_int),
    ("status", c.c_int),
    ("desc", c.POINTER(ParamList)),
    ("next", c.POINTER(DataList)),
]

Params = c.POINTER(ParamList)
Data = c.POINTER(DataList)
Callback = c.CFUNCTYPE(c.c_int, c.c_char_p, Data, c.c_int)
Ids = c.POINTER(c.c_uint)


def params(**values: object) -> c.POINTER(ParamList) | None:
    """params(echo__upper=1) is {"echo.upper": "1"}."""
    head = None
    for key, value in reversed(values.items()):
        text = str(value).encode()
        item = ParamList(key.replace("__", ".").encode(), text, len(text), head)
        head = c.pointer(item)
    return head


def data(*nodes: tuple) -> c.POINTER(DataList) | None:
    """data((key, bytes, type, status), ...); later members may be left out."""
    head = None
    for node in reversed(nodes):
        key, content, kind, status = (*node, *(b"", TEXT, ONCE)[len(node) - 1 :])
        buffer = c.create_string_buffer(content, len(content))
        item = DataList(key.encode(), c.cast(buffer, c.c_void_p), len(content), kind, status, None, head)
        item.kept = buffer
        head = c.pointer(item)
    return head


def nodes(head: c.POINTER(DataList)) -> list[dict]:
    """What a host sees in a list, copied."""
    seen = []
    while head:
        node = head.contents
        content = c.string_at(node.data, node.len) if node.len else b""
        desc = {item.key.decode(): c.string_at(item.value, item.vlen).decode() for item in items(node.desc)}
        seen.append(
            {
                "key": None if node.key is None else node.key.decode(),
                "data": content,
                "type": node.type,
                "status": node.status,
                "desc": desc,
            }
        )
        head = node.next
    return seen


def items(head: c.POINTER(ParamList)) -> Iterator[ParamList]:
    while head:
        yield head.contents
        head = head.contents.next


class Library:
    """An engine's fifteen functions, called as an old host would: nothing in between."""

    def __init__(self, path: str):
        self.c = c.CDLL(path)
        for name, result, arguments in (
            ("wrapperSetCtrl", c.c_int, [c.c_int, c.c_void_p]),
            ("wrapperInit", c.c_int, [Params]),
            ("wrapperFini", c.c_int, []),
            ("wrapperError", c.c_char_p, [c.c_int]),
            ("wrapperVersion", c.c_char_p, []),
            ("wrapperLoadRes", c.c_int, [Data, c.c_uint]),
            ("wrapperUnloadRes", c.c_int, [c.c_uint]),
            ("wrapperCreate", c.c_void_p, [c.c_char_p, Params, c.c_void_p, Ids, c.c_int, c.POINTER(c.c_int)]),
            ("wrapperWrite", c.c_int, [c.c_void_p, Data]),
            ("wrapperRead", c.c_int, [c.c_void_p, c.POINTER(Data)]),
            ("wrapperDestroy", c.c_int, [c.c_void_p]),
            ("wrapperExec", c.c_int, [c.c_char_p, Params, Data, c.POINTER(Data), Ids, c.c_int]),
            ("wrapperExecFree", c.c_int, [c.c_char_p, c.POINTER(Data)]),
            ("wrapperExecAsync", c.c_int, [c.c_char_p, Params, Data, c.c_void_p, c.c_int, Ids, c.c_int]),
            ("wrapperDebugInfo", c.c_char_p, [c.c_void_p]),
            ("aiges_abi_version", c.c_uint, []),
            ("aiges_session_cancel", c.c_int, [c.c_void_p, c.c_char_p]),
        ):
            function = getattr(self.c, name, None)
            if function is not None:
                function.restype, function.argtypes = result, arguments
            setattr(self, name.removeprefix("wrapper"), function)

    def exec(self, request, wishes=None, ids: Sequence[int] = (), tag: bytes = b"tag") -> tuple[int, list[dict]]:
        response = Data()
        numbers = (c.c_uint * len(ids))(*ids) if ids else None
        code = self.Exec(tag, wishes, request, c.byref(response), numbers, len(ids))
        seen = nodes(response)
        assert self.ExecFree(tag, c.byref(response)) == 0
        return code, seen

    def create(self, wishes=None, callback=None, tag: bytes = b"tag", ids: Sequence[int] = ()) -> tuple[int, int]:
        code = c.c_int(1)
        numbers = (c.c_uint * len(ids))(*ids) if ids else None
        handle = self.Create(tag, wishes, c.cast(callback, c.c_void_p) if callback else None, numbers, len(ids), code)
        return code.value, handle

    def read(self, handle: int) -> tuple[int, list[dict]]:
        response = Data()
        code = self.Read(handle, c.byref(response))
        return code, nodes(response)

    def exec_async(self, request, callback, wishes=None, timeout: int = 0, tag: bytes = b"tag") -> int:
        return self.ExecAsync(tag, wishes, request, c.cast(callback, c.c_void_p), timeout, None, 0)


class Call(c.Structure):
    """aiges_call"""

    _fields_ = [
        ("version", c.c_uint32),
        ("size", c.c_uint32),
        ("usr_tag", c.c_char_p),
        ("params", Params),
        ("request", Data),
        ("psr_ids", Ids),
        ("psr_count", c.c_int),
        ("timeout_ms", c.c_int),
        ("deadline_ms", c.c_int64),
    ]


Result = c.CFUNCTYPE(c.c_int, c.c_void_p, Data, c.c_int)


class Loader:
    """libaiges.so with one engine open."""

    def __init__(self, libaiges: str):
        self.c = c.CDLL(libaiges)
        for name, result in (
            ("aiges_last_error", c.c_char_p),
            ("aiges_engine_error", c.c_char_p),
            ("aiges_engine_version", c.c_char_p),
            ("aiges_session_debug_info", c.c_char_p),
        ):
            getattr(self.c, name).restype = result
        self.engine, self.session = c.c_void_p(), c.c_void_p()

    def last_error(self) -> str:
        return self.c.aiges_last_error().decode()

    def text(self, code: int) -> str:
        return self.c.aiges_engine_error(self.engine, code).decode()

    def call(self, request=None, wishes=None, tag: bytes = b"tag", timeout: int = 0) -> Call:
        return Call(1, c.sizeof(Call), tag, wishes, request, None, 0, timeout, 0)

    def open(self, path: str) -> int:
        return self.c.aiges_engine_open(path.encode(), None, c.byref(self.engine))

    def init(self, config=None) -> int:
        return self.c.aiges_engine_init(self.engine, config)

    def exec(self, request, wishes=None, tag: bytes = b"tag") -> tuple[int, list[dict]]:
        response = Data()
        code = self.c.aiges_engine_exec(self.engine, c.byref(self.call(request, wishes, tag)), c.byref(response))
        seen = nodes(response)
        self.c.aiges_engine_release(self.engine, c.byref(response))
        return code, seen

    def exec_async(self, request, result, wishes=None, tag: bytes = b"tag", timeout: int = 0) -> int:
        call = self.call(request, wishes, tag, timeout)
        return self.c.aiges_engine_exec_async(self.engine, c.byref(call), result, None)

    def create(self, result=None, wishes=None, tag: bytes = b"tag") -> int:
        call = self.call(None, wishes, tag)
        return self.c.aiges_session_create(self.engine, c.byref(call), result, None, c.byref(self.session))

    def write(self, request) -> int:
        return self.c.aiges_session_write(self.session, request)

    def read(self) -> tuple[int, list[dict]]:
        response = Data()
        code = self.c.aiges_session_read(self.session, c.byref(response))
        return code, nodes(response)

    def destroy(self) -> int:
        session, self.session = self.session, c.c_void_p()
        return self.c.aiges_session_destroy(session)

    def cancel(self, tag: bytes) -> int:
        return self.c.aiges_engine_cancel(self.engine, None, tag)

    def close(self, timeout: int = 1000) -> int:
        return self.c.aiges_engine_close(self.engine, timeout)
