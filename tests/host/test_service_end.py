"""The end of the service: what a signal does to requests and streams, with real clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.host_process import eventually
from host.wire import AT_ONCE, ask, code_of, metric, open_socket, open_stream, post_head, rest_of
from serving import Served, serving, start, write_wrapper
from websockets.exceptions import ConnectionClosed


@pytest.fixture(scope="module")
def echo(library: Path) -> Path:
    return library / "library/libecho.so"


@contextlib.contextmanager
def served(echo: Path, folder: Path, *words: str) -> Iterator[Served]:
    sets = [word for text in words for word in ("--set", text)]
    with serving(*AT_ONCE, "--set", "fc.max=64", *sets, echo, cwd=folder) as running:
        yield running


def slow(ms: int, status: int = 3) -> dict:
    return ask(status=status, parameter={"echo": {"echo.sleep_ms": ms}})


def busy(running: Served, count: int) -> None:
    eventually(lambda: metric(running, 'aiges_slots{service="echo",state="busy"}') == count, f"{count} are busy")


class Load:
    """Clients that ask again and again on connections that stay open, until the service refuses or ends."""

    def __init__(self, running: Served, clients: int) -> None:
        self.address = running.address.rsplit(":", 1)
        self.clients = clients
        self.answers: Counter[tuple[int, int]] = Counter()  # (status, code)
        self.lost = 0  # requests that left and were not answered
        self.closes = 0  # refusals that end their connection
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()

    async def run(self) -> None:
        await asyncio.gather(*(self.client() for _ in range(self.clients)))

    async def client(self) -> None:
        body = json.dumps(ask()).encode()
        request = post_head("echo", len(body)) + body
        reader, writer = await asyncio.open_connection(self.address[0], int(self.address[1]))
        while True:
            writer.write(request)
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
                answer = json.loads(await reader.readexactly(length))
            except (OSError, asyncio.IncompleteReadError):
                self.lost += 1
                return
            self.answers[int(head[9:12]), code_of(answer)] += 1
            if code_of(answer):
                closed = b"connection: close\r\n" in head.lower() and await reader.read() == b""
                self.closes += closed
                writer.close()
                return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load_loses_nothing(echo, tmp_path, number):
    """Every request is answered: those that the service had taken with what they asked for, later ones with a refusal
    that sends their client to another connection."""
    with served(echo, tmp_path) as running:
        answers: list[int] = []
        long = threading.Thread(target=lambda: answers.append(running.post("echo", slow(600))[0]))
        long.start()  # so that the service is not over before every client was refused
        busy(running, 1)
        load = Load(running, 24)
        eventually(lambda: load.answers[200, 0] > 500, "the load is there")
        assert running.stop(number) == 0
        long.join()
        load.thread.join(20)
    assert answers == [200] and load.lost == 0
    assert set(load.answers) == {(200, 0), (503, -20150)} and load.answers[503, -20150] == load.closes == 24


def test_new_streams_are_refused_and_old_ones_end(echo, tmp_path):
    with served(echo, tmp_path, "drain.timeout=1") as running:
        with contextlib.ExitStack() as stack:
            idle, working, late = (stack.enter_context(open_stream(running, "echo")) for _ in range(3))
            long = stack.enter_context(open_stream(running, "echo"))
            working.send(json.dumps(slow(500, 0)))
            long.send(json.dumps(slow(1, 0)))
            busy(running, 2)
            running.process.send_signal(signal.SIGTERM)
            wait_draining(running)
            late.send(json.dumps(ask(status=0)))
            told = rest_of(late)
            assert (told.code, told.close, told.reason) == (-20150, 1001, "code=-20150")
            working.send(json.dumps(ask("two", 2)))
            told = rest_of(working)
            assert (told.code, told.close) == (0, 1000) and told.data() == [b"x", b"two"], "it may finish"
            told = rest_of(long)
            assert (told.code, told.close, told.reason) == (-20150, 1001, "code=-20150")
            assert rest_of(idle).close == 1001
        assert running.process.wait(20) == 75, "one was cut"


def wait_draining(running: Served) -> None:
    def state() -> tuple[int, str]:
        status, _, body = running.request("GET", "/health/ready", health=True)
        return status, json.loads(body)["state"]

    assert eventually(lambda: (found := state())[0] == 503 and found, "it is said") == (503, "draining")
    assert running.request("GET", "/health/live", health=True)[0] == 200


def test_a_grace_is_served_while_the_others_learn_of_it(echo, tmp_path):
    with served(echo, tmp_path, "drain.grace=1") as running:
        long = threading.Thread(target=running.post, args=("echo", slow(300)))
        long.start()
        busy(running, 1)
        signalled = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        wait_draining(running)
        assert running.post("echo", ask())[0] == 200, "not ready, and still served"
        with open_stream(running, "echo") as stream:
            stream.send(json.dumps(ask(status=3)))
            assert rest_of(stream).close == 1000
        assert running.process.wait(20) == 0 and time.monotonic() - signalled >= 1
        long.join()


def test_a_signal_does_not_wait_for_an_engine_that_starts(tmp_path):
    write_wrapper(
        tmp_path,
        "slow",
        """
        import time
        from pathlib import Path
        from aiges_native.sdk import *

        class Wrapper(WrapperBase):
            def wrapperInit(self, config):
                Path("begun").touch()
                time.sleep(3600)
                return 0
        """,
    )
    running = start("slow", cwd=tmp_path)
    eventually((tmp_path / "begun").exists, "the engine is starting")
    assert running.stop() == 0


def test_an_engine_that_does_not_stop(compiled, tmp_path):
    """wrapperFini fails: it is said, and the exit code tells it."""
    exhibit = compiled("tests/engines/museum/fail_fini.c")
    with serving(*AT_ONCE, exhibit, cwd=tmp_path) as running:
        assert running.post("fail_fini", ask())[0] == 200
        assert running.stop() == 75
    assert "engine 'fail_fini' did not stop cleanly" in (tmp_path / "stderr.txt").read_text()


def test_clients_that_half_ask_do_not_keep_it(echo, tmp_path):
    """Half a header, half a body, a connection that says nothing, a stream that says nothing."""
    with served(echo, tmp_path) as running, contextlib.ExitStack() as stack:
        for sent in (b"POST /v1/pri", post_head("echo", 1000) + b"{", b""):
            stack.enter_context(open_socket(running)).sendall(sent)
        stream = stack.enter_context(open_stream(running, "echo", close_timeout=0.1))
        assert running.post("echo", ask())[0] == 200
        began = time.monotonic()
        assert running.stop() == 0 and time.monotonic() - began < 10
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=5)
