"""Data that requests name by its address, through the service: real clients, a real origin."""

from __future__ import annotations

import base64
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from host.origin import OriginServer, running
from host.schemas import write_schema
from serving import Served, serving, text
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

SETTINGS = ("--set", "drain.grace=0")
PATIENCE = 60.0
LOCAL = "127.0.0.1"


@pytest.fixture(scope="module")
def origin() -> Iterator[OriginServer]:
    server = OriginServer()
    with running(server):
        yield server


@pytest.fixture(scope="module")
def served(library: Path, origin: OriginServer) -> Iterator[Served]:
    allowed = f"{origin.url};http://localhost:{origin.port}"
    words = ("--set", f"http.fetchAllow={allowed}", "--set", "limits.body=1000", "--set", "aiges.httpRetry=3")
    with serving(*SETTINGS, "--set", "fc.max=1", *words, "library/libecho.so", cwd=library) as one:
        yield one
        assert one.stop() == 0


def at(url: str, **more: Any) -> dict[str, Any]:
    """A block whose data is at an address."""
    return {"dataSrc": "http", "url": url, "encoding": "utf8", "status": 3, **more}


def once(url: str, **more: Any) -> dict[str, Any]:
    return {"payload": {"data": at(url, **more)}}


def problem(answer: tuple[int, Any]) -> tuple[int, int, str | None]:
    status, told = answer
    return status, told["header"]["code"], told["header"].get("path")


# ---- Once ------------------------------------------------------------------------------------------------------------


def test_it_is_off_by_default(library: Path, origin: OriginServer) -> None:
    with serving(*SETTINGS, "library/libecho.so", cwd=library) as one:
        before = origin.hits.copy()
        assert problem(one.post("echo", once(f"{origin.url}/text/x"))) == (400, 10009, "/payload/data/dataSrc")
        assert origin.hits == before
        assert one.stop() == 0


def test_data_is_fetched_and_its_address_is_not_passed_on(served: Served, origin: OriginServer) -> None:
    status, answer = served.post("echo", once(f"{origin.url}/text/hello", rate=8000))
    assert status == 200
    block = answer["payload"]["data"]
    assert (block["text"], block["encoding"], block["rate"]) == ("hello", "utf8", "8000")
    assert not {"url", "dataSrc"} & set(block)


@pytest.mark.parametrize("said", [{"audio": ""}, {"data_type": "audio"}])
def test_the_type_of_the_data(said: dict[str, str], served: Served, origin: OriginServer) -> None:
    status, answer = served.post("echo", once(f"{origin.url}/text/hello", **said))
    assert (status, base64.b64decode(answer["payload"]["data"]["audio"])) == (200, b"hello")


def test_several_blocks_and_other_forms(served: Served, origin: OriginServer) -> None:
    payload = {"b": at(f"{origin.url}/text/two"), "a": {"text": "b25l"}, "c": at(f"{origin.url}/to/text/three")}
    status, answer = served.post("echo", {"payload": payload})
    assert status == 200
    assert {key: block["text"] for key, block in answer["payload"].items()} == {"a": "one", "b": "two", "c": "three"}
    part = b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    told = json.dumps({"payload": {"b": at(f"{origin.url}/text/two")}}).encode()
    form = part % (b"json", told) + part % (b"a", b"one") + b"--B--"
    status, answer = served.post("echo", form, {"Content-Type": "multipart/form-data; boundary=B"})
    assert (status, answer["payload"]["a"]["text"], answer["payload"]["b"]["text"]) == (200, "one", "two")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/missing", 502, 10011),
        ("/status/500", 502, 10011),
        ("/loop", 502, 10011),
        ("/bytes/1001", 502, 10012),
        ("/cut", 502, 10012),
        ("/noise", 502, 10010),
    ],
)
def test_failures_of_the_origin(path: str, status: int, code: int, served: Served, origin: OriginServer) -> None:
    assert problem(served.post("echo", once(origin.url + path))) == (status, code, "/payload/data/url")


def test_blocks_share_the_limit_of_a_body(served: Served, origin: OriginServer) -> None:
    payload = {key: at(f"{origin.url}/bytes/600") for key in ("a", "b")}
    assert problem(served.post("echo", {"payload": payload})) == (502, 10012, "/payload/b/url")


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ({"url": f"http://{LOCAL}:1/x"}, "/payload/data/url"),
        ({"url": f"http://{LOCAL}/x"}, "/payload/data/url"),
        ({"url": "file:/etc/passwd"}, "/payload/data/url"),
        ({"url": ""}, "/payload/data/url"),
        ({}, "/payload/data/url"),
        ({"url": "{origin}/text/x", "text": "aGk="}, "/payload/data"),
        ({"url": "{origin}/text/x", "dataSrc": "ftp"}, "/payload/data/dataSrc"),
    ],
)
def test_what_may_not_be_fetched_is_refused_at_once(
    block: dict[str, str], path: str, served: Served, origin: OriginServer
) -> None:
    told = {key: value.replace("{origin}", origin.url) for key, value in block.items()}
    before = origin.hits.copy()
    assert problem(served.post("echo", {"payload": {"data": {"dataSrc": "http", **told}}})) == (400, 10009, path)
    assert origin.hits == before


