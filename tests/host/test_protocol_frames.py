"""Frames of a stream: statuses, the end of the input, the binary subprotocol."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from aiges_native.host.protocol import InputState, ProtocolError, Request, Service, decode_frame
from aiges_native.sdk.fields import AudioBodyField, IntegerParamField

SERVICE = Service("svc")


def block(status: int | None = None, content: bytes = b"x", field: str = "audio", **more: Any) -> dict[str, Any]:
    made = {field: base64.b64encode(content).decode(), **more}
    return made if status is None else {**made, "status": status}


def frame(header: Any = None, **payload: Any) -> bytes:
    return json.dumps({"header": header or {}, "payload": payload}).encode()


def statuses(request: Request) -> list[int]:
    return [node.status for node in request.nodes]


def refused(state: InputState, message: bytes | str, **how: Any) -> tuple[int, str | None]:
    before = (dict(state.ended), state.opened)
    with pytest.raises(ProtocolError) as caught:
        decode_frame(SERVICE, state, message, **how)
    assert (state.ended, state.opened) == before
    return caught.value.code, caught.value.path


def test_a_stream() -> None:
    state = InputState("sid")
    first = decode_frame(SERVICE, state, frame(a=block(0, b"1", seq=1)))
    assert (first.status, statuses(first), first.params["sid"]) == (0, [0], "sid")
    assert not state.over and state.opened
    more = decode_frame(SERVICE, state, frame(a=block(1, b"2", seq=9)).decode())
    assert (more.status, statuses(more), more.nodes[0].desc["seq"]) == (1, [1], "9")
    last = decode_frame(SERVICE, state, frame(a=block(2, b"3")))
    assert (last.status, statuses(last)) == (2, [2])
    assert state.over
    assert refused(state, frame(a=block(1))) == (10202, None)


@pytest.mark.parametrize(
    ("header", "given", "expected"),
    [
        ({}, [None, None, 2], [0, 1, 2]),
        ({"status": 1}, [None, None, 2], [1, 1, 2]),
        ({"status": 0}, [None, 1, None], [0, 1, 0]),
        ({"status": "0"}, [None], [0]),
        ({"status": 9}, [None, None], [0, 1]),
        ({"status": 2}, [1, 0, None], [1, 0, 2]),
        ({}, [3], [3]),
        ({}, ["0", 1.0, "2"], [0, 1, 2]),
    ],
)
def test_statuses(header: Any, given: list[Any], expected: list[int]) -> None:
    state = InputState("sid")
    found = [statuses(decode_frame(SERVICE, state, frame(header, a=block(status)))) for status in given]
    assert found == [[status] for status in expected]


@pytest.mark.parametrize("status", [4, -1, "x", True, 1.5])
def test_a_status_that_is_none(status: Any) -> None:
    assert refused(InputState("sid"), frame(a=block(status))) == (10001, "/payload/a/status")


def test_the_input_is_over_when_every_stream_has_ended() -> None:
    state = InputState("sid")
    decode_frame(SERVICE, state, frame(a=block(0), b=block(0)))
    decode_frame(SERVICE, state, frame(a=block(2)))
    assert not state.over
    assert refused(state, frame(a=block(1))) == (10202, "/payload/a")
    assert decode_frame(SERVICE, state, frame(b=block(2))).status == 2
    assert state.over


def test_a_whole_input_in_one_frame() -> None:
    for status in (2, 3):
        state = InputState("sid")
        assert decode_frame(SERVICE, state, frame(a=block(status))).status == 2
        assert state.over


def test_a_first_frame_may_have_no_data_and_later_ones_may_not() -> None:
    state = InputState("sid")
    assert decode_frame(SERVICE, state, b"{}").nodes == []
    assert state.opened and not state.over
    assert refused(state, frame()) == (10009, "/payload")
    assert refused(state, frame(a={"encoding": "raw"})) == (10009, "/payload/a")
    assert statuses(decode_frame(SERVICE, state, frame(a=block()))) == [0]


def test_an_end_without_data_has_the_type_of_its_stream() -> None:
    seen: list[tuple[str, str]] = []
    service = Service("svc", inputs=[AudioBodyField("a")], on_violation=lambda *what: seen.append(what))
    for served in (SERVICE, service):
        state = InputState("sid")
        decode_frame(served, state, frame(a=block(0)))
        last = decode_frame(served, state, frame(a={"status": 2}))
        assert (last.nodes[0].type, last.nodes[0].data) == (1, b"")
    assert not seen


def test_foreign_sids_are_counted() -> None:
    state = InputState("sid")
    decode_frame(SERVICE, state, frame({"sid": "x"}, a=block(0)))  # it cannot know ours
    decode_frame(SERVICE, state, frame({"sid": "x"}, a=block(1)))
    decode_frame(SERVICE, state, frame({"sid": "sid"}, a=block(1)))
    decode_frame(SERVICE, state, frame(a=block(1)))
    assert state.foreign_sids == 1


def test_only_the_first_frame_is_held_to_the_parameters() -> None:
    service = Service("svc", params=[IntegerParamField("n", required=True)], validate="strict")
    state = InputState("sid")
    with pytest.raises(ProtocolError, match="required"):
        decode_frame(service, state, frame(a=block(0)))
    assert not state.opened
    decode_frame(service, state, json.dumps({"parameter": {"svc": {"n": 1}}, "payload": {"a": block(0)}}).encode())
    assert decode_frame(service, state, frame(a=block(1))).nodes


def test_frames_that_are_no_frames() -> None:
    state = InputState("sid")
    assert refused(state, b"") == (10000, None)
    assert refused(state, b"\xff") == (10000, None)
    assert refused(state, "\ud800") == (10000, None)
    assert refused(state, frame(a={"audio": "!"})) == (10001, "/payload/a/audio")


# --- aiges.v1.bin -----------------------------------------------------------------------------------------------------


def binary(data: bytes, header: Any = None, **payload: Any) -> bytes:
    return frame(header, **payload) + b"\n" + data


def test_binary_frames() -> None:
    state = InputState("sid")
    message = binary(b"\n\0abc\xff", a={"audio": 2, "encoding": "raw"}, b={"text": 4, "status": 2})
    first = decode_frame(SERVICE, state, message, framed=True)
    found = [(node.key, node.data, node.type, node.status, node.desc) for node in first.nodes]
    assert found == [("a", b"\n\0", 1, 0, {"encoding": "raw"}), ("b", b"abc\xff", 0, 2, {})]
    last = decode_frame(SERVICE, state, binary(b"", a={"status": 2}), framed=True)
    assert (last.status, last.nodes[0].data, last.nodes[0].type) == (2, b"", 1)


def test_a_line_alone() -> None:
    assert decode_frame(SERVICE, InputState("sid"), frame(a={"audio": 0}), framed=True).nodes[0].data == b""


@pytest.mark.parametrize("count", ["2", -1, 1.0, 10**13, [], True, {}])
def test_counts_that_are_none(count: Any) -> None:
    assert refused(InputState("sid"), binary(b"xx", a={"audio": count}), framed=True) == (10001, "/payload/a/audio")


@pytest.mark.parametrize("data", [b"x", b"xxx"])
def test_counts_that_do_not_sum_up(data: bytes) -> None:
    code, path = refused(InputState("sid"), binary(data, a={"audio": 2}), framed=True)
    assert code == 10001 and path in ("/payload/a/audio", "/payload")


@pytest.mark.parametrize("line", [b"", b"{", b"\xff", b"[]"])
def test_broken_lines(line: bytes) -> None:
    assert refused(InputState("sid"), line + b"\nxx", framed=True) == (10000, None)
