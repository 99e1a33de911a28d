"""Requests held to a schema in every form they can have, and requests whose data is still to come."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastjsonschema")

from host.schemas import block, schema, write_schema

from aiges_native.host.protocol import (
    InputState,
    ProtocolError,
    Request,
    Service,
    complete,
    decode_frame,
    decode_once,
)
from aiges_native.host.schema import SchemaFile

SID = "sid"
FORM = "multipart/form-data; boundary=B"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return serving(tmp_path)


def serving(folder: Path, validate: str = "strict", seen: list[Any] | None = None, **more: Any) -> Service:
    """``more``: members of the schema file."""
    file = SchemaFile.read(write_schema(folder / "s.json", **more), every=validate == "compat")
    return Service(
        "speak",
        inputs=file.inputs,
        outputs=file.outputs,
        schema=file.checks,
        validate=validate,
        on_violation=None if seen is None else lambda *what: seen.append(what),
        not_fetched=lambda url: None if url.startswith("http://a/") else "address is not allowed",
    )


def one_input(folder: Path, **properties: Any) -> Service:
    """A service of one input, so that raw bodies are taken."""
    parts = schema()["schemainput"]["properties"]
    blocks = {"type": "object", "properties": {"aud": block("audio", **properties)}}
    return serving(folder, schemainput={"properties": {**parts, "payload": blocks}})


def b64(data: bytes = b"hello") -> str:
    return base64.b64encode(data).decode()


def body(payload: Any = None, **parameter: Any) -> bytes:
    told = {"parameter": {"speak": {"mode": "a", **parameter}}}
    return json.dumps({**told, "payload": {"data": {"text": b64()}} if payload is None else payload}).encode()


def refused(service: Service, request: bytes, **how: Any) -> tuple[int, str | None]:
    with pytest.raises(ProtocolError) as caught:
        decode_once(service, request, SID, **how)
    return caught.value.code, caught.value.path


def part(name: str, data: bytes) -> bytes:
    return b'--B\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), data)


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_request_that_the_schema_allows_keeps_nothing_of_the_check(service: Service) -> None:
    request = decode_once(service, body(), SID)
    assert request.nodes[0].data == b"hello" and request.told is None and request.fetches == ()


def test_what_the_reader_lets_pass_the_schema_does_not(service: Service) -> None:
    assert refused(service, body(payload={"data": {"text": {"a": 1}}})) == (10107, "/payload/data/text")
    assert refused(service, body(**{"echo.upper": "1"})) == (10107, "/parameter/speak/echo.upper")
    assert refused(service, body(level=True)) == (10107, "/parameter/speak/level")
    assert decode_once(service, body(level=None, mode="b"), SID).params == {"mode": "b", "sid": SID}


def test_numbers_that_nobody_else_reads(service: Service) -> None:
    odd = body().replace(b'"payload"', b'"odd": 1e999, "payload"')
    assert refused(service, odd)[0] == 10107
    assert decode_once(Service("speak"), odd, SID).nodes


def test_a_schema_that_holds_itself_and_a_deep_request(tmp_path: Path) -> None:
    step = {"properties": {"n": {"$ref": "#/definitions/other"}}}
    deep = {"definitions": {"n": step, "other": {"allOf": [{"$ref": "#/definitions/n"}]}}, "$ref": "#/definitions/n"}
    service = serving(tmp_path, schemainput=deep)

    def nested(depth: int) -> bytes:
        return b'{"payload":{"a":{"text":"aGk="}},"n":%b}' % (b'{"n":' * depth + b"{}" + b"}" * depth)

    assert decode_once(service, nested(100), SID).nodes
    assert refused(service, nested(700)) == (10107, "")
    assert refused(service, nested(5000))[0] == 10000


def test_forms_are_taken_for_the_json_that_says_the_same(service: Service) -> None:
    told = json.dumps({"parameter": {"speak": {"mode": "a"}}, "payload": {"data": {"encoding": "utf8"}}}).encode()
    whole = part("json", told) + part("data", b"hello") + b"--B--"
    assert decode_once(service, whole, SID, content_type=FORM).nodes[0].desc == {"encoding": "utf8"}
    long = part("json", told) + part("data", b"x" * 49) + b"--B--"
    assert refused(service, long, content_type=FORM) == (10107, "/payload/data/text")
    wrong = part("json", told.replace(b"utf8", b"big5")) + part("data", b"hello") + b"--B--"
    assert refused(service, wrong, content_type=FORM) == (10107, "/payload/data/encoding")
    assert refused(service, part("data", b"hello") + b"--B--", content_type=FORM) == (10107, "/parameter")


def test_raw_bodies(tmp_path: Path) -> None:
    service = one_input(tmp_path)
    request = decode_once(service, b"hello", SID, content_type="audio/wav", query="p.mode=a&p.echo.upper=1&p.free=x")
    assert request.params == {"mode": "a", "echo.upper": "1", "free": "x", "sid": SID} and request.told is None
    how = {"content_type": "audio/wav", "query": "p.mode=a&p.echo.upper=2"}
    assert refused(service, b"hello", **how) == (10107, "/parameter/speak/echo.upper")
    assert refused(service, b"hello", **{**how, "query": "p.echo.upper=1"}) == (10107, "/parameter/speak/mode")
    assert refused(service, b"x" * 49, **{**how, "query": "p.mode=a"}) == (10107, "/payload/aud/audio")
    with_status = one_input(tmp_path, status={"enum": [3]})
    assert decode_once(with_status, b"hello", SID, **{**how, "query": "p.mode=a"}).nodes


def test_compat_serves_and_reports_everything(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    service = serving(tmp_path, "compat", seen)
    payload = {"data": {"text": b64(), "encoding": "big5"}, "free": {"text": b64()}}
    assert len(decode_once(service, body(payload, mode="c"), SID).nodes) == 2
    assert {path for path, _ in seen} == {"/parameter/speak/mode", "/payload/data/encoding", "/payload"}


# --- streams ----------------------------------------------------------------------------------------------------------


def frame(status: int, data: bytes = b"hello", **parameter: Any) -> bytes:
    told: dict[str, Any] = {"payload": {"data": {"status": status, "text": b64(data)}}}
    return json.dumps({**told, "parameter": {"speak": parameter}} if parameter else told).encode()


def test_the_first_frame_is_a_whole_request_and_the_others_are_payload(service: Service) -> None:
    state = InputState(SID)
    for wrong in (frame(0), frame(0, mode="c"), frame(0, b"x" * 49, mode="a")):
        with pytest.raises(ProtocolError, match="10107"):
            decode_frame(service, state, wrong)
    assert not state.opened
    decode_frame(service, state, frame(0, mode="a"))
    decode_frame(service, state, frame(1).decode())
    with pytest.raises(ProtocolError) as caught:
        decode_frame(service, state, frame(1, b"x" * 49))
    assert (caught.value.code, caught.value.path) == (10107, "/payload/data/text")
    assert decode_frame(service, state, b'{"payload":{"data":{"status":2}}}').status == 2


def test_binary_frames_are_held_to_the_schema_of_their_data(service: Service) -> None:
    def binary(status: int, data: bytes | None, **more: Any) -> bytes:
        told = {"data": {"status": status} if data is None else {"status": status, "text": len(data)}}
        return json.dumps({"payload": told, **more}).encode() + b"\n" + (data or b"")

    state = InputState(SID)
    first = binary(0, b"hello", parameter={"speak": {"mode": "a"}})
    assert decode_frame(service, state, first, framed=True).nodes[0].data == b"hello"
    with pytest.raises(ProtocolError) as caught:
        decode_frame(service, state, binary(1, b"x" * 49), framed=True)
    assert (caught.value.code, caught.value.path) == (10107, "/payload/data/text")
    assert decode_frame(service, state, binary(2, None), framed=True).status == 2


# --- data that is to come ---------------------------------------------------------------------------------------------


def source(url: str = "http://a/x", **more: Any) -> dict[str, Any]:
    return {"dataSrc": "http", "url": url, **more}


def test_a_block_with_an_address_waits_for_its_data(service: Service) -> None:
    request = decode_once(service, body({"data": {"text": b64()}, "aud": source(encoding="raw", seq=1)}), SID)
    (fetch,) = request.fetches
    assert (fetch.url, fetch.path, fetch.node.key) == ("http://a/x", "/payload/aud/url", "aud")
    node = request.nodes[1]
    assert (node is fetch.node, node.data, node.type, node.status) == (True, b"", 1, 3)
    assert node.desc == {"encoding": "raw", "seq": "1"}
    complete(service, request, [b"sound"])
    assert node.data == b"sound" and request.fetches == () and request.told is None


def test_the_schema_waits_for_the_data_and_what_is_declared_does_not(service: Service) -> None:
    request = decode_once(service, body({"data": source()}), SID)
    with pytest.raises(ProtocolError) as caught:
        complete(service, request, [b"x" * 49])
    assert (caught.value.code, caught.value.path) == (10107, "/payload/data/text")
    assert refused(service, body({"data": source(audio="")})) == (10107, "/payload/data")
    assert refused(service, body({"data": source(url="http://b/")})) == (10009, "/payload/data/url")


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        (source(text="aGk="), 10009, "/payload/data"),
        (source(text={}), 10009, "/payload/data"),
        (source(text="", audio=""), 10001, "/payload/data"),
        (source(url="http://b/"), 10009, "/payload/data/url"),
        ({"dataSrc": "http"}, 10009, "/payload/data/url"),
        ({"dataSrc": "HTTP", "url": "http://a/x"}, 10009, "/payload/data/dataSrc"),
        (source(url=5), 10009, "/payload/data/url"),
        (source(url={}), 10107, "/payload/data/url"),
        ({"dataSrc": "http\0", "url": "http://a/x"}, 10107, "/payload/data/dataSrc"),
    ],
)
def test_sources_that_are_none(given: Any, code: int, path: str) -> None:
    service = Service("svc", not_fetched=lambda url: None if url == "http://a/x" else "address is not allowed")
    assert refused(service, json.dumps({"payload": {"data": given}}).encode()) == (code, path)


@pytest.mark.parametrize(
    ("given", "data_type"),
    [(source(), 0), (source(image=""), 2), (source(data_type="video"), 3), (source(other="", data_type="video"), 4)],
)
def test_the_type_of_data_to_come(given: Any, data_type: int) -> None:
    service = Service("svc", not_fetched=lambda url: None)
    request = decode_once(service, json.dumps({"payload": {"x": given}}).encode(), SID)
    assert request.nodes[0].type == data_type
    complete(service, request, [b"data"])
    assert (request.nodes[0].data, request.nodes[0].type) == (b"data", data_type)


def test_a_part_of_a_form_is_no_address(service: Service) -> None:
    told = json.dumps({"payload": {"data": source()}}).encode()
    form = part("json", told) + part("data", b"hello") + b"--B--"
    assert refused(service, form, content_type=FORM) == (10009, "/payload/data")


def test_frames_with_addresses() -> None:
    service = Service("svc", not_fetched=lambda url: None)
    state = InputState(SID)

    def decoded(**given: Any) -> Request:
        return decode_frame(service, state, json.dumps({"payload": {"a": given}}).encode())

    first = decoded(**source(data_type="audio"))
    assert [(node.type, node.status) for node in first.nodes] == [(1, 0)] and len(first.fetches) == 1
    last = decoded(status=2)
    assert [(node.type, node.status) for node in last.nodes] == [(1, 2)], "an end without data is of the same type"
    assert state.over
    framed = json.dumps({"payload": {"a": source(), "b": {"text": 2}}}).encode() + b"\nhi"
    request = decode_frame(service, InputState(SID), framed, framed=True)
    complete(service, request, [b"fetched"])
    assert [node.data for node in request.nodes] == [b"fetched", b"hi"]