def test_a_listed_name_that_leads_to_this_machine(served: Served, origin: OriginServer) -> None:
    before = origin.hits.copy()
    url = f"http://localhost:{origin.port}/text/x"
    assert problem(served.post("echo", once(url))) == (502, 10010, "/payload/data/url")
    assert origin.hits == before


def test_it_is_tried_as_often_as_the_configuration_says(served: Served, origin: OriginServer) -> None:
    status, answer = served.post("echo", once(f"{origin.url}/flaky/503/2"))
    assert (status, answer["payload"]["data"]["text"]) == (200, "whole at last")
    assert problem(served.post("echo", once(f"{origin.url}/cut/3")))[1] == 10012
    assert origin.hits["/cut/3"] == 3


@pytest.mark.parametrize("path", ["/hang", "/slow"])
def test_the_deadline_of_the_request(path: str, served: Served, origin: OriginServer) -> None:
    began = time.monotonic()
    answer = served.post("echo", once(origin.url + path), {"Aiges-Timeout-Ms": "1500"})
    assert problem(answer) == (504, 10013, "/payload/data/url")
    assert time.monotonic() - began >= 1.5
    assert origin.arrived.acquire(timeout=PATIENCE) and origin.left.acquire(timeout=PATIENCE)


def test_a_slow_origin_holds_no_slot_and_a_client_that_goes_ends_the_fetch(
    served: Served, origin: OriginServer
) -> None:
    """There is one slot."""
    before = ended_as(served, "http", "-20157")
    connection = served.connect()
    connection.request("POST", "/v1/private/echo", json.dumps(once(f"{origin.url}/hang")))
    assert origin.arrived.acquire(timeout=PATIENCE)
    assert served.post("echo", text("hello"))[0] == 200
    connection.close()
    assert origin.left.acquire(timeout=PATIENCE)
    wait_until(lambda: ended_as(served, "http", "-20157") == before + 1)


def ended_as(served: Served, transport: str, code: str) -> int:
    page = served.request("GET", "/metrics", health=True)[2].decode()
    lines = [line for line in page.splitlines() if line.startswith("aiges_requests_total")]
    return sum(int(line.split()[-1]) for line in lines if f'="{transport}"' in line and f'code="{code}"' in line)


