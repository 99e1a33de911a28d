"""Users who vanish and users who read slowly: what was done is known, and what was felt is told."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from serving import Served

from aiges_native.cli import main
from aiges_native.loadtest import Plan, Stream, run
from aiges_native.loadtest.chaos import Chaos, cut, slow_users

MS = 1_000_000
S = 1000 * MS
TEXT = (Stream("data", "text", ((b"hello",),)),)
FRAMES = (Stream("data", "audio", ((b"12", b"34", b"56"),), interval=2 * MS),)
HALF = Chaos(drop=0.5)


@pytest.fixture
def plan(served: Served) -> Plan:
    address = f"http://{served.address}/v1/private/ticks"
    params = {"count": "5", "pause_ms": "2"}
    return Plan(address, "events", TEXT, service="ticks", params=params, users=8, processes=2, count=80, duration=None)


def over_websocket(plan: Plan, **changes: object) -> Plan:
    target = plan.target.replace("http://", "ws://")
    return replace(plan, target=target, mode="stream", streams=FRAMES, **changes)  # type: ignore[arg-type]


def no_session_is_left(served: Served) -> None:
    limit = time.monotonic() + 20
    while (found := served.post("ticks", {"payload": {"data": {"text": "eA=="}}})[1])["payload"]["open"]["text"] != "0":
        assert time.monotonic() < limit, found
        time.sleep(0.02)


# --- who misbehaves ---------------------------------------------------------------------------------------------------


def test_chance_comes_from_the_seed_and_the_number():
    plan = Plan("http://h/x", chaos=HALF)
    found = [cut(plan, number) for number in range(2000)]
    assert found == [cut(plan, number) for number in range(2000)]
    assert found != [cut(replace(plan, seed=1), number) for number in range(2000)]
    places = [where for where in found if where is not None]
    assert 900 < len(places) < 1100 and 400 < sum(where < 1 for where in places) < 600
    assert all(0 <= where <= 2 for where in places)


def test_slow_users_are_as_many_as_asked_for_and_at_least_one():
    plan = Plan("http://h/x", users=40, chaos=Chaos(slow=0.1, slow_rate=10))
    assert len(slow_users(plan)) == 4 and slow_users(plan) < set(range(40))
    assert slow_users(plan) == slow_users(plan) != slow_users(replace(plan, seed=1))
    assert len(slow_users(replace(plan, users=3))) == 1
    assert len(slow_users(replace(plan, users=3, chaos=Chaos(slow=1.0, slow_rate=10)))) == 3


# --- users who vanish -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("way", ["once", "events", "stream", "binary"])
def test_users_who_vanish_are_counted_apart(served, plan, way, loop, without):
    if loop == "asyncio":
        without("uvloop")
    plan = replace(plan, chaos=HALF, mode="once" if way == "once" else "events")
    if way in ("stream", "binary"):
        plan = over_websocket(plan, form="binary" if way == "binary" else "json")
    gone = sum(cut(plan, number) is not None for number in range(80))
    done = run(plan)
    assert (done.record.dropped, done.record.measured, done.record.failed) == (gone, 80 - gone, 0)
    assert done.record.histograms["latency"].count == done.record.answered == 80 - gone
    assert sum(interval.dropped for interval in done.record.intervals.values()) == gone
    no_session_is_left(served)


def test_the_service_sees_them_go_in_the_midst_of_its_answer(served, plan):
    def cancelled() -> int:
        metrics = served.request("GET", "/metrics", health=True)[2].decode()
        found = re.search(r'requests_total{service="ticks",transport="sse",kind="stream",code="-20157"} (\d+)', metrics)
        return int(found[1]) if found else 0

    before = cancelled()
    done = run(replace(plan, params={"count": "10", "pause_ms": "4"}, chaos=Chaos(drop=0.8)))
    assert done.record.dropped > 40 and done.record.failed == 0
    no_session_is_left(served)
    assert cancelled() > before


def test_when_everybody_vanishes(plan, capsys):
    words = ["--drop", "100%", "-n", "20", "-c", "2", "--fail-if", "dropped<20", "--fail-if", "unanswered>0"]
    assert main(["bench", plan.target, *words]) == 0
    shown = capsys.readouterr().out
    assert "0 requests in" in shown and "no request was measured" not in shown
    assert "chaos: 0 requests sent and never answered, 20 users vanished in mid-request\n" in shown


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_what_goes_wrong_before_a_user_vanishes_is_a_failure(service, scheme):
    plan = Plan(f"{scheme}://{service}/x", streams=TEXT, params={"fail": "10110"}, count=60, duration=None, chaos=HALF)
    done = run(plan)
    failed = {code: each.count for code, each in done.record.failures.items()}
    stayed = sum(cut(plan, number) is None for number in range(60))
    assert set(failed) == {10110} and failed[10110] >= stayed and failed[10110] + done.record.dropped == 60


# --- users who read slowly --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("way", ["once", "events", "stream"])
def test_slow_readers_take_their_time_and_are_measured_apart(served, plan, way, loop, without):
    if loop == "asyncio":
        without("uvloop")
    chaos = Chaos(slow=0.25, slow_rate=50_000)
    plan = replace(plan, params={"count": "3", "size": "20000"}, users=4, processes=1, count=12, chaos=chaos)
    if way == "once":
        target = f"http://{served.address}/v1/private/echo_py"
        plan = replace(plan, target=target, mode="once", streams=(Stream("data", "audio", ((bytes(60_000),),)),))
    elif way == "stream":
        plan = over_websocket(plan)
    done = run(plan)
    slow, latency = done.record.histograms["slow"], done.record.histograms["latency"]
    assert done.record.failed == 0 and slow.count >= 1 and slow.count + latency.count == 12
    # 80,000 bytes in base64, of which the last turn's cost nothing any more
    assert slow.low >= (80_000 - 5_000) / 50_000 * S
    assert done.record.histograms["first"].count == (latency.count if way != "once" else 0)


# --- flags -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["echo", "--drop", "50%"], "an engine has no clients"),
        (["http://h/x", "--drop", "0%"], "--drop '0%' is no share"),
        (["http://h/x", "--drop", "101%"], "--drop '101%' is no share"),
        (["http://h/x", "--drop", ""], "--drop '' is no share"),
        (["http://h/x", "--drop", "50ms"], "--drop '50ms' is no share"),
        (["http://h/x", "--slow-readers", "@5KB"], "--slow-readers '' is no share"),
        (["http://h/x", "--slow-readers", "50%@0"], "--slow-readers '0' is no number of bytes"),
        (["http://h/x", "--slow-readers", "50%@5ms"], "--slow-readers '5ms' is no number of bytes"),
        (["http://h/x", "--kill-every", "5s"], "go together"),
        (["http://h/x", "--kill-children-of", "1"], "go together"),
        (["http://h/x", "--kill-every", "0", "--kill-children-of", "1"], "no time between two kills"),
        (["http://h/x", "--kill-every", "6s", "--kill-children-of", "1"], "too short for a kill"),
    ],
)
def test_chaos_that_cannot_be_had(words, message, capsys):
    assert main(["bench", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1 and message in shown.err
