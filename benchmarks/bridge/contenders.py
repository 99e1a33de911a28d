"""Ways to call a C engine from Python: each gives a function `exec(data: bytes) -> bytes`."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common

HERE = Path(__file__).resolve().parent
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
Exec = Callable[[bytes], bytes]

DECLARATIONS = """
    typedef struct ParamList { char *key; char *value; unsigned int vlen; struct ParamList *next; } ParamList;
    typedef struct DataList { char *key; void *data; unsigned int len; int type; int status; ParamList *desc;
                              struct DataList *next; } DataList;
    int wrapperExec(const char *, ParamList *, DataList *, DataList **, unsigned int *, int);
    int wrapperExecFree(const char *, DataList **);
"""


def load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_ctypes(engine: Path) -> Exec:
    class Param(ctypes.Structure):
        pass

    text, number, code = ctypes.c_char_p, ctypes.c_uint, ctypes.c_int
    next_param = ctypes.POINTER(Param)
    Param._fields_ = [("key", text), ("value", text), ("vlen", number), ("next", next_param)]

    class Data(ctypes.Structure):
        pass

    Data._fields_ = [
        ("key", text),
        ("data", ctypes.c_void_p),
        ("len", number),
        ("type", code),
        ("status", code),
        ("desc", next_param),
        ("next", ctypes.POINTER(Data)),
    ]
    library = ctypes.CDLL(str(engine))
    call, free = library.wrapperExec, library.wrapperExecFree
    result_type = ctypes.POINTER(Data)
    call.argtypes = [text, next_param, result_type, ctypes.POINTER(result_type), ctypes.POINTER(number), code]
    free.argtypes = [text, ctypes.POINTER(result_type)]
    cast, byref, string_at = ctypes.cast, ctypes.byref, ctypes.string_at
    c_char_p, c_void_p = ctypes.c_char_p, ctypes.c_void_p

    def exec(data: bytes) -> bytes:
        node = Data(b"data", cast(c_char_p(data), c_void_p), len(data), 0, 3)
        result = result_type()
        code = call(None, None, byref(node), byref(result), None, 0)
        if code:
            raise RuntimeError(code)
        head = result.contents
        made = string_at(head.data, head.len)
        free(None, byref(result))
        return made

    return exec


def with_cffi(ffi: Any, call: Any, free: Any) -> Exec:
    key = ffi.new("char[]", b"data")
    null = ffi.NULL
    new, from_buffer, buffer = ffi.new, ffi.from_buffer, ffi.buffer

    def exec(data: bytes) -> bytes:
        node = new("DataList *")
        node.key = key
        node.data = from_buffer(data)
        node.len = len(data)
        node.status = 3
        result = new("DataList **")
        code = call(null, null, node, result, null, 0)
        if code:
            raise RuntimeError(code)
        head = result[0]
        made = buffer(head.data, head.len)[:]
        free(null, result)
        return made

    return exec


def cffi_abi(engine: Path) -> Exec:
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    library = ffi.dlopen(str(engine))
    return with_cffi(ffi, library.wrapperExec, library.wrapperExecFree)


def cffi_api(engine: Path) -> Exec:
    """Compiled, linked against the engine: calls go through generated C instead of libffi."""
    import cffi

    target = common.BUILD / f"_cffi_bridge{SUFFIX}"
    source = common.BUILD / "_cffi_bridge.c"
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    ffi.set_source("_cffi_bridge", DECLARATIONS)
    if not target.exists():
        common.BUILD.mkdir(parents=True, exist_ok=True)
        with contextlib.redirect_stdout(None):
            ffi.emit_c_code(str(source))
        subprocess.run([common.CC, "-O2", "-w", *common.SHARED[:2], *common.PYTHON, str(source), "-o", str(target),
                        str(engine), f"-Wl,-rpath,{engine.parent}"], check=True)  # fmt: skip
    module = load("_cffi_bridge", target)
    return with_cffi(module.ffi, module.lib.wrapperExec, module.lib.wrapperExecFree)


def pybind(engine: Path) -> Exec:
    import pybind11

    target = common.BUILD / f"pybind_bridge{SUFFIX}"
    source = HERE / "pybind.cpp"
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        common.BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["c++", "-std=c++17", "-O2", *common.SHARED, *common.PYTHON, f"-I{pybind11.get_include()}",
                        f"-I{common.ROOT}/include", str(source), "-o", str(target)], check=True)  # fmt: skip
    module = load("pybind_bridge", target)
    module.open(str(engine))
    return module.exec


def fastcall_module(engine: Path) -> Any:
    target = common.compiled(f"fastcall{SUFFIX}", HERE / "fastcall.c", *common.SHARED, *common.PYTHON)
    module = load("fastcall", target)
    module.open(str(engine))
    return module


def fastcall(engine: Path) -> Exec:
    return fastcall_module(engine).exec  # type: ignore[no-any-return]


def tune_malloc() -> None:
    """Keeps freed memory in the process: by default glibc gives every large result back to the kernel, and page faults
    are most of what a copy of 1 MB costs."""
    mallopt = ctypes.CDLL(None).mallopt
    trim_threshold, mmap_threshold = -1, -3
    mallopt(trim_threshold, 1 << 28)
    mallopt(mmap_threshold, 1 << 25)


def start(engine: Path) -> None:
    """wrapperInit of the library that ctypes, cffi, pybind11 and fastcall share."""
    if ctypes.CDLL(str(engine)).wrapperInit(None):
        sys.exit("wrapperInit failed")


ALL: dict[str, Callable[[Path], Exec]] = {
    "fastcall": fastcall,
    "pybind11": pybind,
    "cffi_api": cffi_api,
    "cffi_abi": cffi_abi,
    "ctypes": with_ctypes,
}
