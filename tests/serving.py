"""A running service for the tests: a process of its own, real sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from waiting import PATIENCE


class Served:
    """A service that runs; ``address`` is HOST:PORT."""

    def __init__(self, process: subprocess.Popen[str], lines: queue.SimpleQueue[str], began: float) -> None:
        self.process = process
        self._lines = lines
        self.began = began
        self.said: list[str] = []
        self.address = ""
        self.health = ""

    def wait_ready(self, seconds: float = PATIENCE) -> Served:
        limit = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, limit - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"not ready after {seconds} s; it said {self.said}, {self.process.poll()}"
                ) from None
            self.said.append(line)
            if line.startswith(("health and metrics at ", "health at ")):
                self.health = line.rsplit("http://", 1)[1].partition("/")[0]
            if line.startswith("ready: "):
                self.address = line.rsplit("://", 1)[1].strip().rstrip("/")
                return self

    def connect(self, address: str = "") -> http.client.HTTPConnection:
        host, port = (address or self.address).rsplit(":", 1)
        return http.client.HTTPConnection(host, int(port), timeout=PATIENCE)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        health: bool = False,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self.connect(self.health if health else self.address)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, {key.lower(): value for key, value in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def post(self, name: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        status, _, answer = self.request("POST", f"/v1/private/{name}", data, headers)
        return status, json.loads(answer)

    def stop(self, number: int = signal.SIGTERM, seconds: float = PATIENCE) -> int:
        """Ends it with a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


def unused_address() -> str:
    """HOST:PORT where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@contextlib.contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP, by ``python -m http.server``; its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().partition("(")[2].partition("/)")[0]
        finally:
            server.kill()


def text(value: str, **more: Any) -> dict[str, Any]:
    """A once request of one text under the key ``data``."""
    import base64

    block = {"encoding": "utf8", "status": 3, "text": base64.b64encode(value.encode()).decode(), **more}
    return {"payload": {"data": block}}


def write_wrapper(folder: Path, name: str, source: str) -> Path:
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "wrapper.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return place


#: What starts a service, before its words.
SERVE = (sys.executable, "-m", "aiges_native", "serve")


def start(*words: object, cwd: Path, program: tuple[str, ...] = SERVE, **environment: str) -> Served:
    """Starts a service on a free port; does not wait for it."""
    command = [*program, "--set", "http.listen=127.0.0.1:0", *map(str, words)]
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(cwd / "stderr.txt").open("w"),
        text=True,
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def pump() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line.rstrip("\n"))

    threading.Thread(target=pump, daemon=True).start()
    return Served(process, lines, began)


@contextlib.contextmanager
def serving(*words: object, cwd: Path, program: tuple[str, ...] = SERVE, **environment: str) -> Iterator[Served]:
    """A service that is ready; killed at the end if it still runs."""
    served = start(*words, cwd=cwd, program=program, **environment)
    try:
        yield served.wait_ready()
    finally:
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait()


#: Wrappers of the library that the tests serve.
WRAPPERS = {
    "faults": """
        import threading, time
        from aiges_native.sdk import *

        class Request:
            data = StringBodyField("data", "x")
            do = StringParamField(
                "do",
                enums=["upper", "raise", "code", "none", "hang", "let go", "wait", "counts", "exit"],
                value="upper",
            )

        class Answer:
            result = StringBodyField("result")

        class Wrapper(WrapperBase):
            serviceId = "faults"
            requestCls = Request
            responseCls = Answer
            may_go = threading.Event()  # what a hanging call waits for
            begun = told = 0  # calls that wait for a cancel, and those of them that saw one

            def wrapperOnceExec(self, params, reqData):
                do = params.get("do", "upper")
                if do == "raise":
                    raise ValueError("boom")
                if do == "code":
                    return 4711
                if do == "none":
                    return None
                if do == "hang":
                    self.may_go.clear()
                    self.may_go.wait()
                if do == "let go":
                    self.may_go.set()
                if do == "exit":
                    raise SystemExit(3)
                if do == "wait":
                    type(self).begun += 1
                    while not cancelled():
                        time.sleep(0.005)
                    type(self).told += 1
                    return 5
                if do == "counts":
                    return Response([ResponseData("result", f"{self.begun} {self.told}")])
                left = remaining()
                text = reqData.get("data").data.decode().upper()
                return Response([ResponseData("result", f"{text} {left is not None}")])

            def wrapperError(self, code):
                return f"my text for {code}"
    """,
    "holds": """
        import ctypes, os
        from aiges_native.sdk import *

        class Wrapper(WrapperBase):
            serviceId = "holds"

            def wrapperOnceExec(self, params, reqData):
                pipe = os.open(reqData.get("data").data, os.O_RDONLY)  # waits for who opens the other end
                ctypes.PyDLL(None).read(pipe, ctypes.create_string_buffer(1), 1)  # foreign code with the GIL held
                os.close(pipe)
                return Response([ResponseData("r", "x")])
    """,
    "pusher": """
        import threading
        from aiges_native.sdk import *

        class Wrapper(WrapperBase):
            serviceId = "pusher"
            open = 0

            def wrapperCreate(self, params, sid, persId, usrTag):
                if params.get("refuse"):
                    return SessionCreateResponse("", 31)
                type(self).open += 1
                self.count = int(params.get("count", "0"))
                self.size = int(params.get("size", "1"))
                return SessionCreateResponse(usrTag)

            def wrapperWrite(self, handle, req):
                node = req.list[0]
                if node.data == b"raise":
                    raise ValueError("in write")
                if self.count:
                    threading.Thread(target=self.push, args=(handle,), daemon=True).start()
                else:
                    callback(Response([ResponseData("out", node.data.upper(), status=node.status)]), handle)
                return 0

            def push(self, handle):
                for index in range(self.count):
                    status = 2 if index == self.count - 1 else 1
                    data = str(index).encode().ljust(self.size, b".")
                    callback(Response([ResponseData("out", data, status=status)]), handle)

            def wrapperDestroy(self, handle):
                type(self).open -= 1
                return 0

            def wrapperOnceExec(self, params, reqData):
                return Response([ResponseData("open", str(self.open))])
    """,
}
