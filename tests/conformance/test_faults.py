# ruff: noqa: E501 - tables and wrappers in long lines
"""The fault table of the ABI, F1 to F37: whatever a wrapper or a host does wrong, the outcome is the stated one.

Each case is a command of the driver, which checks codes, texts and pointers itself; here the log and the exit are
checked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiges_native import paths

WRAPPERS = Path(__file__).parent / "wrappers"

(NO_MEMORY, TOO_LARGE) = (-20005, -20006)
(INTERPRETER, MODULE_MISSING, MODULE_BROKEN, CLASS_MISSING, CONSTRUCTOR) = (-20010, -20020, -20021, -20022, -20023)
(SIGNATURE, RAISED, BAD_RETURN, BAD_RESPONSE, EMPTY) = (-20025, -20030, -20031, -20032, -20033)
SANITIZED = "san.so" in os.environ.get("LD_PRELOAD", "")

KINDS = [
    "exception",
    "system_exit",
    "keyboard",
    "recursion",
    "memory",
    "unprintable",
    "surrogate",
    "generator",
    "stop",
    "base",
]

ONCE = {
    **dict.fromkeys(["none", "int0", "false", "text", "class", "object", "coroutine", "big", "error_none"], BAD_RETURN),
    **dict.fromkeys(["foreign", "item_none", "data_none", "data_odd", "data_objects", "odd_list"], BAD_RESPONSE),
    **dict.fromkeys(["key_nul", "key_none", "good_then_bad", "desc_int", "desc_nul"], BAD_RESPONSE),
    **dict.fromkeys(["empty", "no_answer_items"], EMPTY),
    "code": 4711,
    "negative": -5,
    "minus_one": -1,
    "error": 815,
    "error_negative": -815,
}

READS = [
    ("empty", 0, ""),
    ("not_ready", 0, ""),
    ("not_ready_alike", 0, ""),
    ("no_answer_items", 0, ""),
    ("ready", 0, "piece"),
    ("list", 0, "in a list"),
    ("error", 815, ""),
    ("error_negative", -815, ""),
    ("code", 4711, ""),
    ("none", BAD_RETURN, ""),
    ("int0", BAD_RETURN, ""),
    ("class", BAD_RETURN, ""),
    ("data_none", BAD_RESPONSE, ""),
    ("item_none", BAD_RESPONSE, ""),
    ("none_continued", BAD_RESPONSE, ""),
    ("numbers", 0, "\x01"),
    ("lent", 0, "lent"),
    ("ready", 0, "piece"),
]

CREATES = {
    **dict.fromkeys(["none", "int0", "class", "empty", "handle_none", "nul"], BAD_RETURN),
    "code": 4711,
    "error": 815,
}


def words(table) -> list:
    return [word for row in (table.items() if isinstance(table, dict) else table) for word in row]


#: Fault, command of the driver, wrapper, further arguments.
CASES = [
    ("F2-F3", "returns", "returns", *words(ONCE)),
    ("F3", "reads", "returns", *words(READS)),
    ("F5", "missing-methods", "bare"),
    ("F8-F9", "nothing", "shows"),
    ("F12", "odd-bytes", "shows"),
    ("F13-F15", "many-nodes", "shows"),
    ("F10-F11", "invalid-args", "callbacks"),
    ("F14", "lengths", "returns"),
    ("F16", "exec-free", "callbacks"),
    ("F17", "handles", "callbacks"),
    ("F17", "read-lists", "callbacks"),
    ("F18", "destroy-race", "callbacks"),
    ("F18", "destroy-storm", "callbacks"),
    ("F19", "destroy-fails", "raises"),
    ("F20", "create-fails", "returns", *words(CREATES)),
    ("F21", "twice", "life"),
    ("F22", "rounds", "life"),
    ("F23", "fini-fails", "life"),
    ("F23", "fini-busy", "life"),
    ("F23", "fini-hung", "life", "aiges.fini_wait_ms=1000"),
    ("F23", "fini-storm", "life", "log.level=error"),
    ("F24", "states", "life"),
    ("F25", "late", "callbacks"),
    ("F26", "serial", "callbacks"),
    ("F27", "blocked", "callbacks", "aiges.fini_wait_ms=3600000"),
    ("F28", "reentrant", "callbacks"),
    ("F29", "malformed", "callbacks"),
    ("F30", "async", "callbacks"),
    ("F30", "limit", "callbacks", "aiges.answer_limit_ms=100"),
    ("F31", "meters", "callbacks"),
    ("F32", "resources", "callbacks"),
    ("F32", "resources-fail", "raises"),
    ("F34", "reopen", "threads"),
    ("F35", "forks", "threads"),
    ("F36", "threads", "threads"),
    ("F36", "late-ends", "threads"),
    ("F36", "thread-exit", "threads"),
    ("F36", "mixture", "callbacks"),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_fault(drive, case):
    _, command, wrapper, *arguments = case
    done = drive(command, wrapper, *arguments, timeout=120)
    assert done.stdout == ""
    assert "Fatal" not in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_f1_an_exception_is_a_code_and_a_traceback(drive, kind):
    done = drive("raises", "raises", kind)
    assert done.stdout == ""
    for method in ("wrapperOnceExec", "wrapperOnceExecAsync", "wrapperCreate", "wrapperWrite", "wrapperRead"):
        assert f"{method} raised" in done.stderr or f"{method} (sid" in done.stderr
    assert "wrapperOnceExec (sid 'the-sid') raised" in done.stderr
    assert "Traceback (most recent call last)" in done.stderr
    assert "raises.py" in done.stderr
    assert "PAYLOAD" not in done.stderr


def broken(tmp_path, source: str) -> str:
    path = tmp_path / "broken.py"
    path.write_text(source, encoding="utf-8")
    return f"wrapper.file={path}"


CLASS = "class Wrapper:\n    def wrapperOnceExec(self, params, reqData): return None\n"
BROKEN = {
    "F4-syntax": ("class Wrapper:\n    def f(:\n", MODULE_BROKEN, "SyntaxError", "broken.py", "line 2"),
    "F4-import": ("x = 1\nimport no_such_module_at_all\n", MODULE_BROKEN, "no_such_module_at_all", "broken.py", "line 2"),
    "F4-exception": ("\n\nraise ValueError('while importing')\n", MODULE_BROKEN, "while importing", "line 3"),
    "F4-exit": ("import sys; sys.exit(5)\n", MODULE_BROKEN, "SystemExit"),
    "F4-unprintable": (
        "class E(Exception):\n    def __str__(self): raise E\nraise E()\n", MODULE_BROKEN, "broken.py", "line 3"
    ),
    "F4-encoding": ("# coding: utf-8\nraise ValueError('\\udcff')\n", MODULE_BROKEN, "broken.py", "line 2"),
    "F4-class": ("class Other: pass\n", CLASS_MISSING, "Wrapper", "broken.py"),
    "F4-constructor": ("class Wrapper:\n    def __init__(self): raise KeyError('k')\n", CONSTRUCTOR, "KeyError", "broken.py"),
    "F4-arguments": ("class Wrapper:\n    def __init__(self, config): pass\n", CONSTRUCTOR, "config"),
    "F5-signature": (
        "class Wrapper:\n    def wrapperOnceExec(self, params, *, mystery): pass\n", SIGNATURE, "wrapperOnceExec", "mystery"
    ),
    "F5-async": ("class Wrapper:\n    async def wrapperOnceExec(self, params, reqData): pass\n", SIGNATURE, "async def"),
    "F7-raise": (CLASS + "    def wrapperInit(self, config): raise OSError('no model')\n", RAISED, "no model"),
    "F7-none": (CLASS + "    def wrapperInit(self, config): pass\n", BAD_RETURN, "NoneType"),
    "F7-code": (
        CLASS + "    def wrapperInit(self, config): return 99\n    def wrapperError(self, code): return f'said {code}'\n",
        99,
        "said 99",
    ),
    "F7-exit": (CLASS + "    def wrapperInit(self, config): raise SystemExit(1)\n", RAISED, "SystemExit"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_failed_init_says_why_and_can_be_repeated(drive, tmp_path, name):
    source, code, *needles = BROKEN[name]
    good = {"GOOD_WRAPPER": str(WRAPPERS / "callbacks.py")}
    done = drive("init-fails", None, broken(tmp_path, source), code, *needles, environment=good)
    assert done.stdout == ""
    assert str(code) in done.stderr


def test_f4_a_missing_wrapper_says_where_it_was_searched(drive, tmp_path):
    drive("init-fails", None, MODULE_MISSING, "wrapper", str(tmp_path), "wrapper.file")
    drive("init-fails", None, "wrapper.file=/nowhere/w.py", MODULE_MISSING, "/nowhere/w.py")


def test_f6_an_interpreter_that_cannot_start_says_why(drive, tmp_path):
    good = {"GOOD_WRAPPER": str(WRAPPERS / "callbacks.py")}
    drive("init-fails", None, "python.executable=/nowhere/python", INTERPRETER, "/nowhere/python", environment=good)
    script = tmp_path / "python-of-text"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    drive("init-fails", None, f"python.executable={script}", INTERPRETER, str(script))


def test_f14_an_item_that_no_node_can_hold(drive):
    if SANITIZED:
        pytest.skip("needs memory that is not touched")
    drive("too-large", "returns")


def test_f14_a_request_that_no_memory_can_hold(drive):
    if SANITIZED:
        pytest.skip("sanitizers need all of the address space")
    done = drive("no-memory", "shows")
    assert "MemoryError" in done.stderr


@pytest.mark.parametrize("how", ["return", "exit", "quick"])
@pytest.mark.parametrize("what", ["idle", "busy", "background", "stopped"])
def test_f33_the_process_ends_with_its_own_code(drive, how, what):
    done = drive("leave", "threads", how, what, code=0 if how == "return" else 42)
    assert done.stdout == ""
    assert "Fatal" not in done.stderr


def test_f37_odd_text_on_stdout_is_the_wrappers_own(drive, tmp_path):
    odd = tmp_path / "обёртка 中文.py"
    odd.write_text((WRAPPERS / "prints.py").read_text(encoding="utf-8"), encoding="utf-8")
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": ""}
    done = drive("works", None, f"wrapper.file={odd}", environment=plain)
    assert done.stdout == "drucke: äöü 中文 😀\n"
    assert "to stderr: 中文" in done.stderr


def test_f37_no_log_folder_is_made_unasked(drive, tmp_path):
    missing = tmp_path / "no" / "folder"
    done = drive("works", "callbacks", f"log.dir={missing}")
    assert not missing.parent.exists()
    assert str(missing) in done.stderr
    read_only = tmp_path / "read-only"
    read_only.mkdir(mode=0o555)
    drive("works", "callbacks", f"log.dir={read_only}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["read-only"]


def test_the_log_goes_where_it_is_told(drive, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    done = drive("raises", "raises", "exception", f"log.dir={folder}")
    assert done.stderr == ""
    (log,) = folder.iterdir()
    assert "RuntimeError: told to raise" in log.read_text()


# ---- F33, the other way round: the process is Python's, and the engine a guest ------------------------------------------

GUEST = """
import sys, threading, time, aiges_native
engine = aiges_native.open({wrapper!r}, {{"log.level": "error"}})
end = None
def call():
    while True:
        engine.exec(b"x")
