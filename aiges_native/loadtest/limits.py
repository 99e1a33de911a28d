"""Limits that a run must keep, for a gate: ``p99>20ms``, ``error_rate>1%``, ``throughput<500``.

    LIMIT = [MEASURE "."] NAME ("<" | ">" | "<=" | ">=") NUMBER [UNIT]

It says when the run *fails*. NAME: ``p50`` to ``p99.99``, ``mean``, ``min``, ``max`` of MEASURE (latency, ok, service,
first, last, connect, lag, slow, recovery; without one: latency), or a figure of the run: ``throughput``, ``errors``,
``errors[CODE]``, ``error_rate``, ``requests``, ``pieces``, ``rss``, ``cpu``, with chaos ``unanswered``, ``dropped``,
``unrecovered``. After `--compare` a percentage with a sign, ``p99>+10%``, limits the change from the first file to the
second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .problem import plan_error
from .quantity import BYTES, MILLISECOND, NS, show_bytes, show_ms, split
from .record import MEASURES
from .report.summary import PERCENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMIT = re.compile(r"\s*([a-z0-9_.]+)\s*(?:\[([^\]]+)\])?\s*(<=|>=|<|>)\s*(\S.*?)\s*")
#: Figures of a run that are no times, by what they count.
FIGURES = {
    "throughput": "rate",
    "rps": "rate",
    "errors": "count",
    "requests": "count",
    "pieces": "count",
    "unanswered": "count",
    "dropped": "count",
    "unrecovered": "count",
    "error_rate": "share",
    "rss": "bytes",
    "cpu": "percent",
}
_UNITS = {"rate": ("", "rps"), "count": ("",), "share": ("", "%"), "percent": ("", "%"), "bytes": tuple(BYTES)}
_TIMES = ("min", "mean", *(f"p{percent:g}" for percent in PERCENTS), "max")
_EXAMPLE = "'p99>20ms', 'error_rate>1%' or 'throughput<500'"


@dataclass(frozen=True)
class Limit:
    """One limit. ``value`` has the unit of the figure (ms, bytes, a share, a number); ``relative``: a change, as a
    share of the earlier value."""

    text: str
    measure: str
    name: str
    code: str
    sign: str
    value: float
    relative: bool = False

    def figure(self, document: dict[str, Any]) -> float | None:
        """The figure in a summary; None: the run has none, because nothing of the kind happened."""
        if self.measure:
            times = document["measures"].get(self.measure)
            return None if times is None else float(times[self.name])
        if self.name == "errors" and self.code:
            return float(sum(each["count"] for each in document["errors"] if str(each["code"]) == self.code))
        if self.name in ("rss", "cpu"):
            resources = document["resources"]
            return None if resources is None else float(resources[self.name]["max"])
        names = {"errors": "failed", "rps": "throughput"}
        value = {**document.get("chaos", {}), **document}.get(names.get(self.name, self.name))
        return None if value is None else float(value)

    def broken(self, value: float) -> bool:
        """Whether a figure, or with ``relative`` a change, is on the wrong side."""
        signs = {"<": value < self.value, ">": value > self.value}
        return signs[self.sign[0]] or (len(self.sign) == 2 and value == self.value)

    def show(self, value: float) -> str:
        """A figure with its unit."""
        if self.measure:
            return show_ms(value)
        kind = FIGURES[self.name]
        shown = {"bytes": show_bytes(value), "share": f"{value:.3%}", "percent": f"{value:.0f} %"}
        return shown.get(kind, f"{value:,g}")


def parse_limit(text: str) -> Limit:
    """The limit a text says. Raises LoadTestError."""
    found = _LIMIT.fullmatch(text)
    if found is None:
        raise plan_error(f"'{text}' is no limit", _EXAMPLE)
    path, code, sign, number = found[1], found[2] or "", found[3], found[4]
    measure, name = _names(text, path, code)
    parts = split(number)
    if parts is None:
        raise plan_error(f"'{number}' in '{text}' is no number", _EXAMPLE)
    if parts[1] == "%" and number[0] in "+-":
        return Limit(text, measure, name, code, sign, parts[0] / 100, relative=True)
    return Limit(text, measure, name, code, sign, _value(text, measure, name, *parts))


def check(limits: list[Limit], document: dict[str, Any]) -> list[str]:
    """A sentence for every limit that the run breaks. One about something that never happened is broken: a gate that
    measured nothing must not be green."""
    found = []
    for limit in limits:
        if limit.relative:
            raise plan_error(f"'{limit.text}' limits a change", "it with --compare, or without a sign")
        value = limit.figure(document)
        if value is None:
            found.append(f"limit '{limit.text}': there is no such figure in this run")
        elif limit.broken(value):
            found.append(f"limit '{limit.text}': {limit.show(value)}")
    return found


def _names(text: str, path: str, code: str) -> tuple[str, str]:
    if path in FIGURES:
        if code and path != "errors":
            raise plan_error(f"'{path}' in '{text}' has no codes", "'errors[10110]>0'")
        return "", path
    measure, _, name = path.partition(".")
    if measure not in MEASURES:
        measure, name = "latency", path
    if code or name not in _TIMES:
        raise plan_error(f"there is no figure '{path}' for '{text}'", f"{', '.join((*_TIMES, *FIGURES))}")
    return measure, name


def _value(text: str, measure: str, name: str, number: float, unit: str) -> float:
    if measure:
        if unit not in NS:
            raise plan_error(f"'{text}' compares a time with '{number:g}{unit}'", "a unit: us, ms, s")
        return number * NS[unit] / MILLISECOND
    kind = FIGURES[name]
    if unit not in _UNITS[kind] and not (kind == "bytes" and not unit):
        raise plan_error(
            f"'{text}': unit '{unit}' does not suit {name}", f"one of {', '.join(filter(None, _UNITS[kind]))}"
        )
    if kind == "bytes":
        return number * BYTES[unit or "b"]
    return number / 100 if kind == "share" and unit == "%" else number
