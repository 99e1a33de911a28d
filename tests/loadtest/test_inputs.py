"""What is sent: files, folders, frames and their times, and the messages made of them."""

from __future__ import annotations

import base64
import json

import pytest

from aiges_native.loadtest import Expect, LoadTestError, Plan, Stream
from aiges_native.loadtest.frames import documents_of, frames_of
from aiges_native.loadtest.inputs import lines, one_document, read_source, sliced, whole
from aiges_native.loadtest.target.message import read_reply, reply_reader, request_json

MS = 1_000_000


def test_a_folder_gives_its_files_in_order(tmp_path):
    for name in ("10_a.txt", "9_b.txt", "empty"):
        (tmp_path / name).write_text("" if name == "empty" else name)
    (tmp_path / "sub").mkdir()
    assert read_source(tmp_path) == [b"10_a.txt", b"9_b.txt"]
    assert read_source(tmp_path, separator="_") == [b"9_b.txt", b"10_a.txt"]
    assert read_source(tmp_path, "descending", "_") == [b"10_a.txt", b"9_b.txt"]
    assert sorted(read_source(tmp_path, "random")) == [b"10_a.txt", b"9_b.txt"]


def test_sources_that_give_nothing(tmp_path):
    with pytest.raises(LoadTestError, match="no file that is not empty"):
        read_source(tmp_path)
    with pytest.raises(LoadTestError, match="cannot be read: no such file"):
        read_source(tmp_path / "missing")


def test_cutting():
    assert sliced([b"abcde", b""], 2) == ((b"ab", b"cd", b"e"), (b"",))
    assert lines([b"one\n\ntwo\r\n"]) == ((b"one", b"two"),)
    assert one_document([b"a", b"b"]) == ((b"a", b"b"),)
    assert whole([b"a", b"b"]) == ((b"a",), (b"b",))


def plan(*streams: Stream, mode: str = "stream") -> Plan:
    return Plan("ws://h/v1/private/s", mode=mode, streams=streams, service="s")


def test_frames_of_inputs_with_their_own_pace():
    audio = Stream("audio", "audio", ((b"1", b"2", b"3"),), interval=40 * MS)
    video = Stream("video", "video", ((b"a", b"b"),), interval=80 * MS)
    text = Stream("text", "text", ((b"whole",),))
    found = [
        (frame.due // MS, [(piece.stream.key, piece.data, piece.status, piece.seq) for piece in frame.pieces])
        for frame in frames_of(plan(audio, video, text), 0)
    ]
    assert found == [
        (0, [("audio", b"1", 0, 0), ("video", b"a", 0, 0), ("text", b"whole", 3, 0)]),
        (40, [("audio", b"2", 1, 1)]),
        (80, [("audio", b"3", 2, 2), ("video", b"b", 2, 1)]),
    ]


def test_frames_without_an_interval_follow_each_other():
    frames = frames_of(plan(Stream("data", "text", ((b"1", b"2"),))), 0)
    assert [(frame.due, frame.pieces[0].data) for frame in frames] == [(0, b"1"), (0, b"2")]


def test_a_one_shot_request_is_whole():
    stream = Stream("data", "text", ((b"1", b"2"), (b"3",)))
    assert [frames_of(plan(stream, mode="once"), n)[0].pieces[0].data for n in range(3)] == [b"12", b"3", b"12"]


def test_requests_repeat_when_all_inputs_do():
    two, three = Stream("a", "text", ((b"1",),) * 2), Stream("b", "text", ((b"1",),) * 3)
    assert documents_of(plan(two, three)) == 6
    assert documents_of(plan()) == 1


def test_a_request_is_one_of_the_ai_protocol():
    stream = Stream("img", "image", ((b"\xff\xd8",),), {"encoding": "jpg"})
    made = Plan(
        "http://h/v1/private/s", streams=(stream,), service="s", header={"appid": "a"}, params={"speed": "5"},
        expects=(Expect("boxes", "text", {"encoding": "utf8"}),),
    )  # fmt: skip
    assert json.loads(request_json(made, frames_of(made, 0)[0])) == {
        "header": {"appid": "a", "status": 3},
        "parameter": {"s": {"speed": "5", "boxes": {"data_type": "text", "encoding": "utf8"}}},
        "payload": {"img": {"encoding": "jpg", "status": 3, "seq": 0, "image": base64.b64encode(b"\xff\xd8").decode()}},
    }


def test_later_frames_have_no_parameters():
    made = plan(Stream("data", "text", ((b"1", b"2", b"3"),)))
    frames = frames_of(made, 0)
    messages = [json.loads(request_json(made, frame, n == 0, n == 2)) for n, frame in enumerate(frames)]
    assert [message["header"]["status"] for message in messages] == [0, 1, 2]
    assert ["parameter" in message for message in messages] == [True, False, False]


REPLIES = {
    '{"header":{"code":0,"status":3},"payload":{"r":{"status":"3","text":"x"}}}': (0, "", True, True),
    '{"header":{"code":0,"status":1},"payload":{"r":{"status":1,"text":"x"}}}': (0, "", True, False),
    '{"header":{"code":0,"status":"2"},"payload":{"r":{}}}': (0, "", True, True),
    '{"header":{"code":0},"payload":{"r":{"status":"2"}}}': (0, "", True, True),
    '{"header":{"code":0,"message":"success","status":0}}': (0, "success", False, False),
    '{"header":{"code":10110,"message":"full"},"payload":null}': (10110, "full", False, True),
    '{"header":{"code":0,"status":3},"payload":{}}': (0, "", False, True),
}


@pytest.fixture(params=["msgspec", "json"])
def read(request: pytest.FixtureRequest):
    if request.param == "json":
        return read_reply
    pytest.importorskip("msgspec")
    return reply_reader()


@pytest.mark.parametrize("text", REPLIES)
def test_replies(read, text):
    reply = read(text.encode())
    assert (reply.code, reply.message, reply.result, reply.ended) == REPLIES[text]


NO_REPLIES = [
    "", "not json", "[]", "{}", '{"header":{}}', '{"header":{"code":"x"}}', '{"header":{"code":Infinity}}',
    '{"header":{"code":NaN}}', '{"header":[]}', '{"header":{"code":0},"payload":[1]}',
    '{"header":{"code":0},"payload":"x"}', "[" * 100_000, '{"payload":' * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_REPLIES, ids=lambda text: text[:30])
def test_what_is_no_reply(read, text):
    with pytest.raises(ValueError, match="no reply"):
        read(text.encode())
