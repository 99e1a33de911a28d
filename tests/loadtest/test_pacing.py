"""When requests start: rates, stages, shares of workers, and what an open loop owes when the target stalls."""

from __future__ import annotations

import itertools
import statistics

import pytest

from aiges_native.loadtest import LoadTestError
from aiges_native.loadtest.outcome import UNSENT, Outcome
from aiges_native.loadtest.pacing import ClosedStarts, OpenStarts, Profile, Stage, joining, parse_profile
from aiges_native.loadtest.record import Record

MS = 1_000_000
S = 1000 * MS


def test_a_constant_rate_has_equal_distances():
    starts = list(parse_profile("100", 2 * S).starts(poisson=False))
    assert starts == [number * 10 * MS for number in range(200)]


def test_steps_follow_each_other():
    profile = parse_profile("10,20@1s,5", 5 * S)
    assert profile == Profile((Stage(2 * S, 10, 10), Stage(1 * S, 20, 20), Stage(2 * S, 5, 5)))
    starts = list(profile.starts(poisson=False))
    assert len(starts) == profile.arrivals == 50
    by_second = [sum(second * S <= start < (second + 1) * S for start in starts) for second in range(5)]
    assert by_second == [10, 10, 20, 5, 5]


def test_a_ramp_starts_as_many_as_its_area():
    (stage,) = parse_profile("0..100", 10 * S).stages
    assert stage.arrivals == 500
    # from nothing to 100/s in 10 s: n = 5 t^2, so the 20th starts at 2 s and the 125th at 5 s
    assert stage.when(20) == pytest.approx(2 * S) and stage.when(125) == pytest.approx(5 * S)
    assert stage.when(500) == pytest.approx(10 * S)


def test_a_ramp_may_go_down():
    stage = Stage(10 * S, 100, 0)
    assert stage.when(500) == pytest.approx(10 * S, rel=1e-6)
    assert stage.when(375) == pytest.approx(5 * S)


@pytest.mark.parametrize("text", ["97", "10..300@2s,50", "3,400"])
def test_workers_share_every_arrival_once(text):
    profile = parse_profile(text, 7 * S)
    alone = list(profile.starts(poisson=False))
    shared = [list(profile.starts(False, share, 3)) for share in range(3)]
    assert sorted(itertools.chain(*shared)) == alone


def test_poisson_arrivals_have_the_rate_and_the_spread_of_one():
    profile = parse_profile("1000", 50 * S)
    shared = sorted(itertools.chain(*(profile.starts(True, share, 4, seed=7) for share in range(4))))
    gaps = [(b - a) / MS for a, b in itertools.pairwise(shared)]
    assert len(shared) == pytest.approx(50_000, rel=0.03)
    assert statistics.mean(gaps) == pytest.approx(1.0, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(1.0, rel=0.05)  # as long as the mean: exponential
    assert list(profile.starts(True, 0, 4, seed=7)) == list(profile.starts(True, 0, 4, seed=7))


@pytest.mark.parametrize("text", ["", "fast", "-5", "10..", "5rpm", "100@20s", "0", "10@x"])
def test_what_is_no_rate(text):
    with pytest.raises(LoadTestError, match=r"rate|duration"):
        parse_profile(text, 10 * S)


def test_users_join_during_the_ramp():
    assert [joining(user, 4, 100) for user in range(4)] == [0, 25, 50, 75]
    assert joining(3, 4, 0) == 0


def test_a_closed_loop_ends_by_time_or_by_count():
    starts = ClosedStarts(stop=100, count=2)
    assert [starts.take(50), starts.take(60), starts.take(70)] == [50, 60, None]
    assert ClosedStarts(stop=100, count=None).take(100) is None


def test_an_open_loop_tells_what_was_due_and_never_sent():
    starts = OpenStarts(iter([0, 10, 20, 30]), begin=1000, stop=1025, count=None)
    assert starts.take(1500) == 1000  # however late it is
    assert list(starts.unsent()) == [1010, 1020]
    assert list(starts.unsent()) == []


def test_a_count_limits_an_open_loop():
    starts = OpenStarts(itertools.count(0, 10), begin=0, stop=10**9, count=3)
    assert [starts.take(0) for _ in range(5)] == [0, 10, 20, None, None]


# --- coordinated omission ---------------------------------------------------------------------------------------------


def stalling(is_open: bool) -> Record:
    """One user, 100 requests/s for 2 s, a target that needs 1 ms, but 500 ms for the first from 1000 ms on.

    By hand, for the open loop: request 100 + k is due at 1000 + 10 k ms. The 100th ends at 1500; from then on the user
    works off what waited, one each ms, so request 100 + k ends at 1500 + k: it took 500 - 9 k ms, until for k = 56 it
    is its time again. Sorted from the top: 500, 491, 482, ...
    """
    record = Record(0, 0, 2 * S, is_open)
    closed = ClosedStarts(2 * S, None)
    opened = OpenStarts(parse_profile("100", 2 * S).starts(False), 0, 2 * S, None)
    now, stalled = 0, False
    while (intended := (opened if is_open else closed).take(now)) is not None:
        now = max(now, intended)
        took = 500 * MS if now >= S and not stalled else MS
        stalled = stalled or took > MS
        outcome = Outcome(now)
        now = outcome.end = now + took
        record.add(intended, outcome)
        if not is_open:
            now = max(now, intended + 10 * MS)  # it thinks until its next turn
    return record


def test_an_open_loop_counts_the_wait_that_the_stall_caused():
    record = stalling(is_open=True)
    latency, service = record.histograms["latency"], record.histograms["service"]
    assert latency.count == 200
    assert latency.percentile(100) == 500 * MS
    assert latency.percentile(99) == pytest.approx(482 * MS, rel=0.001)  # the 198th of 200
    waited = [value for value, count in latency.ascending() for _ in range(count) if value > 1.5 * MS]
    assert len(waited) == 56  # k = 0 to 55
    assert service.percentile(99) == pytest.approx(MS, rel=0.001)  # the target's own time hides it


def test_a_closed_loop_hides_it():
    record = stalling(is_open=False)
    assert record.histograms["latency"].percentile(99) == pytest.approx(MS, rel=0.001)
    assert record.measured == 151  # 50 arrivals never happened


def test_requests_nobody_could_send_are_failures_as_old_as_they_are():
    record = Record(0, 0, S, is_open=True)
    record.add_unsent(200 * MS, 900 * MS)
    assert record.failures[UNSENT].count == 1
    assert record.histograms["latency"].percentile(50) == 700 * MS
