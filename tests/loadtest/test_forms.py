"""What is sent arrives, in whatever form it goes: the engine behind the real service compares."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from serving import Served

from aiges_native.loadtest import Expect, LoadTestError, Plan, Run, Stream, run
from aiges_native.loadtest.frames import frames_of
from aiges_native.loadtest.target.body import body_of, query_of

TEXT = {"encoding": "utf8", "compress": "raw", "format": "plain"}
IMAGE = Stream("data", "image", ((b"\xff\xd8\r\n--aiges-0--",),), {"encoding": "jpg"})
AUDIO = Stream("data", "audio", ((b"one", b"\x00\n\xff", b""),), {"encoding": "raw"})
KINDS = {"text": 0, "audio": 1, "image": 2, "video": 3, "other": 4}


def wanted(*nodes: tuple[str, str, bytes, dict[str, str]]) -> dict[str, str]:
    """The parameter that tells the engine what is to come."""
    return {"wanted": json.dumps([[key, KINDS[kind], data.hex(), desc] for key, kind, data, desc in nodes])}


def judged(served: Served, scheme: str = "http", **plan: Any) -> Run:
    done = run(Plan(f"{scheme}://{served.address}/v1/private/judge", service="judge", count=6, duration=None, **plan))
    assert not done.record.failures, served.process.args
    assert done.record.measured == 6
    return done


def seq(number: int) -> dict[str, str]:
    return {"seq": str(number)}


def test_json(served):
    about = {"encoding": "jpg", **seq(0)}
    judged(served, streams=(IMAGE,), params=wanted(("data", "image", IMAGE.documents[0][0], about)))


def test_the_judge_is_strict(served):
    plan = Plan(f"http://{served.address}/v1/private/judge", service="judge", streams=(IMAGE,), count=2, duration=None)
    for form in ("json", "raw", "multipart"):
        done = run(replace(plan, form=form, params=wanted(("data", "image", b"other", {}))))
        assert (done.record.measured, done.record.failed) == (2, 2)


@pytest.mark.parametrize("kind", ["audio", "image", "video", "other"])
def test_a_raw_body(served, kind):
    stream = Stream("data", kind, ((bytes(range(256)),),))
    judged(served, streams=(stream,), form="raw", params=wanted(("data", kind, bytes(range(256)), {})))


def test_a_raw_body_beside_a_query_of_its_own(served):
    params = {"more": "a&b=c d/é", **wanted(("data", "image", IMAGE.documents[0][0], {}))}
    plan = Plan(f"http://{served.address}/v1/private/judge?p.x=1&date=now", streams=(IMAGE,), form="raw", params=params)
    done = run(replace(plan, count=3, duration=None))
    assert not done.record.failures
    assert query_of(plan, "p.x=1&date=now").startswith("p.x=1&date=now&p.more=a%26b%3Dc+d%2F%C3%A9&p.wanted=")


def test_a_text_as_raw_body_is_what_the_service_declares():
    plan = Plan("http://h/x", streams=(Stream("data", "text", ((b"hi",),)),), form="raw")
    assert body_of(plan, frames_of(plan, 0)[0]) == ("application/octet-stream", b"hi")


def test_a_form(served):
    streams = (
        IMAGE,
        Stream('a "b" \\é', "text", (("ü".encode(),),)),
        Stream("v", "video", ((b"",),), {"frame rate": "25"}),
        Stream("o", "other", ((b"\r\n--aiges-1\r\n",),)),
    )
    params = wanted(
        ("data", "image", IMAGE.documents[0][0], {"encoding": "jpg", **seq(0)}),
        ('a "b" \\é', "text", "ü".encode(), {**TEXT, **seq(0)}),
        ("v", "video", b"", {"frame rate": "25", **seq(0)}),
        ("o", "other", b"\r\n--aiges-1\r\n", seq(0)),
    )
    expects = (Expect("verdict", "text"),)
    judged(served, streams=streams, form="multipart", params=params, header={"appid": "a"}, expects=expects)


def test_a_form_is_answered_with_events(served):
    plan = Plan(f"http://{served.address}/v1/private/ticks", "events", (IMAGE,), service="ticks", params={"count": "4"})
    for form in ("json", "raw", "multipart"):
        done = run(replace(plan, form=form, count=3, duration=None))
        assert (done.record.failed, done.record.pieces) == (0, 12)


@pytest.mark.parametrize("form", ["json", "binary"])
def test_frames_of_a_stream(served, form):
    about = {"encoding": "raw"}
    pieces = enumerate(AUDIO.documents[0])
    params = wanted(*(("data", "audio", data, {**about, **seq(number)}) for number, data in pieces))
    done = judged(served, "ws", mode="stream", streams=(AUDIO,), form=form, params=params)
    assert done.record.pieces == 6


def test_several_inputs_in_one_binary_message(served):
    streams = (AUDIO, Stream("more", "text", ((b"whole",),)))
    joined = b"".join(AUDIO.documents[0])
    params = wanted(
        ("data", "audio", joined, {"encoding": "raw", **seq(0)}), ("more", "text", b"whole", {**TEXT, **seq(0)})
    )
    judged(served, "ws", streams=streams, form="binary", params=params)


def test_data_that_goes_as_it_is_is_shorter(served):
    large = Stream("data", "audio", ((bytes(30_000),),))
    params = wanted(("data", "audio", bytes(30_000), seq(0)))
    plan = {"streams": (large,), "params": {"wanted": params["wanted"]}}
    with_base64 = judged(served, "ws", **plan).record.written
    without = judged(served, "ws", form="binary", **plan).record.written
    assert with_base64 - without == pytest.approx(6 * 10_000, rel=0.01)


TWO = (IMAGE, replace(IMAGE, key="b"))


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan("http://h/x", streams=TWO, form="raw"), "a raw body is one input, and there are 2; try --body multipart"),
        (Plan("http://h/x", streams=(), form="raw"), "a raw body is one input, and there are 0"),
        (Plan("http://h/x", streams=(IMAGE,), form="raw", header={"appid": "a"}), "no place for the header"),
        (Plan("http://h/x", streams=(IMAGE,), form="raw", expects=(Expect("r", "text"),)), "for an expected output"),
        (Plan("http://h/x", streams=(replace(IMAGE, attributes={"a": "b"}),), form="raw"), "for attributes"),
        (Plan("ws://h/x", streams=(IMAGE,), form="raw"), r"\(websocket\) are not written as 'raw'; try one of: json"),
        (Plan("ws://h/x", streams=(IMAGE,), form="multipart"), "not written as 'multipart'"),
        (Plan("http://h/x", streams=(IMAGE,), form="binary"), r"\(http\) are not written as 'binary'; try one of"),
        (Plan("echo", streams=(IMAGE,), form="raw"), r"\(engine\) are not written as 'raw'; try a service"),
        (Plan("http://h/x", streams=(replace(IMAGE, key="json"),), form="multipart"), "the part 'json' of a form"),
        (Plan("http://h/x", streams=(replace(IMAGE, key="a\nb"),), form="multipart"), "control character"),
        (Plan("http://h/x", streams=(IMAGE, IMAGE)), "there are two inputs 'data'"),
        (Plan("ws://h/x", "events", (IMAGE,)), "server-sent events come over http; try the same address with http://"),
        (Plan("echo", "events", (IMAGE,)), "server-sent events come over http"),
    ],
)
def test_forms_that_do_not_suit(plan, message):
    with pytest.raises(LoadTestError, match=message) as caught:
        run(plan)
    assert caught.value.usage
