"""What has a bound, and what happens when it is reached: bodies, slots, the queue, a client or an engine that is slow;
and that the bounds cost nobody an answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from host.host_process import eventually
from host.wire import AT_ONCE, answer_on, ask, code_of, metric, open_socket, open_stream, post_head, rest_of, stream_of
from serving import Served, serving, write_wrapper
from websockets.exceptions import ConnectionClosed

MIB = 1 << 20

#: How long closed loops run; for a campaign rather than a test, set it to hours.
CAMPAIGN_SECONDS = float(os.environ.get("AIGES_CAMPAIGN_SECONDS", "3"))


@pytest.fixture(scope="module")
def echo(library: Path) -> Path:
    return library / "library/libecho.so"


# ---- Bodies ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, echo: Path) -> Iterator[Served]:
    """A service that takes bodies of 100 kB."""
    with serving(*AT_ONCE, "--set", "limits.body=100000", echo, cwd=tmp_path_factory.mktemp("small")) as running:
        yield running
        assert running.stop() == 0


def test_a_body_that_says_it_is_too_large_is_not_waited_for(small):
    with open_socket(small) as plain:
        plain.sendall(post_head("echo", 100_001))
        status, _, body = answer_on(plain)
        assert (status, code_of(json.loads(body))) == (413, -20155)


def test_a_body_that_turns_out_too_large_is_refused(small):
    with open_socket(small) as plain:
        head = b"POST /v1/private/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        plain.sendall(head + b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        plain.sendall((b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 6)
        status, _, body = answer_on(plain)
        assert (status, code_of(json.loads(body))) == (413, -20155)


def test_a_body_as_large_as_allowed_is_served(small):
    request = json.dumps(ask("x")).encode()
    request += b" " * (100_000 - len(request))
    assert small.post("echo", request)[0] == 200
    assert small.post("echo", request + b" ")[0] == 413


def test_half_a_body_is_no_request(small):
    before = metric(small, 'aiges_requests_total{service="echo",transport="http",kind="once",code="-20157"}')
    for _ in range(20):
        with open_socket(small) as plain:
            plain.sendall(post_head("echo", 1000) + b"{")
    line = 'aiges_requests_total{service="echo",transport="http",kind="once",code="-20157"}'
    eventually(lambda: metric(small, line) == before + 20, "all of them are counted as gone")


# ---- Slots and the queue ---------------------------------------------------------------------------------------------


GATE = """
    import os, time
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        def wrapperOnceExec(self, params, reqData):
            while not os.path.exists(params.get("until", "/")):
                time.sleep(0.01)
            return Response([ResponseData("data", "through")])
"""


@contextlib.contextmanager
def taken_slot(folder: Path, *words: str) -> Iterator[Served]:
    """A service with one slot, which is taken until ``folder/go`` is there."""
    write_wrapper(folder, "gate", GATE)
    sets = [word for text in ("fc.max=1", *words) for word in ("--set", text)]
    with serving(*AT_ONCE, *sets, "gate", cwd=folder) as running:
        answers: list[int] = []
        request = ask(parameter={"gate": {"until": str(folder / "go")}})
        taking = threading.Thread(target=lambda: answers.append(running.post("gate", request)[0]))
        taking.start()
        eventually(lambda: metric(running, 'aiges_slots{service="gate",state="busy"}') == 1, "the slot is taken")
        yield running
        (folder / "go").touch()
        taking.join()
        assert answers == [200] and running.stop() == 0


def test_the_queue_is_bounded_in_length_and_time(tmp_path):
    with taken_slot(tmp_path, "fc.queue=1", "fc.queueWait=500") as running:
        answers: list[tuple[int, int, str]] = []

        def queue() -> None:
            status, answer = running.post("gate", ask())
            answers.append((status, code_of(answer), answer["header"]["message"]))

        began = time.monotonic()
        waiting = [threading.Thread(target=queue) for _ in range(2)]
        for each in waiting:
            each.start()
        for each in waiting:
            each.join()
        assert time.monotonic() - began >= 0.5
        assert sorted(answers) == [
            (503, 10110, "no slot came free within 0.5 s"),
            (503, 10110, "no slot: all 1 are busy"),
        ]


def test_a_deadline_holds_in_the_queue_too(tmp_path):
    with taken_slot(tmp_path, "fc.queue=9", "fc.queueWait=60s") as running:
        status, answer = running.post("gate", ask(), {"Aiges-Timeout-Ms": "100"})
        assert (status, code_of(answer)) == (504, 10102)
        answers: list[int] = []
        waiting = threading.Thread(target=lambda: answers.append(running.post("gate", ask())[0]))
        waiting.start()
        (tmp_path / "go").touch()
        waiting.join()
        assert answers == [200], "who has the time waits"


# ---- Slow engines, slow clients --------------------------------------------------------------------------------------


def test_a_slow_engine_stops_the_reading_of_its_stream(echo, tmp_path):
    """A client may not fill the service's memory while the engine is busy."""
    words = ("--set", "limits.inputFrames=4", "--set", "fc.max=2", "--set", "drain.timeout=0.1")
    with serving(*AT_ONCE, *words, echo, cwd=tmp_path) as running:
        with open_stream(running, "echo", compression=None, close_timeout=0.1) as stream:
            stream.send(json.dumps(ask(status=0, parameter={"echo": {"echo.sleep_ms": 60_000}})))
            assert "payload" not in json.loads(stream.recv(timeout=10))
            before = resident(running)
            sent = 0

            def push() -> None:
                nonlocal sent
                frame = json.dumps(ask("x" * MIB, 1))
                while sent < 300:
                    try:
                        stream.send(frame)
                    except (ConnectionClosed, OSError):
                        return
                    sent += 1

            pushing = threading.Thread(target=push, daemon=True)
            pushing.start()
            settle(lambda: sent)
            assert 4 <= sent < 100, "the rest is in the client"
            assert resident(running) - before < 60 * MIB
            assert running.post("echo", ask())[0] == 200, "others are served"
            assert running.stop() == 75, "the session was cut"
        pushing.join()


