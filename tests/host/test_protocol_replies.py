"""Replies: once, frames, events, errors. A request's node stands for an output: both have the same attributes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import aiges_native
from aiges_native import DataListNode
from aiges_native.host.protocol import (
    InputState,
    OutputState,
    ProtocolError,
    Service,
    acknowledgement,
    decode_frame,
    decode_once,
    error_body,
    error_frame,
    once_reply,
    sse_event,
)
from aiges_native.host.protocol.parameters import Expects
from aiges_native.sdk.fields import StringBodyField

SERVICE = Service("svc")
ROOT = Path(__file__).parents[2]


def node(key: str = "result", data: bytes = b"hello", kind: int = 0, status: int = 3, **desc: str) -> DataListNode:
    made = DataListNode(key, data, kind, status)
    made.desc = desc
    return made


def expecting(**outputs: dict[str, str]) -> Expects:
    expects = Expects()
    expects.update(outputs)
    return expects


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def once(*nodes: DataListNode, expects: Expects | None = None, service: Service = SERVICE, **how: Any) -> Any:
    text = once_reply(service, "the-sid", expects, nodes, **how)  # type: ignore[arg-type]
    assert once_reply(service, "the-sid", expects, nodes, **how) == text  # type: ignore[arg-type]
    return json.loads(text)


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_once_reply() -> None:
    request = decode_once(
        SERVICE,
        b'{"parameter":{"svc":{"result":{"data_type":"text","encoding":"utf8","compress":"raw","format":"plain"}}},'
        b'"payload":{"data":{"text":""}}}',
        "s",
    )
    text = once_reply(SERVICE, "the-sid", request.expects, [node()])  # type: ignore[list-item]
    assert text == (
        b'{"header":{"code":0,"sid":"the-sid","status":3},"payload":{"result":{"encoding":"utf8","compress":"raw",'
        b'"format":"plain","seq":"0","status":"3","text":"hello"}}}'
    )


@pytest.mark.parametrize("typed", [False, True])
def test_no_output(typed: bool) -> None:
    header = {"code": 0, "sid": "the-sid", "status": 3} | ({"message": "success"} if typed else {})
    assert once(typed=typed) == {"header": header, "payload": {}}


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_a_once_output_is_whole(status: int) -> None:
    assert once(node(status=status))["payload"]["result"]["status"] == "3"


TEXTS = [b"", b"hello", '中\n"\\\0\x7f</script>'.encode(), b"{}"]


@pytest.mark.parametrize("data", TEXTS)
def test_text_is_a_string(data: bytes) -> None:
    block = once(node(data=data))["payload"]["result"]
    assert block == {"seq": "0", "status": "3", "text": data.decode()}
    typed = once(node(data=data), typed=True)
    assert typed["payload"]["result"] == {"seq": 0, "status": 3, "text": data.decode(), "transfer": "plain"}
    assert typed["header"]["message"] == "success"


def test_text_that_is_no_utf8() -> None:
    for typed in (False, True):
        block = once(node(data=b"\xff\xfe"), typed=typed)["payload"]["result"]
        assert (block["text"], block["transfer"]) == (b64(b"\xff\xfe"), "base64")


@pytest.mark.parametrize(("kind", "field"), [(1, "audio"), (2, "image"), (3, "video"), (4, "other"), (9, "other")])
def test_other_data_is_base64(kind: int, field: str) -> None:
    assert once(node(kind=kind))["payload"]["result"] == {"seq": "0", "status": "3", field: b64(b"hello")}
    block = once(node(kind=kind), typed=True)["payload"]["result"]
    assert block == {"seq": 0, "status": 3, field: b64(b"hello"), "transfer": "base64"}


def test_json_stays_a_string_unless_typed() -> None:
    output = node(data=b' {"a":\n[1, 2.50]} ', format="json")
    assert once(output)["payload"]["result"]["text"] == ' {"a":\n[1, 2.50]} '
    block = once(output, typed=True)["payload"]["result"]
    assert (block["text"], block["transfer"]) == ({"a": [1, 2.5]}, "json")


@pytest.mark.parametrize("data", [b"", b"{", b"[1] x", b'{"a":"\xff"}', b"[" * 100_000 + b"]" * 100_000])
def test_what_is_no_json_is_text(data: bytes) -> None:
    block = once(node(data=data, format="json"), typed=True)["payload"]["result"]
    assert block["transfer"] in ("plain", "base64")


def test_the_service_may_reply_typed() -> None:
    service = Service("svc", reply="typed")
    assert once(node(), service=service)["payload"]["result"]["seq"] == 0
    assert once(node(), service=service, typed=False)["payload"]["result"]["seq"] == "0"


def test_the_clients_words_overlay_the_engines() -> None:
    output = node(encoding="gbk", rate="8", **{"aiges.tensor": "7f00", "seq": "9", "text": "x", "data_type": "y"})
    assert once(output)["payload"]["result"] == {
        "encoding": "gbk", "rate": "8", "seq": "0", "status": "3", "text": "hello",
    }  # fmt: skip
    expects = expecting(result={"encoding": "utf8", "text": "value", "status": "3", "data_type": "text", "x": "y"})
    assert once(output, expects=expects)["payload"]["result"] == {
        "encoding": "utf8", "rate": "8", "x": "y", "seq": "0", "status": "3", "text": "hello",
    }  # fmt: skip
    assert output.desc["encoding"] == "gbk"


def test_outputs_nobody_listed_are_dropped_and_counted() -> None:
    dropped: list[str] = []
    service = Service("svc", on_dropped=dropped.append)
    reply = once_reply(service, "s", expecting(a={}), [node("a"), node("b")])  # type: ignore[list-item]
    assert list(json.loads(reply)["payload"]) == ["a"] and dropped == ["b"]
    reply = once_reply(service, "s", None, [node("b"), node("aiges.x"), node("a")])  # type: ignore[list-item]
    assert list(json.loads(reply)["payload"]) == ["b", "a"] and dropped == ["b", "aiges.x"]


def test_of_equal_keys_the_last_is_sent() -> None:
    dropped: list[str] = []
    service = Service("svc", on_dropped=dropped.append)
    reply = once_reply(service, "s", None, [node(data=b"1"), node(data=b"2")])  # type: ignore[list-item]
    assert json.loads(reply)["payload"]["result"]["text"] == "2" and dropped == ["result"]


def test_a_wrong_type_names_both() -> None:
    with pytest.raises(ProtocolError, match="'result' is text, expected audio") as caught:
        once(node(), expects=expecting(result={"data_type": "audio"}))
    assert caught.value.code == 10106
    declared = Service("svc", outputs=[StringBodyField("result")])
    with pytest.raises(ProtocolError, match="'result' is image, expected text"):
        once(node(kind=2), expects=expecting(result={}), service=declared)
    assert once(node(kind=2), service=declared)  # the client said nothing
    assert once(node(kind=2), expects=expecting(result={}))


def test_bytes_of_an_engine_that_are_no_utf8() -> None:
    output = node("k\udcff", encoding="\udcff")
    assert once(output)["payload"] == {"k?": {"encoding": "?", "seq": "0", "status": "3", "text": "hello"}}


def test_large_data() -> None:
    data = bytes(range(256)) * 8192
    assert base64.b64decode(once(node(data=data, kind=1))["payload"]["result"]["audio"]) == data


def test_the_result_of_an_engine() -> None:
    with aiges_native.open(ROOT / "library" / "echo_py") as engine:
        request = decode_once(SERVICE, b'{"payload":{"data":{"text":"aGVsbG8="}}}', "s")
        result = engine.exec(request.nodes, request.params)
        reply = json.loads(once_reply(SERVICE, "s", request.expects, result))
    assert next(iter(reply["payload"].values()))["text"] == "hello"


def test_the_memory_of_openings_is_bounded() -> None:
    service = Service("svc")
    for number in range(1000):
        once(node(f"key{number}"), service=service)
    once(node(x="y" * 5000), service=service)
    assert len(service.openings) <= 256 and not any("y" * 5000 in repr(key) for key in service.openings)


# --- frames -----------------------------------------------------------------------------------------------------------


def frames(state: OutputState, *nodes: DataListNode) -> list[Any]:
    return [json.loads(frame) for frame in state.frames(nodes)]  # type: ignore[arg-type]


def test_a_stream() -> None:
    state = OutputState(SERVICE, "the-sid", None)
    assert not state.started
    first = frames(state, node(status=0, encoding="utf8"))
    assert first == [
        {
            "header": {"code": 0, "message": "success", "sid": "the-sid", "status": 0},
            "payload": {"result": {"encoding": "utf8", "seq": "1", "status": "0", "text": b64(b"hello")}},
        }
    ]
    assert state.started and not state.over
    (more,) = frames(state, node(status=1), node("b", status=0))
    assert more["header"]["status"] == 1
    assert [block["seq"] for block in more["payload"].values()] == ["2", "1"]
    (last,) = frames(state, node(status=2))
    assert last["header"]["status"] == 2 and state.over
    assert frames(state, node(status=1)) == []


@pytest.mark.parametrize(("statuses", "expected"), [([0], 0), ([0, 1], 1), ([1, 2], 2), ([2, 3], 3), ([3], 3)])
def test_the_status_of_a_frame(statuses: list[int], expected: int) -> None:
    state = OutputState(SERVICE, "s", None)
    (frame,) = frames(state, *[node(str(number), status=status) for number, status in enumerate(statuses)])
    assert frame["header"]["status"] == expected
    assert state.over == (expected >= 2)


def test_several_pieces_of_one_output_are_several_frames_in_order() -> None:
    state = OutputState(SERVICE, "s", None)
    made = frames(state, node(data=b"1", status=0), node("b", status=0), node(data=b"2", status=1), node(status=2))
    assert [list(frame["payload"]) for frame in made] == [["result", "b"], ["result"], ["result"]]
    assert [frame["payload"]["result"]["seq"] for frame in made] == ["1", "2", "3"]
    assert [frame["header"]["status"] for frame in made] == [0, 1, 2]


def test_what_comes_after_the_end_is_dropped_and_counted() -> None:
    dropped: list[str] = []
    state = OutputState(Service("svc", on_dropped=dropped.append), "s", None)
    assert len(frames(state, node(status=2))) == 1
    assert frames(state, node("late", status=2)) == [] and dropped == ["late"]


def test_an_end_that_nobody_listed_is_told() -> None:
    state = OutputState(SERVICE, "s", expecting(other={}))
    assert frames(state, node(status=1)) == []
    (last,) = frames(state, node(status=2))
    assert last == {"header": {"code": 0, "message": "success", "sid": "s", "status": 2}, "payload": {}}
    assert state.over


def test_json_in_frames() -> None:
    state = OutputState(SERVICE, "s", None)
    (frame,) = state.frames([node(data=b'{"a":\n1}', format="json")])  # type: ignore[list-item]
    assert json.loads(frame)["payload"]["result"]["text"] == {"a": 1} and b"\n" not in frame
    state = OutputState(SERVICE, "s", None)
    assert frames(state, node(data=b"{", format="json"))[0]["payload"]["result"]["text"] == b64(b"{")
    state = OutputState(SERVICE, "s", expecting(result={"format": "plain"}))
    assert frames(state, node(data=b"{}", format="json"))[0]["payload"]["result"]["text"] == b64(b"{}")


def test_typed_frames() -> None:
    state = OutputState(Service("svc", reply="typed"), "s", None)
    (frame,) = frames(state, node(status=1), node("a", kind=1, status=1), node("j", b"[]", status=1, format="json"))
    assert frame["payload"]["result"] == {"seq": 1, "status": 1, "text": "hello", "transfer": "plain"}
    assert frame["payload"]["a"] == {"seq": 1, "status": 1, "audio": b64(b"hello"), "transfer": "base64"}
    assert frame["payload"]["j"] == {"format": "json", "seq": 1, "status": 1, "text": [], "transfer": "json"}


@pytest.mark.parametrize("numbers", [[], ["seq"], ["status"], ["seq", "status"]])
def test_numbers_where_the_schema_says_so(numbers: list[str]) -> None:
    state = OutputState(Service("svc", frame_numbers=numbers), "s", None)
    block = frames(state, node(status=1))[0]["payload"]["result"]
    assert block["seq"] == (1 if "seq" in numbers else "1")
    assert block["status"] == (1 if "status" in numbers else "1")


def test_a_wrong_type_in_a_frame() -> None:
    with pytest.raises(ProtocolError, match="expected audio"):
        frames(OutputState(SERVICE, "s", expecting(result={"data_type": "audio"})), node())


def test_binary_frames_come_back_as_they_went() -> None:
    state = OutputState(SERVICE, "s", None, framed=True)
    (frame,) = state.frames([node(data=b"\n\xff", status=1), node("a", b"\0\1", 1, 2)])  # type: ignore[list-item]
    line, _, data = frame.partition(b"\n")
    assert data == b"\n\xff\0\1"
    assert json.loads(line)["payload"] == {
        "result": {"seq": 1, "status": 1, "text": 2},
        "a": {"seq": 1, "status": 2, "audio": 2},
    }
    read = decode_frame(SERVICE, InputState("s"), frame, framed=True)
    assert [(node.key, node.data, node.type) for node in read.nodes] == [("result", b"\n\xff", 0), ("a", b"\0\1", 1)]


def test_frames_can_be_sent_back() -> None:
    data = bytes(range(256))
    (frame,) = OutputState(SERVICE, "s", None).frames([node(data=data, kind=1, status=1)])  # type: ignore[list-item]
    assert decode_frame(SERVICE, InputState("s"), frame).nodes[0].data == data


def test_events() -> None:
    (frame,) = OutputState(SERVICE, "s", None).frames([node(data=b"a\r\nb")])  # type: ignore[list-item]
    event = sse_event(frame)
    assert event.startswith(b"data: {") and event.endswith(b"}\n\n") and event.count(b"\n") == 2


def test_the_acknowledgement() -> None:
    assert json.loads(acknowledgement("s")) == {"header": {"code": 0, "message": "success", "sid": "s", "status": 0}}


# --- errors -----------------------------------------------------------------------------------------------------------


def test_error_bodies() -> None:
    assert (
        error_body(10110, "no slot", "s") == b'{"header":{"code":10110,"message":"no slot","sid":"s"},"payload":null}'
    )
    assert json.loads(error_body(10107, "m", "s", path="/a~1b"))["header"]["path"] == "/a~1b"
    assert json.loads(error_body(10908, "m", "s", engine_code=-5))["header"]["engine_code"] == -5
    assert json.loads(error_body(10908, "\udcff\n", "s"))["header"]["message"] == "?\n"


def test_error_frames() -> None:
    assert error_frame(10163, "m", "s") == b'{"header":{"code":10163,"message":"m","sid":"s","status":0}}'
    header = json.loads(error_frame(10107, "m", "s", path="/p", engine_code=7))["header"]
    assert header == {"code": 10107, "message": "m", "sid": "s", "path": "/p", "engine_code": 7, "status": 0}