def calls():
    try:
        call()
    except BaseException as error:
        print(type(error).__name__, file=sys.stderr)
{body}
"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("sys.exit(7)", 7),
        ("for n in range(4): threading.Thread(target=call, daemon=True).start()\ntime.sleep(0.1); sys.exit(7)", 7),
        ("threading.Thread(target=lambda: engine.exec(b'x', {'do': 'sleep'}), daemon=True).start()\n"
         "time.sleep(0.1); sys.exit(7)", 7),
        ("raise SystemExit(7)", 7),
    ],
    ids=["idle", "calls", "sleeping", "raise"],
)  # fmt: skip
def test_f33_a_python_host_may_end_at_any_moment(host_environment, tmp_path, body, code):
    source = GUEST.format(wrapper=str(WRAPPERS / "threads.py"), body=body)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=tmp_path, env=host_environment, timeout=120
    )
    assert done.returncode == code, done.stderr
    assert "Fatal" not in done.stderr


NATIVE_THREADS = """
import ctypes, sys, threading, time
sys.path.insert(0, {tests!r})
from engines.contract import Library, data, params
library = Library({library!r})
config = params(**{{"wrapper__file": {wrapper!r}, "log__level": "error"}})
assert library.Init(config) == 0
libc = ctypes.CDLL(None)
pool = ctypes.CDLL({pool!r})
pool.start(library.c.wrapperExec, library.c.wrapperExecFree)
time.sleep(0.2)
sys.exit(7)
"""