def settle(look: Callable[[], int], seconds: float = 1.0) -> None:
    """Waits until a number has not changed for a while."""
    last, since = look(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.02)
        if look() != last:
            last, since = look(), time.monotonic()


def resident(served: Served) -> int:
    pages = int(Path(f"/proc/{served.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


FLOOD = """
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        told = 0

        def wrapperCreate(self, params, sid, persId, usrTag):
            return SessionCreateResponse(usrTag)

        def wrapperWrite(self, handle, req):
            while not cancelled():
                callback(Response([ResponseData("r", b"x" * 50_000, status=1)]), handle)
            type(self).told += 1
            return 5

        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("data", str(self.told))])
"""


def test_an_engine_that_floods_a_client_is_stopped(tmp_path):
    """Its callback waits a while; then the session is over, and the client is told why."""
    write_wrapper(tmp_path, "flood", FLOOD)
    words = ("aiges.asyncMode=true", "limits.outputPieces=8", "limits.callbackWait=0.3", "limits.writeStall=60")
    sets = [word for text in words for word in ("--set", text)]
    with serving(*AT_ONCE, *sets, "flood", cwd=tmp_path) as running:
        before = resident(running)
        with open_stream(running, "flood", compression=None, max_queue=1) as stream:
            stream.send(json.dumps(ask(status=3)))
            eventually(lambda: running.post("flood", ask())[1]["payload"]["data"]["text"] == "1", "the engine is told")
            assert resident(running) - before < 60 * MIB
            told = rest_of(stream)
        assert (told.code, told.close, told.reason) == (-20154, 1011, "code=-20154")
        assert running.stop() == 0


# ---- Many clients ----------------------------------------------------------------------------------------------------


def test_threads_and_descriptors_at_100_clients(echo, tmp_path):
    with serving(*AT_ONCE, "--set", "fc.max=100", echo, cwd=tmp_path) as running:
        process = Path(f"/proc/{running.process.pid}")
        assert running.post("echo", ask())[0] == 200  # the first connection of all costs one that stays
        before = len(list((process / "fd").iterdir()))
        counts = asyncio.run(closed_loop(running, 100, 1.0, ask(parameter={"echo": {"echo.sleep_ms": 300}})))
        assert set(counts) == {200}
        assert 100 <= len(list((process / "task").iterdir())) <= 100 + 16
        for _ in range(100):
            assert stream_of(running, "echo", ask(status=3)).close == 1000
        assert len(list((process / "task").iterdir())) <= 100 + 16
        eventually(lambda: len(list((process / "fd").iterdir())) <= before, "nothing is left of their connections")
        assert running.stop() == 0


@pytest.mark.parametrize(("clients", "is_async"), [(4, False), (4, True), (64, False)])
def test_as_many_clients_as_slots_are_never_refused(echo, tmp_path, clients, is_async):
    """A slot is free before the answer leaves: who has got it may ask again."""
    words = ("--set", f"fc.max={clients}", "--set", f"aiges.asyncMode={is_async:d}")
    with serving(*AT_ONCE, *words, echo, cwd=tmp_path) as running:
        counts = asyncio.run(closed_loop(running, clients, CAMPAIGN_SECONDS / 3))
        assert set(counts) == {200}, counts
        assert running.stop() == 0


async def closed_loop(served: Served, clients: int, seconds: float, what: Any = None) -> Counter[int]:
    """So many connections, each asking as soon as it was answered; the number of answers by status."""
    host, port = served.address.rsplit(":", 1)
    body = json.dumps(what or ask()).encode()
    request = post_head("echo", len(body)) + body
    counts: Counter[int] = Counter()
    end = time.monotonic() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.monotonic() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            await reader.readexactly(length)
            counts[int(head[9:12])] += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return counts
