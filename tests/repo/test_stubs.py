"""The stubs of the compiled modules say what is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "aiges_native" / "_native"
#: Compiled modules without public names: nothing imports them but their neighbours.
INTERNAL = {"interruption", "params", "plan", "receiver", "request", "views", "wrapper"}

pytest.importorskip("mypy", reason="mypy is not installed (the extra 'dev')")


def test_every_compiled_module_has_a_stub() -> None:
    modules = {path.stem for path in NATIVE.glob("*.pyx")} - INTERNAL
    assert modules | {"_embed"} == {path.stem for path in NATIVE.glob("*.pyi")}
    assert (ROOT / "aiges_native" / "py.typed").exists()


def test_stubs_agree_with_the_modules(tmp_path: Path) -> None:
    names = [f"aiges_native._native.{path.stem}" for path in sorted(NATIVE.glob("*.pyi"))]
    allowed = [f"--allowlist={Path(__file__).parent / 'stubtest_allowlist.txt'}", "--ignore-unused-allowlist"]
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *names, *allowed, "--concise", f"--mypy-config-file={config}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_hold(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """
import asyncio
import aiges_native
from aiges_native.sdk import DataListCls, Response, ResponseData

with aiges_native.open("echo", {"a": 1}, search_path=["x"]) as engine:
    assert_result: aiges_native.Result = engine.exec({"k": b"data"}, {"p": "v"}, deadline=1.5)
    text: str = assert_result["k"].text() + assert_result[0].key
    view: memoryview = memoryview(assert_result[0])
    engine.exec_async([b"x", aiges_native.DataListNode("k", bytearray())], on_result=print)
    session: aiges_native.Session = engine.create()
    session.write("x", last=True)
    statuses: list[int] = [node.status for node in session]
    async def main() -> bytes:
        async for node in session:
            pass
        return (await engine.exec_async(b"x")).data
    asyncio.run(main())

def once(params: dict[str, str], data: DataListCls) -> Response:
    item = ResponseData("k", data.list[0].data, status=3)
    response = Response([item])
    response.list.append(item)
    return response.response_err(0)
"""
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "MYPYPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