def wait_until(check: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_events(served: Served, origin: OriginServer) -> None:
    def ask(url: str, **headers: str) -> tuple[int, bytes]:
        accept = {"Accept": "text/event-stream", **headers}
        status, _, body = served.request("POST", "/v1/private/echo", json.dumps(once(url)), accept)
        return status, body

    status, body = ask(f"{origin.url}/text/hello")
    events = [json.loads(part.removeprefix(b"data: ")) for part in body.split(b"\n\n") if part]
    assert status == 200 and base64.b64decode(events[0]["payload"]["data"]["text"]) == b"hello"
    status, body = ask(f"{origin.url}/missing")
    assert (status, json.loads(body)["header"]["code"]) == (502, 10011)
    status, body = ask(f"{origin.url}/hang", **{"Aiges-Timeout-Ms": "1500"})
    assert (status, json.loads(body)["header"]["code"]) == (504, 10013)
    assert origin.arrived.acquire(timeout=PATIENCE) and origin.left.acquire(timeout=PATIENCE)


def test_the_schema_sees_the_data(library: Path, origin: OriginServer) -> None:
    file = write_schema(library / "fetch.json")
    words = ("--set", f"http.schema={file}", "--set", f"http.fetchAllow={origin.url}", "library/libecho.so")
    with serving(*SETTINGS, *words, cwd=library) as one:

        def post(payload: dict[str, Any]) -> tuple[int, Any]:
            body = json.dumps({"parameter": {"speak": {"mode": "a"}}, "payload": payload})
            status, _, answer = one.request("POST", "/v2/speak", body)
            return status, json.loads(answer)

        assert post({"data": at(f"{origin.url}/bytes/48")})[0] == 200
        assert problem(post({"data": at(f"{origin.url}/bytes/49")})) == (400, 10107, "/payload/data/text")
        assert problem(post({"data": at(f"{origin.url}/bytes/1", encoding="x")}))[2] == "/payload/data/encoding"
        assert post({"aud": at(f"{origin.url}/text/x", encoding="raw")})[0] == 200, "its type is declared"
        assert problem(post({"data": at(f"{origin.url}/text/x", audio="")})) == (400, 10107, "/payload/data")
        assert one.stop() == 0


# ---- Streams ---------------------------------------------------------------------------------------------------------


def stream(served: Served) -> ClientConnection:
    return connect(f"ws://{served.address}/v1/private/echo")


def frame(status: int, **block: Any) -> str:
    return json.dumps({"payload": {"data": {"encoding": "utf8", "status": status, **block}}})


def here(data: str) -> str:
    return base64.b64encode(data.encode()).decode()


def received(ws: ClientConnection) -> tuple[list[str], dict[str, Any], int]:
    """The outputs, the last header, and the code of the close."""
    outputs, header = [], {}
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            message = json.loads(ws.recv())
            header = message["header"]
            if message.get("payload"):
                outputs.append(base64.b64decode(message["payload"]["data"]["text"]).decode())
    assert closed.value.rcvd is not None
    return outputs, header, closed.value.rcvd.code


def test_frames_keep_their_order(served: Served, origin: OriginServer) -> None:
    with stream(served) as ws:
        ws.send(frame(0, dataSrc="http", url=f"{origin.url}/text/one"))
        ws.send(frame(1, text=here("two")))
        ws.send(frame(1, dataSrc="http", url=f"{origin.url}/to/text/three"))
        ws.send(frame(1, text=here("four")))
        ws.send(frame(2, dataSrc="http", url=f"{origin.url}/text/five"))
        assert received(ws)[::2] == (["one", "two", "three", "four", "five"], 1000)


@pytest.mark.parametrize("first", [True, False])
def test_a_frame_whose_data_cannot_be_fetched_ends_the_stream(
    first: bool, served: Served, origin: OriginServer
) -> None:
    with stream(served) as ws:
        if not first:
            ws.send(frame(0, text=here("one")))
        ws.send(frame(0 if first else 1, dataSrc="http", url=f"{origin.url}/missing"))
        _, header, close = received(ws)
        assert (header["code"], header["path"], close) == (10011, "/payload/data/url", 1011)
    with stream(served) as ws:
        ws.send(frame(0, dataSrc="http", url=f"http://{LOCAL}:1/"))
        _, header, close = received(ws)
        assert (header["code"], close) == (10009, 1007)
    assert served.post("echo", text("x"))[0] == 200, "the slot is free"


@pytest.mark.parametrize("first", [True, False])
def test_a_client_that_goes_ends_the_fetch_of_its_frame(first: bool, served: Served, origin: OriginServer) -> None:
    before = ended_as(served, "ws", "-20157")
    with stream(served) as ws:
        if not first:
            ws.send(frame(0, text=here("one")))
            assert json.loads(ws.recv())["header"]["code"] == 0
        ws.send(frame(0 if first else 1, dataSrc="http", url=f"{origin.url}/hang"))
        ws.send(frame(1, text=here("waits")))  # kept, and not in the way of the news that the client is gone
        assert origin.arrived.acquire(timeout=PATIENCE)
        ws.socket.shutdown(socket.SHUT_RDWR)
        assert origin.left.acquire(timeout=PATIENCE)
    wait_until(lambda: ended_as(served, "ws", "-20157") == before + 1)
    assert served.post("echo", text("x"))[0] == 200, "the slot is free"


def test_the_end_of_a_session_ends_its_fetch(library: Path, origin: OriginServer) -> None:
    words = ("--set", f"http.fetchAllow={origin.url}", "--set", "ws.sessionTimeout=2", "library/libecho.so")
    with serving(*SETTINGS, *words, cwd=library) as one, stream(one) as ws:
        ws.send(frame(0, text=here("one")))
        ws.send(frame(1, dataSrc="http", url=f"{origin.url}/hang"))
        assert origin.arrived.acquire(timeout=PATIENCE)
        assert received(ws)[1]["code"] in (10013, 10114)  # whichever comes first: both are due
        assert origin.left.acquire(timeout=PATIENCE)


# ---- End -------------------------------------------------------------------------------------------------------------


def test_the_end_of_the_service_answers_who_waits_for_data(library: Path, origin: OriginServer) -> None:
    words = ("--set", f"http.fetchAllow={origin.url}", "library/libecho.so")
    answers: list[tuple[int, int, str | None]] = []
    with serving(*SETTINGS, *words, cwd=library) as one:
        asking = threading.Thread(target=lambda: answers.append(problem(one.post("echo", once(f"{origin.url}/hang")))))
        asking.start()
        assert origin.arrived.acquire(timeout=PATIENCE)
        assert one.stop(signal.SIGTERM) == 0
        asking.join()
    assert answers == [(503, -20150, "/payload/data/url")]
    assert origin.left.acquire(timeout=PATIENCE)


@pytest.mark.parametrize("wrong", ["http://a.example/path", "ftp://a.example", "a.example", "http://*"])
def test_a_wrong_origin_is_an_error_of_the_configuration(wrong: str, tmp_path: Path) -> None:
    from aiges_native.host.config import ConfigError, load

    (tmp_path / "aiges.toml").write_text(f'[fc]\nmax = 1\n[http]\nfetchAllow = ["http://b.example", "{wrong}"]\n')
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "aiges.toml")
    assert caught.value.line == 4 and f"'{wrong}' is no origin, expected http://HOST" in str(caught.value)
