"""What is measured and what is not, errors by code, and records of several workers."""

from __future__ import annotations

import pytest

from aiges_native.loadtest.outcome import DROPPED, TIMEOUT, Outcome
from aiges_native.loadtest.record import MAX_CODES, Record
from aiges_native.loadtest.report.summary import measured_seconds

MS = 1_000_000
S = 1000 * MS


def outcome(sent: int, end: int, code: int | str = 0, text: str = "") -> Outcome:
    made = Outcome(sent)
    made.written, made.received = 10, 20
    return made.fail(code, text, end)


@pytest.fixture
def record() -> Record:
    return Record(begin=0, warm=S, stop=3 * S, is_open=False)


def test_the_warm_up_is_left_out(record):
    record.add(0, outcome(0, S // 2))
    record.add(S // 2, outcome(S // 2, S + MS))  # began cold, ended warm: throughput, no latency
    record.add(S, outcome(S, S + MS))
    assert (record.warmed, record.measured, record.answered) == (2, 1, 2)
    assert record.histograms["latency"].count == 1


def test_answers_after_the_end_have_a_latency_and_no_part_in_the_throughput(record):
    record.add(3 * S - MS, outcome(3 * S - MS, 3 * S + MS))
    assert (record.measured, record.answered) == (1, 0)
    assert measured_seconds(record) == 2


def test_errors_are_counted_by_code_with_their_latency(record):
    record.add(S, outcome(S, S + 10 * MS, 10110, "no slot"))
    record.add(S, outcome(S, S + 20 * MS, 10110, "no slot, again"))
    record.add(S, outcome(S, S + 900 * MS, TIMEOUT, "late"))
    record.add(S, outcome(S, S + 1 * MS))
    assert {code: (each.count, each.text) for code, each in record.failures.items()} == {
        10110: (2, "no slot"),
        TIMEOUT: (1, "late"),
    }
    assert (record.measured, record.failed, record.answered) == (4, 3, 1)
    assert record.histograms["latency"].percentile(100) == 900 * MS
    assert record.histograms["ok"].percentile(100) == pytest.approx(MS, rel=0.001)


def test_codes_without_number_do_not_fill_the_memory(record):
    for code in range(MAX_CODES + 50):
        record.add(S, outcome(S, S, code + 1))
    assert len(record.failures) == MAX_CODES + 1
    assert record.failures["other codes"].count == 50


def test_a_stream_has_first_and_last(record):
    streamed = outcome(S, S + 500 * MS)
    streamed.first, streamed.last_sent, streamed.connected = S + 30 * MS, S + 440 * MS, 5 * MS
    record.add(S - 0, streamed)
    found = {name: each.percentile(50) for name, each in record.histograms.items() if each.count}
    assert found == {
        "latency": 500 * MS, "ok": 500 * MS, "first": 30 * MS, "last": 60 * MS, "connect": 5 * MS
    }  # fmt: skip


def test_pieces_have_a_first_and_no_last_where_nothing_else_was_sent(record):
    answered = outcome(S, S + 500 * MS)
    answered.first, answered.pieces = S + 30 * MS, 4
    record.add(S, answered)
    assert record.pieces == 4
    assert {name for name, each in record.histograms.items() if each.count} == {"latency", "ok", "first"}


def test_who_vanished_or_read_slowly_is_in_no_other_figure(record):
    record.add(S // 2, outcome(S // 2, S // 2 + MS, DROPPED))
    record.add(S - MS, outcome(S - MS, S + MS, DROPPED))
    record.add(S, outcome(S, S + MS, DROPPED))
    slow = outcome(S, S + 900 * MS)
    slow.slow, slow.first = True, S + MS
    record.add(S, slow)
    assert (record.warmed, record.dropped, record.measured, record.failed, record.answered) == (2, 1, 1, 0, 1)
    assert {name: each.count for name, each in record.histograms.items() if each.count} == {"slow": 1}
    assert (record.intervals[1].dropped, record.intervals[1].ok, record.intervals[1].latency.count) == (2, 1, 0)
    slow.fail(10110, "no slot", S + 900 * MS)
    record.add(S, slow)
    assert record.failures[10110].count == 1 and record.histograms["slow"].count == 2


def test_records_are_merged(record):
    other = Record(0, S, 3 * S, is_open=False)
    record.add(S, outcome(S, S + MS))
    other.add(S - MS, outcome(S - MS, S + 2 * S, 7, "seven"))
    other.add(S + MS, outcome(S + MS, S + 2 * MS, 7, "seven"))
    record.recoveries, other.recoveries = {1: 30, 2: 40}, {2: 35, 3: 50}
    other.add(S, outcome(S, S + MS, DROPPED))
    record.merge(other)
    assert record.recoveries == {1: 30, 2: 35, 3: 50} and record.dropped == 1
    assert (record.measured, record.failed, record.answered, record.warmed) == (2, 1, 1, 1)
    assert record.failures[7].count == 1
    assert (record.written, record.received) == (20, 40)
    assert sorted(record.intervals) == [1, 3]
    assert (record.first_start, record.last_end) == (S, S + 2 * MS)


def test_long_runs_have_wider_intervals():
    from aiges_native.loadtest import Plan
    from aiges_native.loadtest.shift import INTERVALS, Shift

    record = Shift(Plan("echo", duration=24 * 3600 * S), 0, 1, 0).record
    assert record.width == 24 * 3600 * S // INTERVALS
    assert Shift(Plan("echo", duration=10 * S), 0, 1, 0).record.width == S
