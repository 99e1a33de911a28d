"""Once requests in JSON: every rule of the shape, and the text of every value."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from aiges_native.host.protocol import ProtocolError, Request, Service, decode_once
from aiges_native.host.protocol.exact_json import decode as exact
from aiges_native.host.protocol.typed_json import decode as typed

SID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SERVICE = Service("svc", header_pass=["appid", "level", "sid", "aiges.x"])


def data(text: bytes = b"hello") -> str:
    return base64.b64encode(text).decode()


def body(**parts: Any) -> bytes:
    return json.dumps({"payload": {"data": {"text": data()}}, **parts}).encode()


def block(**members: Any) -> bytes:
    return body(payload={"data": members})


def decoded(request: bytes, service: Service = SERVICE, **how: Any) -> Request:
    return decode_once(service, request, SID, **how)


def refused(request: bytes, service: Service = SERVICE, **how: Any) -> tuple[int, str | None]:
    with pytest.raises(ProtocolError) as caught:
        decode_once(service, request, SID, **how)
    assert caught.value.message and "0x" not in caught.value.message
    return caught.value.code, caught.value.path


def everything(request: Request) -> tuple[Any, ...]:
    nodes = [(node.key, node.data, node.type, node.status, node.desc) for node in request.nodes]
    return request.params, request.expects, request.header, nodes, request.status, request.client_sid


COMMON = {
    "header": {"appid": "a1", "uid": "u", "status": 3, "sid": "mine"},
    "parameter": {
        "svc": {
            "speed": 5,
            "result": {"data_type": "text", "encoding": "utf8", "compress": "raw", "format": "plain"},
        }
    },
    "payload": {
        "data": {
            "encoding": "utf8",
            "compress": "raw",
            "format": "plain",
            "status": 3,
            "seq": 0,
            "text": "aGVsbG8=",
        }
    },
}


def test_a_request() -> None:
    request = decoded(json.dumps(COMMON).encode())
    assert request.params == {"speed": "5", "appid": "a1", "sid": SID}
    assert request.expects == {
        "result": {"data_type": "text", "encoding": "utf8", "compress": "raw", "format": "plain"}
    }
    assert request.header == {"appid": "a1", "uid": "u", "status": "3", "sid": "mine"}
    assert (request.status, request.client_sid) == (3, "mine")
    (node,) = request.nodes
    assert (node.key, node.data, node.type, node.status) == ("data", b"hello", 0, 3)
    assert node.desc == {"encoding": "utf8", "compress": "raw", "format": "plain", "seq": "0"}


def test_requests_do_not_share_what_they_may_change() -> None:
    text = json.dumps(COMMON).encode()
    first = decoded(text)
    first.params["speed"] = "changed"
    first.nodes[0].desc["encoding"] = "changed"
    second = decoded(text)
    assert second.params["speed"] == "5"
    assert second.nodes[0].desc["encoding"] == "utf8"


# --- JSON values as texts ---------------------------------------------------------------------------------------------

VALUES = [
    ("5", "5"),
    ("-7", "-7"),
    ("0", "0"),
    ("-0", "0"),
    ("9" * 30, "9" * 30),
    ("1" * 5000, "1" * 5000),
    ("-" + "1" * 5000, "-" + "1" * 5000),
    ("5.0", "5"),
    ("1.5", "1.5"),
    ("2e-3", "0.002"),
    ("1e3", "1000"),
    ("1E+2", "100"),
    ("1e-400", "0"),
    ("1e22", "1" + "0" * 22),
    ("123456789.125", "123456789.125"),
    ("true", "true"),
    ("false", "false"),
    ('"text"', "text"),
    ('""', ""),
    ('"\\u4e2d\\n"', "中\n"),
    ('"中"', "中"),
    ('"5"', "5"),
]


@pytest.mark.parametrize(("literal", "text"), VALUES, ids=[literal[:20] for literal, _ in VALUES])
@pytest.mark.parametrize("exactly", [False, True])
def test_scalars(literal: str, text: str, exactly: bool) -> None:
    odd = ',"odd":1' if exactly else ""  # a member that the common shape does not have
    request = decoded(
        (
            f'{{"header":{{"level":{literal}}},"parameter":{{"svc":{{"p":{literal}}}}},'
            f'"payload":{{"data":{{"text":"aGVsbG8=","mood":{literal}{odd}}}}}}}'
        ).encode()
    )
    assert request.params["p"] == text
    assert request.header["level"] == text and request.params["level"] == text
    assert request.nodes[0].desc["mood"] == text


def test_null() -> None:
    request = decoded(
        b'{"header":{"level":null},"parameter":{"svc":{"p":null,"r":{"encoding":null,"data_type":null}}},'
        b'"payload":{"data":{"text":"aGVsbG8=","audio":null,"encoding":null},"none":null}}'
    )
    assert request.params == {"level": "", "sid": SID}
    assert request.expects == {"r": {}}
    assert request.header == {"level": ""}
    assert [node.key for node in request.nodes] == ["data"]
    assert request.nodes[0].desc == {"encoding": ""}


@pytest.mark.parametrize("value", [[], [1], {"a": 1}])
def test_arrays_and_objects_are_no_texts(value: Any) -> None:
    assert refused(body(header={"appid": value})) == (10107, "/header/appid")
    assert refused(block(text=data(), sample_rate=value)) == (10107, "/payload/data/sample_rate")
    assert refused(body(parameter={"svc": {"r": {"extra": value}}})) == (10107, "/parameter/svc/r/extra")
    assert refused(body(parameter={"svc": {"p": [value]}})) == (10107, "/parameter/svc/p")


@pytest.mark.parametrize("literal", [b"1e400", b"-1e999"])
def test_numbers_beyond_a_double(literal: bytes) -> None:
    assert refused(b'{"parameter":{"svc":{"p":' + literal + b"}}}") == (10107, "/parameter/svc/p")
    assert refused(b'{"header":{"p":' + literal + b"}}") == (10107, "/header/p")


@pytest.mark.parametrize("name", ["encoding", "format", "compress", "data_type"])
@pytest.mark.parametrize("value", [5, True, 1.5, [], {}])
def test_words_of_an_expected_output_are_strings(name: str, value: Any) -> None:
    assert refused(body(parameter={"svc": {"r": {name: value}}})) == (10107, f"/parameter/svc/r/{name}")


def test_an_unknown_data_type() -> None:
    assert refused(body(parameter={"svc": {"r": {"data_type": "smell"}}})) == (10107, "/parameter/svc/r/data_type")


def test_pointers_are_escaped() -> None:
    assert refused(body(parameter={"svc": {"a/b~c": []}})) == (10107, "/parameter/svc/a~1b~0c")


def test_errors_do_not_echo_at_length() -> None:
    with pytest.raises(ProtocolError) as caught:
        decoded(body(parameter={"svc": {"n" * 100_000: ["x" * 100_000]}}))
    assert len(str(caught.value)) < 300
    with pytest.raises(ProtocolError) as caught:
        decoded(body(parameter={"svc": {"r": {"data_type": "x" * 100_000}}}))
    assert len(str(caught.value)) < 300


def test_the_last_of_equal_names_counts() -> None:
    request = decoded(
        b'{"header":{"appid":"1","appid":"2"},"parameter":{"svc":{"p":1,"p":{},"p":2}},'
        b'"payload":{"data":{"text":"YQ==","text":"Yg=="},"data":{"text":"Yw==","text":"ZA=="}}}'
    )
    assert request.params == {"p": "2", "appid": "2", "sid": SID}
    assert [node.data for node in request.nodes] == [b"d"]


# --- broken JSON ------------------------------------------------------------------------------------------------------

BROKEN = [
    b"",
    b"{",
    b"[]",
    b"5",
    b'"text"',
    b"null",
    body() + b"x",
    body() + body(),
    b"\xef\xbb\xbf" + body(),
    b'{"payload":{"data":{"text":"aGVsbG8="}},"x":"\xff"}',
    b'{"payload":{"data":{"text":"aGVsbG8=","note":"\xc0\xaf"}}}',
    b'{"parameter":{"svc":{"p":"\xed\xa0\x80"}},"payload":{"data":{"text":"aGVsbG8="}}}',
    b'{"header":{"appid":"\\ud800"}}',
    b'{"header":{"appid":"\\q"}}',
    b'{"parameter":{"svc":{"p":01}}}',
    b'{"payload":{"data":{"text":"aGVsbG8=",}}}',
    b'{"parameter":' + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"}",
    b'{"payload":{"data":{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}}}",
]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_broken_json(text: bytes) -> None:
    assert refused(text) == (10000, None)


def test_the_position_of_a_byte_that_is_no_utf8() -> None:
    with pytest.raises(ProtocolError, match="byte 1500000 "):
        decode_once(SERVICE, b'{"x":"' + b"a" * 1_499_994 + b"\xff" + b'"}', SID)
    with pytest.raises(ProtocolError, match="byte 1048575 "):  # a character cut by the edge of a piece
        decode_once(SERVICE, b'{"x":"' + b"a" * 1_048_569 + b"\xe4\xb8" + b'"}', SID)


# --- header, parameter ------------------------------------------------------------------------------------------------


def test_the_served_service_wins_then_lexical_order() -> None:
    given = {"zoo": {"p": 1, "q": 1}, "svc": {"p": 2}, "alpha": {"p": 3, "q": 3}, "none": None}
    assert decoded(body(parameter=given)).params == {"p": "2", "q": "3", "sid": SID}


def test_no_expectation_is_none() -> None:
    assert decoded(body()).expects is None
    assert decoded(body(parameter={"svc": {"p": 1}})).expects is None
    assert decoded(body(parameter=None, header=None)).expects is None


def test_expectations_keep_their_order_and_further_scalars() -> None:
    expects = decoded(body(parameter={"svc": {"b": {"rate": 8000}, "p": 1, "a": {"deep": True}}})).expects
    assert list((expects or {}).items()) == [("b", {"rate": "8000"}), ("a", {"deep": "true"})]


@pytest.mark.parametrize("value", [[], 5, "text", True])
def test_parts_that_are_no_objects(value: Any) -> None:
    assert refused(body(header=value)) == (10107, "/header")
    assert refused(body(parameter=value)) == (10107, "/parameter")
    assert refused(body(parameter={"svc": value})) == (10107, "/parameter/svc")
    assert refused(body(payload=value)) == (10001, "/payload")
    assert refused(body(payload={"data": value})) == (10001, "/payload/data")


def test_the_sid_is_ours() -> None:
    request = decoded(body(header={"sid": "x"}, parameter={"svc": {"sid": "y"}}))
    assert (request.params["sid"], request.client_sid) == (SID, "x")


def test_replies_by_another_way_are_refused() -> None:
    assert refused(body(header={"downMethod": "async"})) == (10106, "/header/downMethod")
    assert decoded(body(header={"downMethod": ""})).nodes


@pytest.mark.parametrize("odd", [{}, {"mood": "x"}], ids=["typed", "exact"])
def test_our_own_names_are_dropped_everywhere(odd: dict[str, str]) -> None:
    request = decoded(
        body(
            header={"aiges.x": "1", "appid": "a"},
            parameter={"svc": {"aiges.deadline_ms": "1", "aiges.out": {}, "r": {"aiges.y": "1"}}},
            payload={"aiges.k": {"text": data()}, "data": {"text": data(), "aiges.tensor": "7f0012345678", **odd}},
        )
    )
    assert "aiges." not in repr(everything(request))
    assert [node.key for node in request.nodes] == ["data"]
    assert refused(body(payload={"aiges.k": {"text": data()}})) == (10009, "/payload")


def test_nul_is_refused() -> None:
    assert refused(body(header={"appid": "a\0"})) == (10107, "/header/appid")
    assert decoded(body(header={"a\0": "a\0"})).params == {"sid": SID}  # no engine gets it
    assert refused(body(parameter={"svc": {"p": "a\0"}})) == (10107, "/parameter/svc/p")
    assert refused(body(parameter={"svc": {"p\0": "a"}}))[0] == 10107
    assert refused(body(payload={"data\0": {"text": data()}}))[0] == 10107
    assert refused(block(text=data(), encoding="a\0")) == (10107, "/payload/data/encoding")
    assert refused(block(text=data(), mood="a\0")) == (10107, "/payload/data/mood")


# --- payload ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "kind"), [("text", 0), ("audio", 1), ("image", 2), ("video", 3), ("other", 4)])
def test_data_fields(field: str, kind: int) -> None:
    for odd in ({}, {"mood": "x"}):
        (node,) = decoded(block(**{field: data(b"\0\xff"), **odd})).nodes
        assert (node.type, node.data) == (kind, b"\0\xff")


def test_attributes() -> None:
    given = {"sample_rate": 16000, "channels": 1, "bit_depth": 16, "seq": 7, "data_type": "audio", "encoding": "raw"}
    texts = {name: str(value) for name, value in given.items()}
    assert decoded(block(audio=data(), status=3, **given)).nodes[0].desc == texts
    assert decoded(block(audio=data(), mood="x", **given)).nodes[0].desc == {**texts, "mood": "x"}


@pytest.mark.parametrize("status", [0, 1, 2, 3, 7, -1, "2", "x", None, True, 1.0])
def test_the_status_of_a_once_request_is_once(status: Any) -> None:
    assert decoded(block(text=data(), status=status)).nodes[0].status == 3


def test_two_data_fields() -> None:
    assert refused(block(text=data(), audio=data())) == (10001, "/payload/data")


def test_no_data() -> None:
    assert decoded(block(status=2)).nodes[0].data == b""
    assert decoded(body(header={"status": 2}, payload={"data": {}})).nodes[0].data == b""
    assert refused(block()) == (10009, "/payload/data")
    assert refused(block(status=3, encoding="utf8")) == (10009, "/payload/data")
    assert refused(b"{}") == (10009, "/payload")
    assert refused(body(payload={})) == (10009, "/payload")
    assert refused(body(payload=None)) == (10009, "/payload")
    assert decoded(block(text="")).nodes[0].data == b""
    assert decoded(b"{}", Service("svc", inputs=[])).nodes == []


def test_fetching_is_off() -> None:
    assert refused(block(dataSrc="http", url="http://example.org/")) == (10009, "/payload/data/dataSrc")
    assert refused(block(dataSrc="disk", text=data())) == (10009, "/payload/data/dataSrc")
    assert decoded(block(dataSrc="client", text=data())).nodes[0].data == b"hello"


GOOD_BASE64 = [
    ("", b""),
    ("YQ==", b"a"),
    ("aGVs\r\nbG8=", b"hello"),
    ("aGVs\nbG8=\n", b"hello"),
    ("\r\n", b""),
    ("////", b"\xff\xff\xff"),
]


@pytest.mark.parametrize(("text", "expected"), GOOD_BASE64)
@pytest.mark.parametrize("big", [False, True])
def test_base64(text: str, expected: bytes, big: bool) -> None:
    more = {"uid": "u" * 20_000} if big else {}
    assert decoded(body(header=more, payload={"data": {"text": text}})).nodes[0].data == expected


def test_base64_with_escaped_slashes() -> None:
    for more in ("", "u" * 20_000):
        text = f'{{"header":{{"uid":"{more}"}},"payload":{{"data":{{"text":"\\/\\/\\/\\/"}}}}}}'
        assert decoded(text.encode()).nodes[0].data == b"\xff\xff\xff"


BAD_BASE64 = ["a", "aGk", "aGk==", "aG k=", "a-_=", "aGk=aGk=", "=", "====", "aG=k", "中文", "YQ==\t", "aGVsbG8=\0"]


@pytest.mark.parametrize("text", BAD_BASE64)
@pytest.mark.parametrize("big", [False, True])
def test_bad_base64(text: str, big: bool) -> None:
    more = {"uid": "u" * 20_000} if big else {}
    assert refused(body(header=more, payload={"data": {"image": text}})) == (10001, "/payload/data/image")


@pytest.mark.parametrize("value", [5, 1.5, True])
def test_data_of_another_kind(value: Any) -> None:
    assert refused(block(text=value)) == (10001, "/payload/data/text")


def test_objects_and_arrays_are_sent_on_as_json() -> None:
    text = b'{"payload":{"data":{"text": { "a" : [1, 2.50, "<\\u4e2d>&\\n"],  "n": 123456789012345678901234567890 } }}}'
    expected = '{"a":[1,2.5,"<中>&\\n"],"n":123456789012345678901234567890}'.encode()
    assert decoded(text).nodes[0].data == expected
    assert decoded(block(text=[])).nodes[0].data == b"[]"
    assert decoded(block(text=[1234])).nodes[0].data == b"[1234]"
    assert refused(b'{"payload":{"data":{"text":[1e999]}}}') == (10001, "/payload/data/text")


def test_several_blocks_keep_their_order() -> None:
    request = decoded(body(payload={"b": {"audio": data(b"1")}, "a": {"text": data(b"2")}}))
    assert [(node.key, node.data) for node in request.nodes] == [("b", b"1"), ("a", b"2")]


def test_large_data() -> None:
    content = bytes(range(256)) * 8192
    (node,) = decoded(block(audio=data(content), encoding="raw", seq=1)).nodes
    assert node.data == content and node.desc == {"encoding": "raw", "seq": "1"}


def test_members_nobody_knows_are_ignored() -> None:
    assert decoded(body(common={"x": [1]}, business=5)).nodes[0].data == b"hello"


# --- both readers agree -----------------------------------------------------------------------------------------------

COMMON_SHAPES = [
    COMMON,
    {"payload": {"data": {"text": data()}}},
    {"payload": {"a": {"audio": data(), "sample_rate": 8000, "status": 9}, "b": {"other": ""}}, "header": {}},
    {**COMMON, "parameter": {"svc": {"x": "y", "f": 0.5, "b": True, "n": None}, "other": {"q": 1}}},
    {**COMMON, "header": {"level": 7, "uid": None, "f": 1.25}},
    {**COMMON, "header": {"uid": "u" * 20_000}},
]


@pytest.mark.parametrize("shape", COMMON_SHAPES, ids=range(len(COMMON_SHAPES)))
def test_the_common_shape_is_read_as_exactly_as_any(shape: Any) -> None:
    text = json.dumps(shape).encode()
    quick = typed(SERVICE, text, SID, False)
    assert quick is not None
    assert everything(quick) == everything(exact(SERVICE, text, SID, False))


def test_the_memory_of_a_service_is_bounded() -> None:
    service = Service("svc")
    for number in range(1000):
        given = {f"key{number}": {"text": data(), "encoding": f"e{number}"}}
        request = decoded(body(parameter={"svc": {"p": number}}, payload=given), service)
        assert request.params["p"] == str(number)
    assert len(service.parameters) <= 256 and len(service.keys) <= 256
    decoded(body(parameter={"svc": {"p": "x" * 2000}}), service := Service("svc"))
    assert not service.parameters