POOL = """
#include <pthread.h>
#include "aiges/wrapper.h"
static wrapperExecPtr exec; static wrapperExecFreePtr exec_free;
static void *run(void *unused) {
    struct DataList data = {(char *)"k", (char *)"x", 1, DataText, DataOnce, 0, 0}, *response = 0;
    while (1) { if (exec("t", 0, &data, &response, 0, 0) == 0) exec_free("t", &response); }
    return unused;
}
void start(wrapperExecPtr e, wrapperExecFreePtr f) {
    exec = e; exec_free = f;
    for (int n = 0; n < 4; ++n) { pthread_t thread; pthread_create(&thread, 0, run, 0); }
}
"""


def test_f33_a_guest_finalises_while_native_threads_call(host_environment, libwrapper, tmp_path):
    (tmp_path / "pool.c").write_text(POOL)
    subprocess.run(
        ["cc", "-shared", "-fPIC", f"-I{paths.include_dir()}", "pool.c", "-o", "pool.so", "-pthread"],
        cwd=tmp_path,
        check=True,
    )
    source = NATIVE_THREADS.format(
        tests=str(Path(__file__).parents[1]),
        library=str(libwrapper),
        wrapper=str(WRAPPERS / "threads.py"),
        pool=str(tmp_path / "pool.so"),
    )
    for _ in range(4):
        done = subprocess.run(
            [sys.executable, "-c", source],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=host_environment,
            timeout=120,
        )
        assert done.returncode == 7, done.stderr
        assert "Fatal" not in done.stderr
