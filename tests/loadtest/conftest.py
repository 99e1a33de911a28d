"""Services and an engine to put under load."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import Served, serving, write_wrapper

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NEEDED = ("httptools", "msgspec", "uvicorn", "websockets")
SETTINGS = ("--set", "fc.max=32", "--set", "drain.grace=0", "--set", "aiges.asyncMode=true")

#: Wrappers that tell whether what was sent has arrived, and that answer in pieces.
WRAPPERS = {
    "judge": """
        import json
        from aiges_native.sdk import *

        class Wrapper(WrapperBase):
            serviceId = "judge"
            sessions = {}

            def verdict(self, params, nodes):
                seen = [[n.key, int(n.type), n.data.hex(), {k: v for k, v in n.desc.items() if "." not in k}]
                        for n in nodes]
                wanted = json.loads(params["wanted"])
                if seen != wanted:
                    raise ValueError(f"{seen} came, {wanted} was to come")
                return Response([ResponseData("verdict", "as wanted", status=3)])

            def wrapperOnceExec(self, params, reqData):
                return self.verdict(params, reqData.list)

            def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
                callback(self.verdict(params, reqData.list), usrTag)
                return 0

            def wrapperCreate(self, params, sid, persId, usrTag):
                self.sessions[usrTag] = (dict(params), [])
                return SessionCreateResponse(usrTag)

            def wrapperWrite(self, handle, req):
                params, nodes = self.sessions[handle]
                nodes += [DataListNode(n.key, n.data, n.type, n.status) for n in req.list]
                for mine, node in zip(nodes[-len(req.list):], req.list):
                    mine.desc = dict(node.desc)
                if all(n.status in (2, 3) for n in req.list):
                    callback(self.verdict(params, nodes), handle)
                return 0

            def wrapperDestroy(self, handle):
                self.sessions.pop(handle)
                return 0
    """,
    "ticks": """
        import threading
        from aiges_native.sdk import *

        class Wrapper(WrapperBase):
            serviceId = "ticks"
            sessions = {}

            def wrapperCreate(self, params, sid, persId, usrTag):
                self.sessions[usrTag] = [int(params.get(name, "0")) for name in ("count", "size", "pause_ms", "fail")]
                return SessionCreateResponse(usrTag)

            def wrapperWrite(self, handle, req):
                if all(n.status in (2, 3) for n in req.list):
                    threading.Thread(target=self.push, args=(handle, *self.sessions[handle]), daemon=True).start()
                return 0

            def push(self, handle, count, size, pause_ms, fail):
                for index in range(count):
                    threading.Event().wait(pause_ms / 1000)
                    last = index == count - 1
                    piece = Response([ResponseData("out", b"." * size, status=2 if last else 1)])
                    if callback(Response(error_code=fail) if last and fail else piece, handle):
                        return

            def wrapperDestroy(self, handle):
                self.sessions.pop(handle)
                return 0

            def wrapperOnceExec(self, params, reqData):
                return Response([ResponseData("open", str(len(self.sessions)))])

            def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
                callback(self.wrapperOnceExec(params, reqData), usrTag)
                return 0
    """,
}


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """host:port of bare_app.py."""
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is not installed (the extra 'test')")
    with subprocess.Popen([sys.executable, str(HERE / "bare_app.py")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library/ of wrappers."""
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is not installed (the extra 'test')")
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(ROOT / "library" / "echo_py", folder / "library" / "echo_py")
    for name, source in WRAPPERS.items():
        write_wrapper(folder / "library", name, source)
    return folder


@pytest.fixture(scope="session")
def served(library: Path) -> Iterator[Served]:
    """The real service, with wrappers that answer by callback."""
    with serving(*SETTINGS, "library/judge", "library/ticks", "library/echo_py", cwd=library) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function after which workers of the load tester lack these packages."""

    def hide(*names: str) -> None:
        for name in names:
            (tmp_path / f"{name}.py").write_text("raise ImportError('hidden from the test')\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    return hide


@pytest.fixture(scope="session")
def echo_engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
    library = tmp_path_factory.mktemp("engine") / "libecho.so"
    flags = ["-std=gnu11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/include", "-pthread"]
    subprocess.run(["cc", *flags, ROOT / "csrc/engines/echo.c", "-o", library], check=True)
    return str(library)
