"""The grammar of --fail-if, and what breaks a limit."""

from __future__ import annotations

from typing import Any

import pytest

from aiges_native.loadtest import LoadTestError
from aiges_native.loadtest.limits import check, parse_limit

TIMES = {"count": 100, "min": 0.5, "mean": 2.0, "p50": 1.5, "p99": 20.0, "p99.9": 30.0, "max": 40.0}


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "requests": 100,
        "failed": 3,
        "error_rate": 0.03,
        "throughput": 480.0,
        "errors": [{"code": 10110, "count": 2, "text": ""}, {"code": "timeout", "count": 1, "text": ""}],
        "measures": {"latency": TIMES, "first": {**TIMES, "p99": 5.0}},
        "resources": {"rss": {"max": 300 << 20}, "cpu": {"max": 95.0}},
        **changes,
    }


KEPT = [
    "p99>20ms", "p99 > 20.1 ms", "p99>=21ms", "latency.p99>0.0201s", "first.p99>5000us", "max>1s", "mean>2ms",
    "p99.9>30ms", "errors>3", "errors[10110]>2", "errors[timeout]>1", "errors[404]>0", "error_rate>3%",
    "error_rate>0.03", "throughput<480", "rps<480", "rss>1GB", "rss>314572800", "cpu>95%", "requests<100",
]  # fmt: skip
BROKEN = [
    "p99>19ms", "p99>=20ms", "first.p99>4ms", "min<1ms", "errors>2", "errors[10110]>1", "errors[timeout]>=1",
    "error_rate>2.9%", "throughput<481", "throughput<=480rps", "rss>299MB", "cpu>=95", "requests<=100",
]  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_limits_that_are_kept(text):
    assert check([parse_limit(text)], summary()) == []


@pytest.mark.parametrize("text", BROKEN)
def test_limits_that_are_broken(text):
    (sentence,) = check([parse_limit(text)], summary())
    assert sentence.startswith(f"limit '{text}': ")


@pytest.mark.parametrize(
    "text",
    ["", "p99", "p99=20ms", "p99>", "p99>fast", "p99>20", "p99>20MB", "p100>1ms", "p97>1ms", "q99>1ms",
     "last.p99.9.9>1ms", "rss>5ms", "errors>1%", "throughput[5]>1", "p99[5]>1ms", "nothing.p99>1ms"],
)  # fmt: skip
def test_what_is_no_limit(text):
    with pytest.raises(LoadTestError) as caught:
        parse_limit(text)
    assert caught.value.usage


def test_a_gate_that_measured_nothing_is_not_green():
    assert check([parse_limit("last.p99>1s")], summary()) == [
        "limit 'last.p99>1s': there is no such figure in this run"
    ]
    assert check([parse_limit("rss>1GB")], summary(resources=None))


def test_a_change_needs_two_runs():
    with pytest.raises(LoadTestError, match="limits a change"):
        check([parse_limit("p99>+10%")], summary())
