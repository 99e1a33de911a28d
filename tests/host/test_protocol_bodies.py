"""Once requests that are not plain JSON: gzip, forms, raw bodies, sizes; and what a service declares."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from aiges_native.host.protocol import ProtocolError, Request, Service, decode_once
from aiges_native.sdk.fields import (
    AudioBodyField,
    ImageBodyField,
    IntegerParamField,
    StringBodyField,
    StringParamField,
)

SID = "sid"
PLAIN = json.dumps({"payload": {"data": {"text": "aGVsbG8="}}}).encode()


def refused(service: Service, request: bytes, **how: Any) -> tuple[int, str | None]:
    with pytest.raises(ProtocolError) as caught:
        decode_once(service, request, SID, **how)
    return caught.value.code, caught.value.path


@pytest.fixture
def service() -> Service:
    return Service("svc")


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "junk"]
)
def test_json_whatever_its_type_says(service: Service, content_type: str) -> None:
    assert decode_once(service, PLAIN, SID, content_type=content_type).nodes[0].data == b"hello"


# --- gzip and sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_gzip(service: Service, encoding: str) -> None:
    assert decode_once(service, gzip.compress(PLAIN), SID, content_encoding=encoding).nodes[0].data == b"hello"
    members = gzip.compress(PLAIN[:5]) + gzip.compress(PLAIN[5:])
    assert decode_once(service, members, SID, content_encoding=encoding).nodes[0].data == b"hello"
    assert decode_once(service, PLAIN, SID, content_encoding="identity").nodes[0].data == b"hello"


@pytest.mark.parametrize(
    "body", [b"", b"junk", PLAIN, gzip.compress(PLAIN)[:-1], gzip.compress(PLAIN) + b"x", gzip.compress(PLAIN)[:20]]
)
def test_broken_gzip(service: Service, body: bytes) -> None:
    assert refused(service, body, content_encoding="gzip") == (10000, None)


def test_other_encodings(service: Service) -> None:
    assert refused(service, PLAIN, content_encoding="br") == (10000, None)


def test_sizes(service: Service) -> None:
    assert decode_once(service, PLAIN, SID, limit=len(PLAIN)).nodes
    assert refused(service, PLAIN, limit=len(PLAIN) - 1) == (-20155, None)
    bomb = gzip.compress(b'{"x":"' + b"a" * 5_000_000 + b'"}')
    assert len(bomb) < 10_000
    assert refused(service, bomb, content_encoding="gzip", limit=1_000_000) == (-20155, None)
    several = gzip.compress(b"a" * 600) + gzip.compress(b"a" * 600)
    assert refused(service, several, content_encoding="gzip", limit=1000) == (-20155, None)


# --- raw bodies -------------------------------------------------------------------------------------------------------


def test_a_raw_body_is_the_only_input() -> None:
    service = Service("svc", inputs=[AudioBodyField("speech")])
    content = b'{"\0\xff'
    request = decode_once(
        service, content, SID, content_type="application/octet-stream", query="p.rate=8000&p.mode=a%20b&x=1&p.=2"
    )
    assert request.params == {"rate": "8000", "mode": "a b", "sid": SID}
    (node,) = request.nodes
    assert (node.key, node.type, node.status) == ("speech", 1, 3)
    assert node.data is content  # not copied
    assert request.expects is None


@pytest.mark.parametrize(("content_type", "kind"), [("audio/wav", 1), ("image/png; x=1", 2), ("VIDEO/mp4", 3)])
def test_the_type_of_a_raw_body(service: Service, content_type: str, kind: int) -> None:
    (node,) = decode_once(service, b"\0", SID, content_type=content_type).nodes
    assert (node.key, node.type) == ("data", kind)


def test_a_raw_body_of_a_service_that_declares_nothing(service: Service) -> None:
    (node,) = decode_once(service, b"\0", SID, content_type="application/octet-stream").nodes
    assert (node.key, node.type) == ("data", 4)


@pytest.mark.parametrize("inputs", [[], [StringBodyField("a"), StringBodyField("b")]])
def test_a_raw_body_needs_one_input(inputs: list[Any]) -> None:
    assert refused(Service("svc", inputs=inputs), b"x", content_type="audio/wav") == (10001, None)


def test_queries(service: Service) -> None:
    how = {"content_type": "audio/wav"}
    assert refused(service, b"x", query="p.a=%ff", **how)[0] == 10107
    assert refused(service, b"x", query="p.a=%00", **how) == (10107, "/p.a")
    request = decode_once(service, b"x", SID, query="p.aiges.deadline_ms=1&p.sid=mine&p.e=&p.a=1&p.a=2", **how)
    assert request.params == {"sid": SID, "e": "", "a": "2"}


# --- forms ------------------------------------------------------------------------------------------------------------


def form(*parts: tuple[str, bytes], boundary: bytes = b"XX") -> bytes:
    made = b"".join(b"--" + boundary + b"\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts)
    return made + b"--" + boundary + b"--\r\n"


def named(name: str, kind: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"; filename="x.bin"' + (
        f"\r\nContent-Type: {kind}" if kind else ""
    )


def posted(service: Service, body: bytes, boundary: str = "XX") -> Request:
    return decode_once(service, body, SID, content_type=f"multipart/form-data; boundary={boundary}")


def test_a_form() -> None:
    service = Service("svc", header_pass=["appid"])
    told = json.dumps(
        {
            "header": {"appid": "a1"},
            "parameter": {"svc": {"speed": 5, "out": {"encoding": "utf8"}}},
            "payload": {"speech": {"sample_rate": 8000}, "more": {"text": "aGVsbG8="}},
        }
    ).encode()
    content = b"\r\n--X\r\n--\0\xff\r\n"
    request = posted(
        service,
        form((named("json", "application/json"), told), (named("speech", "audio/wav"), content), (named("b"), b"")),
    )
    assert request.params == {"speed": "5", "appid": "a1", "sid": SID}
    assert request.expects == {"out": {"encoding": "utf8"}}
    nodes = {node.key: node for node in request.nodes}
    assert (nodes["speech"].data, nodes["speech"].type, nodes["speech"].status) == (content, 1, 3)
    assert nodes["speech"].desc == {"sample_rate": "8000"}
    assert nodes["more"].data == b"hello" and nodes["b"].data == b""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", 0),
        ("text/plain", 0),
        ("application/json", 0),
        ("audio/x", 1),
        ("image/png", 2),
        ("video/x", 3),
        ("application/octet-stream", 4),
        ("application/pdf", 4),
    ],
)
def test_the_type_of_a_part(service: Service, kind: str, expected: int) -> None:
    assert posted(service, form((named("a", kind), b"x"))).nodes[0].type == expected
    declared = Service("svc", inputs=[ImageBodyField("a")])
    if kind in ("", "application/octet-stream"):
        assert posted(declared, form((named("a", kind), b"x"))).nodes[0].type == 2


def test_forms_as_clients_write_them(service: Service) -> None:
    preamble = b"ignored\r\n" + form((named("a"), b"x")) + b"epilogue"
    assert posted(service, preamble).nodes[0].data == b"x"
    assert posted(service, form((named("a"), b"x"), boundary=b"a b"), '"a b"').nodes[0].data == b"x"
    assert posted(service, form((named("数"), b"x"))).nodes[0].key == "数"
    quoted = form(
        (r'content-disposition:form-data;FILENAME="; name=b";name = "a\"\\"', b"x"),
        ("a:\r\nContent-Disposition:form-data;name=t;", b"y"),
    )
    assert [node.key for node in posted(service, quoted).nodes] == ['a"\\', "t"]
    padded = form((named("a"), b"x")).replace(b"--XX\r\n", b"--XX \t\r\n")
    assert posted(service, padded).nodes[0].data == b"x"


WHOLE = form((named("a"), b"x"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 10000),
        (b"--XX", 10000),
        (b"no boundary", 10000),
        (WHOLE[:-6], 10000),
        (WHOLE.replace(b"--XX\r\n", b"--XXjunk\r\n", 1), 10000),
        (b"--XX\r\nno blank line\r\n--XX--", 10000),
        (form(("X: " + "y" * 9000, b"x")), 10000),
        (form(*[(named(str(number)), b"") for number in range(300)]), 10000),
        (form(("X: y", b"x")), 10001),
        (form((named(""), b"x")), 10001),
        (form((named("a"), b"x"), (named("a"), b"y")), 10001),
        (form((named("json"), b"{")), 10000),
        (form((named("json"), b'{"x":"\xff"}')), 10000),
        (WHOLE.replace(b'"a"', b'"\xff"'), 10000),
        (form((named("json"), b'{"payload":{"a":{"text":""}}}'), (named("a"), b"x")), 10001),
        (form((named("json"), b"{}")), 10009),
        (b"--XX--", 10009),
        (form(("no colon", b"x")), 10000),
        (form(('Content-Disposition: form-data; name="a', b"x")), 10001),
        (form((named("aiges.a"), b"x")), 10009),
    ],
)
def test_broken_forms(service: Service, body: bytes, code: int) -> None:
    with pytest.raises(ProtocolError) as caught:
        posted(service, body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 71],
)
def test_a_form_without_boundary(service: Service, content_type: str) -> None:
    assert refused(service, WHOLE, content_type=content_type) == (10000, None)


# --- declarations -----------------------------------------------------------------------------------------------------

PARAMS = [StringParamField("mode", enums=["a", "b"], required=True), IntegerParamField("n", 1, 9)]
INPUTS = [ImageBodyField("img"), StringBodyField("data")]


def request(field: str = "image", **params: Any) -> bytes:
    content = base64.b64encode(b"x").decode()
    return json.dumps({"parameter": {"svc": params}, "payload": {"img": {field: content}}}).encode()


def test_strict() -> None:
    service = Service("svc", inputs=INPUTS, params=PARAMS, validate="strict")
    for _ in range(2):  # from memory, too
        assert decode_once(service, request(mode="a", n=5), SID).params["n"] == "5"
        assert refused(service, request(mode="c")) == (10107, "/parameter/svc/mode")
        assert refused(service, request()) == (10107, "/parameter/svc/mode")
        assert refused(service, request(mode="a", n=10)) == (10107, "/parameter/svc/n")
        assert refused(service, request(mode="a" * 500)) == (10107, "/parameter/svc/mode")
        assert refused(service, request("audio", mode="a")) == (10107, "/payload/img")


def test_compat_serves_and_reports() -> None:
    seen: list[tuple[str, str]] = []
    service = Service("svc", inputs=INPUTS, params=PARAMS, on_violation=lambda *what: seen.append(what))
    assert decode_once(service, request("audio", mode="c"), SID).params["mode"] == "c"
    assert [path for path, _ in seen] == ["/parameter/svc/mode", "/payload/img"]
    assert "'c'" in seen[0][1] and "audio, expected image" in seen[1][1]
    assert decode_once(Service("svc", params=PARAMS), request(), SID)  # nobody listens


def test_what_is_not_declared_is_not_judged() -> None:
    service = Service("svc", inputs=INPUTS, params=PARAMS, validate="strict")
    assert decode_once(service, request(mode="a", free="x"), SID).params["free"] == "x"


def test_words_of_a_service() -> None:
    with pytest.raises(ValueError, match="'loose', expected 'compat' or 'strict'"):
        Service("svc", validate="loose")
    with pytest.raises(ValueError, match="reply"):
        Service("svc", reply="other")
