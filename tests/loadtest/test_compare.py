"""Two runs side by side: changes, their noise, and limits on them."""

from __future__ import annotations

from typing import Any

import pytest

from aiges_native.loadtest.compare import check_change, compare, unlike
from aiges_native.loadtest.limits import parse_limit


def document(rates: list[int], p99: float = 20.0, failed: int = 0, **plan: Any) -> dict[str, Any]:
    timeline = [
        {"second": second, "length": 1.0, "ok": rate, "failed": 0, "mean": 2.0, "p50": 1.5, "p99": p99}
        for second, rate in enumerate(rates)
    ]
    mean = sum(rates) / len(rates)
    return {
        "requests": sum(rates), "failed": failed, "error_rate": failed / sum(rates), "throughput": mean, "errors": [],
        "measures": {"latency": {"mean": 2.0, "p50": 1.5, "p95": 9.0, "p99": p99, "p99.9": 30.0, "max": 40.0}},
        "interval_seconds": 1, "resources": None, "timeline": timeline, "machine": {"cores": 4},
        "plan": {"kind": "http", "mode": "once", "pace": "closed", "users": 1, "timeout_ms": 1, "streams": [], **plan},
    }  # fmt: skip


STEADY = [1000, 1010, 990, 1000, 1005, 995]


def verdicts(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    return {each.name: each.verdict for each in compare(before, after)}


def test_a_clear_change_is_told_from_noise():
    found = verdicts(document(STEADY), document([rate * 12 // 10 for rate in STEADY], p99=25.0))
    assert found["throughput"] == "better" and found["p99"] == "worse" and found["p50"] == "same"


def test_a_change_within_the_spread_of_the_seconds_is_none():
    wild = [500, 1500, 700, 1300, 1000, 1000]
    found = verdicts(document(wild), document([rate + 100 for rate in wild]))
    assert found["throughput"] == "same"


def test_the_noise_by_hand():
    # four seconds of 90 or 110: standard deviation 11.5, standard error 5.8 %; of a difference 8.2 %, twice 16.3 %
    before = document([100, 100, 100, 100])
    row = [90, 110, 90, 110]
    (found,) = (each for each in compare(document(row), document(row)) if each.name == "throughput")
    assert found.noise == pytest.approx(2 * (2 * (11.547 / 2 / 100) ** 2) ** 0.5, rel=1e-3)
    (exact,) = (each for each in compare(before, before) if each.name == "throughput")
    assert (exact.noise, exact.change, exact.verdict) == (0.0, 0.0, "same")


def test_too_few_seconds_say_nothing():
    assert verdicts(document([1000, 900]), document([500, 600]))["throughput"] == ""


def test_limits_on_a_change():
    before, after = document(STEADY), document(STEADY, p99=23.0)
    assert check_change([parse_limit("p99>+10%")], before, after) == ["limit 'p99>+10%': 20.0 ms -> 23.0 ms"]
    assert check_change([parse_limit("p99>+20%"), parse_limit("throughput<-5%")], before, after) == []
    assert check_change([parse_limit("p99>22ms")], before, after) == ["limit 'p99>22ms': 23.0 ms"]


def test_a_change_within_the_noise_breaks_no_limit():
    wild = [500, 1500, 700, 1300, 1000, 1000]
    fewer = document([rate - 60 for rate in wild])
    assert check_change([parse_limit("throughput<-5%")], document(wild), fewer) == []


def test_errors_out_of_nothing_break_a_limit_on_their_change():
    assert check_change([parse_limit("error_rate>+50%")], document(STEADY), document(STEADY, failed=3))


def test_runs_that_were_made_differently():
    (sentence,) = unlike(document(STEADY), document(STEADY, users=8))
    assert sentence == "the runs differ in users: 1 and 8"
    found = unlike(document(STEADY), document(STEADY, form="raw", chaos={"drop": 0.5}))
    assert found == ["the runs differ in form: json and raw", "the runs differ in chaos: none and {'drop': 0.5}"]
