"""Two runs side by side, and which of the differences is more than noise.

The noise of a figure is taken from the run itself, by the method of batch means: every full second gives its own value,
and the spread of these values says how far off the whole may be. A difference counts when it is larger than twice the
standard error of the difference, and than 1 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import stdev

from .limits import FIGURES, Limit, parse_limit
from .problem import plan_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROWS = (
    "throughput", "error_rate", "mean", "p50", "p95", "p99", "p99.9", "max", "first.p99", "last.p99", "slow.p99",
    "recovery.max", "unanswered", "dropped", "unrecovered", "rss", "cpu",
)  # fmt: skip
SECONDS = {"throughput": "ok", "mean": "mean", "p50": "p50", "p99": "p99"}  # figure -> what a second knows of it
LEAST = 0.01  # a change below this is none
ENOUGH = 4  # seconds, to say anything about noise


@dataclass(frozen=True)
class Difference:
    """One figure in both runs. ``change``: of the second, as a share of the first. ``noise``: the change that chance
    alone would make in 5 of 100 pairs; None: unknown."""

    name: str
    before: float
    after: float
    change: float | None
    noise: float | None
    limit: Limit

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, ``same`` (within the noise), or empty where nothing can be said."""
        if self.change is None or self.noise is None:
            return ""
        if abs(self.change) <= max(self.noise, LEAST):
            return "same"
        return "better" if (self.change > 0) == (self.name == "throughput") else "worse"

    @property
    def row(self) -> tuple[str, ...]:
        """For a table."""
        change = "" if self.change is None else f"{self.change:+.1%}"
        noise = "" if self.noise is None else f"{self.noise:.1%}"
        return (self.name, self.limit.show(self.before), self.limit.show(self.after), change, noise, self.verdict)


COLUMNS = ("", "before", "after", "change", "noise +-", "verdict text")


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """A difference for every figure that both runs have."""
    found = []
    for name in ROWS:
        limit = parse_limit(f"{name}>0" + "ms" * (name not in FIGURES))
        old, new = limit.figure(before), limit.figure(after)
        if old is not None and new is not None:
            found.append(Difference(name, old, new, _change(old, new), _noise(name, before, after), limit))
    return found


def unlike(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs in the way the runs were made, a sentence each."""
    old, new = ({"form": "json", "chaos": "none", **document["plan"]} for document in (before, after))
    keys = ("kind", "mode", "form", "pace", "users", "timeout_ms", "streams", "chaos")
    sentences = [
        f"the runs differ in {key}: {old.get(key)} and {new.get(key)}" for key in keys if old.get(key) != new.get(key)
    ]
    if before["machine"].get("cores") != after["machine"].get("cores"):
        sentences.append("the runs were made on different machines")
    return sentences


def check_change(limits: list[Limit], before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """A sentence for every limit that the second run breaks; relative ones beyond the noise only."""
    found = []
    for limit in limits:
        old, new = limit.figure(before), limit.figure(after)
        if new is None or (limit.relative and old is None):
            found.append(f"limit '{limit.text}': there is no such figure in these runs")
        elif not limit.relative:
            found += [f"limit '{limit.text}': {limit.show(new)}"] * limit.broken(new)
        elif _breaks(limit, old or 0.0, new, before, after):
            found.append(f"limit '{limit.text}': {limit.show(old or 0.0)} -> {limit.show(new)}")
    return found


def _breaks(limit: Limit, old: float, new: float, before: dict[str, Any], after: dict[str, Any]) -> bool:
    change = _change(old, new)
    if change is None:
        return new > 0 and limit.sign[0] == ">"  # from nothing to something
    name = limit.name if limit.measure in ("", "latency") else f"{limit.measure}.{limit.name}"
    return limit.broken(change) and abs(change) > (_noise(name, before, after) or 0.0)


def _change(old: float, new: float) -> float | None:
    return (new - old) / old if old else (0.0 if new == old else None)


def _noise(name: str, before: dict[str, Any], after: dict[str, Any]) -> float | None:
    errors = [_standard_error(name, document) for document in (before, after)]
    if errors[0] is None or errors[1] is None:
        return None
    return 2 * sqrt(errors[0] ** 2 + errors[1] ** 2)


def _standard_error(name: str, document: dict[str, Any]) -> float | None:
    """As a share of the mean of the seconds."""
    key = SECONDS.get(name)
    if key is None:
        return None
    full = document["interval_seconds"]
    values = [row[key] for row in document["timeline"] if row["length"] == full and row[key] is not None]
    if len(values) < ENOUGH or not any(values):
        return None
    return float(stdev(values) / sqrt(len(values)) / (sum(values) / len(values)))


def comparable(document: dict[str, Any], name: str) -> None:
    """Raises LoadTestError for a run in which nothing was measured."""
    if not document["requests"]:
        raise plan_error(f"'{name}' has measured no request", "a run that did")
