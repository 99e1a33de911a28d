"""Runs a wrapper here, as a host would, and shows what it answers.

Inputs are the test values of its fields, or those given. Exit code 0: verified; 1: it failed, with the wrapper's own
traceback; 2: wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiges_native import DataListNode
from aiges_native._native.faults import LoadFault
from aiges_native.sdk.constants import Types
from aiges_native.sdk.runner import MODES, UsageError, find_wrapper, load_target

from . import CannotError

_KINDS = {name: number for number, name in Types.items()}


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "path",
        metavar="PATH",
        nargs="?",
        type=Path,
        default=Path(),
        help="a wrapper.py, its folder, or a packed archive",
    )
    add("--mode", choices=MODES, help="how it is called; default: what it can do, in this order")
    add(
        "--input",
        metavar="KEY[:TYPE]=TEXT|@FILE",
        action="append",
        default=[],
        help="one input; TYPE: text, audio, image, video",
    )
    add("--param", metavar="KEY=VALUE", action="append", default=[], help="one param of the request")
    add("--config", metavar="KEY=VALUE", action="append", default=[], help="one entry of the config of wrapperInit")
    add("--toml", metavar="FILE", type=Path, help="settings; default: aiges.toml here, beside the wrapper, or above it")
    add(
        "--frames",
        metavar="N",
        type=int,
        help="writes of a stream; audio is cut into them (default 3)",
    )
    add(
        "--timeout",
        metavar="SECONDS",
        type=float,
        help="longest wait for an answer (default 60)",
    )
    add("--res", metavar="FILE", type=Path, help="a personalised resource to load first")
    add("--res-id", metavar="ID", default="", help="its id")
    add("--save", metavar="DIR", type=Path, help="a folder for the results: images, audio, text")
    add("--json", action="store_true", help="one JSON document on stdout, the steps on stderr")
    add("--debug", action="store_true", help="no time limit, calls on the main thread, a debugger where it fails")
    add("--native", action="store_true", help="let libwrapper.so find and import the file by itself")


def run(options: argparse.Namespace) -> int:
    given: dict[str, Any] = {
        "inputs": _inputs(options.input),
        "params": _pairs(options.param, "--param"),
        "config": _pairs(options.config, "--config"),
        "frames": options.frames,
        "timeout": options.timeout,
        "save": options.save.absolute() if options.save else None,
        "settings_file": options.toml.absolute() if options.toml else None,
        "debug": options.debug,
        "native": options.native,
        "json": options.json,
    }
    if options.res is not None:
        given.update(res=options.res.absolute(), res_id=options.res_id)
    with _unpacked(options.path) as path:
        return _run_in_folder(path, options.mode, {k: v for k, v in given.items() if v not in (None, {}, False)})


def _run_in_folder(path: Path, mode: str | None, given: dict[str, Any]) -> int:
    from aiges_native.sdk.runner import run as run_object

    try:
        file = find_wrapper(path)
        os.chdir(file.parent)
        target = load_target(file)
    except UsageError as error:
        raise CannotError("run the wrapper", *_split(error), 2) from None
    except LoadFault as error:
        return _tell_load_fault(error)
    run_object(target.wrapper, mode=mode, **given)
    return 0


def _tell_load_fault(error: LoadFault) -> int:
    from aiges_native.sdk.runner.hints import hint_for, trace_of

    if error.__cause__ is not None:
        print(trace_of(error.__cause__), file=sys.stderr, end="")
    print(f"FAILED: {error}", file=sys.stderr)
    print(f"try: {hint_for(error.__cause__, error.code, debug=True)}", file=sys.stderr)
    return 1


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The path itself, or a temporary folder with what the archive there holds."""
    if not path.name.endswith((".tar.gz", ".tgz")):
        yield path
        return
    from aiges_native.project.pack import unpack

    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="aiges-run-") as folder:
        unpack(path, Path(folder))
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _pairs(words: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise CannotError("run the wrapper", f"'{option} {word}' has no KEY=VALUE", f"{option} key=value", 2)
        pairs[key] = value
    return pairs


def _inputs(words: list[str]) -> dict[str, Any]:
    """KEY=TEXT, KEY=@FILE, KEY:TYPE=...; a key without a type gets that of its field."""
    inputs: dict[str, Any] = {}
    for name, value in _pairs(words, "--input").items():
        key, colon, kind = name.partition(":")
        data: bytes | str = _file(Path(value[1:])) if value.startswith("@") else value
        if colon and kind not in _KINDS:
            raise CannotError("run the wrapper", f"there is no input type '{kind}'", f"one of {', '.join(_KINDS)}", 2)
        inputs[key] = DataListNode(key, data, _KINDS[kind]) if colon else data
    return inputs


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = f"'{path}' cannot be read: {error.strerror}"
        raise CannotError("run the wrapper", why, "a path from here, or an absolute one", 2) from error


def _split(error: UsageError) -> tuple[str, str]:
    why, _, cure = str(error).rpartition("; ")
    return why or str(error), cure
