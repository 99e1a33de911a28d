"""How answers look, in the historic form and in the typed one, on HTTP and WebSocket."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from host.host_process import eventually
from host.wire import AT_ONCE, ask, block, code_of, encoded, metric, open_stream, rest_of, stream_of
from serving import Served, serving

TYPED = {"Aiges-Reply": "typed"}
LATIN = "grüße".encode("latin-1")


@pytest.fixture(scope="module")
def engines(compiled: Callable[[str], Path]) -> list[Path]:
    return [compiled("csrc/engines/echo.c"), compiled("tests/host/tell.c"), compiled("tests/engines/museum/dies.c")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, engines: list[Path]) -> Iterator[Served]:
    with serving(*AT_ONCE, *engines, cwd=tmp_path_factory.mktemp("replies")) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory, engines: list[Path]) -> Iterator[Served]:
    words = (*AT_ONCE, "--set", "http.reply=typed", "--set", "http.legacy_status=true", "--set", "ws.closeCompat=1")
    with serving(*words, *engines, cwd=tmp_path_factory.mktemp("typed")) as running:
        yield running
        assert running.stop() == 0


def over(transport: str, served: Served, payload: dict[str, Any], headers: dict[str, str], **more: Any) -> Any:
    """What echo answers to a payload, whatever the transport: header and payload."""
    request = {"payload": payload, **more}
    if transport == "http":
        status, answer = served.post("echo", request, headers)
        assert status == 200, answer
        return answer["header"], answer["payload"]
    told = stream_of(served, "echo", request, additional_headers=headers)
    assert (told.code, told.close) == (0, 1000), told
    return told.messages[-1]["header"], told.outputs[-1]


#: What is sent, and what comes back: of HTTP, of WebSocket, typed; ``None``: no word ``transfer``.
BLOCKS = [
    pytest.param(block("grüße", 3), "grüße", encoded("grüße"), ("grüße", "plain"), id="text"),
    pytest.param(
        block('{"a":[1,2]}', 3, format="json"), '{"a":[1,2]}', {"a": [1, 2]}, ({"a": [1, 2]}, "json"), id="json"
    ),
    pytest.param(block("{no", 3, format="json"), "{no", encoded("{no"), ("{no", "plain"), id="said to be json"),
    pytest.param(block(LATIN, 3), encoded(LATIN), encoded(LATIN), (encoded(LATIN), "base64"), id="no UTF-8"),
    pytest.param(block("", 3), "", "", ("", "plain"), id="empty"),
]


@pytest.mark.parametrize(("sent", "plain", "streamed", "both"), BLOCKS)
def test_text(served, typed, sent, plain, streamed, both):
    transfer = "base64" if sent["text"] == encoded(LATIN) else None
    for transport, value in (("http", plain), ("ws", streamed)):
        header, payload = over(transport, served, {"data": sent}, {})
        found = payload["data"]
        assert found["text"] == value, transport
        assert (found["seq"], found["status"]) == ("0" if transport == "http" else "1", "3")
        assert found.get("transfer") == (transfer if transport == "http" else None)
        assert header.get("message") == (None if transport == "http" else "success")
        for asked, how in ((served, TYPED), (typed, {})):
            header, payload = over(transport, asked, {"data": sent}, how)
            found = payload["data"]
            assert (found["text"], found["transfer"]) == both, transport
            assert (found["seq"], found["status"]) == (0 if transport == "http" else 1, 3)
            assert header["message"] == "success" and header["code"] == 0 and header["status"] == 3


@pytest.mark.parametrize("field", ["audio", "image", "video", "other"])
def test_data_that_is_no_text_is_base64(served, field):
    for transport in ("http", "ws"):
        for how in ({}, TYPED):
            found = over(transport, served, {"data": block(b"abc\xff", 3, field)}, how)[1]["data"]
            assert base64.b64decode(found[field]) == b"abc\xff"
            assert found.get("transfer") == ("base64" if how else None)


def test_events_may_be_typed(served):
    headers = {"Accept": "text/event-stream", **TYPED}
    status, _, body = served.request("POST", "/v1/private/echo", json.dumps(ask("hello")), headers)
    (event,) = [json.loads(line[6:]) for line in body.decode().split("\n\n") if line]
    assert status == 200 and event["payload"]["data"]["text"] == "hello" and event["payload"]["data"]["status"] == 3


@pytest.mark.parametrize("transport", ["http", "ws"])
def test_the_clients_words_lie_over_the_engines(served, transport):
    """An output is described by the engine, overlaid with what the client expects."""
    sent = block("x", 3, encoding="utf8", format="plain", sample_rate=8000)
    expect = {"data_type": "text", "encoding": "gb2312", "level": 2}
    found = over(transport, served, {"data": sent}, {}, parameter={"echo": {"data": expect}})[1]["data"]
    del found["text"], found["seq"], found["status"]
    assert found == {"encoding": "gb2312", "format": "plain", "sample_rate": "8000", "level": "2"}


@pytest.mark.parametrize("transport", ["http", "ws"])
def test_outputs_that_nobody_listed_are_dropped_and_counted(served, transport):
    payload = {"a": block("1", 3), "b": block("2", 3), "c": block("3", 3)}
    assert list(over(transport, served, payload, {})[1]) == ["a", "b", "c"], "no word about outputs: all of them"
    line = 'aiges_output_dropped_total{service="echo",reason="unlisted"}'
    before = metric(served, line)
    found = over(transport, served, payload, {}, parameter={"echo": {"b": {"encoding": "utf8"}}})[1]
    assert list(found) == ["b"]
    over(transport, served, payload, {}, parameter={"echo": {"none": {}}})
    eventually(lambda: metric(served, line) == before + 5, "five more outputs are counted")


@pytest.mark.parametrize("transport", ["http", "ws"])
def test_an_output_of_another_type_is_an_error_that_names_both(served, transport):
    request = ask(parameter={"echo": {"data": {"data_type": "audio"}}})
    if transport == "http":
        status, answer = served.post("echo", request)
        assert status == 502
    else:
        told = stream_of(served, "echo", request)
        assert (told.close, told.reason) == (1011, "code=10106")
        answer = told.messages[-1]
    assert code_of(answer) == 10106
    assert "text" in answer["header"]["message"] and "audio" in answer["header"]["message"]


def test_a_once_output_is_whole_and_frees_its_slot(served):
    for _ in range(100):
        status, answer = served.post("tell", ask(parameter={"tell": {"do": "begin"}}))
        assert status == 200 and answer["payload"]["told"]["status"] == "3"


@pytest.mark.parametrize("do", ["empty", "none"])
@pytest.mark.parametrize("how", [{}, TYPED])
def test_no_output_is_a_success_at_once(served, do, how):
    status, answer = served.post("tell", ask(parameter={"tell": {"do": do}}), how)
    assert (status, code_of(answer), answer["payload"]) == (200, 0, {})


@pytest.mark.parametrize("payload", [{}, None, {"data": None}])
def test_no_payload_is_an_error_at_once(served, payload):
    for request in ({"payload": payload}, {"header": {}}):
        status, answer = served.post("echo", request)
        assert (status, code_of(answer), answer["header"]["path"]) == (400, 10009, "/payload")


# ---- Errors ----------------------------------------------------------------------------------------------------------


def test_the_engines_own_error_is_told_with_its_code(served):
    status, answer = served.post("tell", ask(parameter={"tell": {"do": "fail"}}))
    header = answer["header"]
    assert (status, header["code"], header["engine_code"]) == (500, 10909, 4711)
    assert header["message"] == "the engine's own text;code=4711" and answer["payload"] is None
    assert len(header["sid"]) == 36


@pytest.mark.parametrize(("body", "code"), [(b"{", 10000), (ask(parameter={"tell": {"do": "fail"}}), 10909)])
def test_every_error_may_be_500_and_every_close_1000(typed, body, code):
    status, answer = typed.post("tell", body)
    assert (status, code_of(answer)) == (500, code)
    told = stream_of(typed, "tell", b"{")
    assert (told.code, told.close, told.reason) == (10000, 1000, "code=10000")


def test_answers_may_be_read_by_pages_of_any_origin(served):
    for method, body in (("POST", json.dumps(ask())), ("POST", "{"), ("GET", None), ("OPTIONS", None)):
        headers = served.request(method, "/v1/private/echo", body, {"Origin": "http://elsewhere"})[1]
        assert headers["access-control-allow-origin"] == "*"
        assert not any("credentials" in name for name in headers)


def test_a_stream_is_named_in_the_historic_form(served):
    with open_stream(served, "echo") as stream:
        stream.send(json.dumps(ask(status=3)))
        told = rest_of(stream)
    sids = {message["header"]["sid"] for message in told.messages}
    (sid,) = sids
    assert len(sid) == 32 and sid[11] == "@" and sid.endswith("2")
    assert int(sid[3:11], 16) >= 0 and int(sid[14:25], 16) > 0 and int(sid[25:29], 16) >= 0
