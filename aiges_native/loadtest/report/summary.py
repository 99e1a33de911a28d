"""The summary of a run: one JSON document from which every report is made and which `--compare` reads."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path

from aiges_native.loadtest.chaos import slow_users
from aiges_native.loadtest.outcome import CLOSED, TIMEOUT
from aiges_native.loadtest.problem import LoadTestError, plan_error
from aiges_native.loadtest.quantity import SECOND, milliseconds
from aiges_native.loadtest.record import Interval, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.loadtest.histogram import Histogram
    from aiges_native.loadtest.plan import Plan
    from aiges_native.loadtest.run import Run

FORMAT = "aiges-native-bench/1"
PERCENTS = (50, 75, 90, 95, 99, 99.9, 99.99)
#: What a comparison reads of a document.
COMPARED: dict[str, type | tuple[type, ...]] = {
    "plan": dict, "machine": dict, "requests": int, "failed": int, "error_rate": (int, float),
    "throughput": (int, float), "measures": dict, "errors": list, "interval_seconds": int, "timeline": list,
    "resources": (dict, type(None)),
}  # fmt: skip
CURVE = (0, 5, *range(10, 91, 5), 92, 94, 95, 96, 97, 98, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100)


def summary_of(run: Run) -> dict[str, Any]:
    """The document. Times are milliseconds, rates per second, memory bytes, processor time percent of one core."""
    record = run.record
    seconds = measured_seconds(record)
    document: dict[str, Any] = {
        "format": FORMAT,
        "began": _date(run.began),
        "plan": _plan(run.plan, run.processes),
        "machine": _machine(),
        "warnings": run.warnings,
        "interrupted": run.interrupted,
        "seconds": round(seconds, 3),
        "requests": record.measured,
        "failed": record.failed,
        "error_rate": round(record.failed / record.measured, 6) if record.measured else 0.0,
        "throughput": round(record.answered / seconds, 3) if seconds else 0.0,
        "warmed": record.warmed,
        "bytes": {"sent": record.written, "received": record.received},
        "measures": {name: _times(each) for name, each in record.histograms.items() if each.count},
        "errors": _errors(record),
        "curve": _curve(record.histograms["latency"]),
        "interval_seconds": record.width // SECOND,
        "timeline": _timeline(run),
        "resources": _resources(run),
        "client_cpu": round(record.client_cpu * 100, 1),
    }
    if run.plan.mode != "once":
        document["pieces"] = record.pieces
    if run.plan.chaos is not None:
        document["chaos"] = _chaos(run)
    return document


def measured_seconds(record: Record) -> float:
    """From the end of the warm-up to the last start or, if that comes first, the last answer."""
    return max(min(record.stop, record.last_end) - record.warm, 0) / SECOND if record.last_end else 0.0


def read_summary(path: Path) -> dict[str, Any]:
    """A document written earlier. Raises LoadTestError."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise plan_error(f"'{path}' cannot be read: {(error.strerror or '').lower()}", "another file") from error
    except (ValueError, RecursionError) as error:
        raise plan_error(f"'{path}' is not JSON: {error}", "a file written with --json") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise plan_error(f"'{path}' is no result of this load tester (format '{FORMAT}')", "a file written with --json")
    lacking = next((key for key, kind in COMPARED.items() if not isinstance(document.get(key), kind)), None)
    if lacking is not None:
        raise plan_error(f"'{path}' is damaged: it has no '{lacking}'", "a file written with --json")
    return document


def write_text(path: Path, text: str) -> None:
    """Writes a report, with the folders it needs. Raises LoadTestError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise LoadTestError(f"write '{path}'", why, "another place", usage=False) from error


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


def _plan(plan: Plan, processes: int) -> dict[str, Any]:
    streams = [
        {"key": s.key, "type": s.kind, "documents": len(s.documents), "frames": len(s.documents[0]),
         "bytes": sum(map(len, s.documents[0])), "interval_ms": milliseconds(s.interval)}
        for s in plan.streams
    ]  # fmt: skip
    found: dict[str, Any] = {
        "target": plan.target,
        "kind": plan.kind,
        "mode": plan.mode,
        "pace": plan.pace,
        "users": plan.users,
        "seconds": None if plan.duration is None else plan.duration / SECOND,
        "count": plan.count,
        "warmup_seconds": plan.warmup / SECOND,
        "timeout_ms": milliseconds(plan.timeout),
        "processes": processes,
        "streams": streams,
    }
    if plan.form != "json":
        found["form"] = plan.form
    if plan.chaos is not None:
        chaos = plan.chaos
        parts = {"drop": chaos.drop, "slow": chaos.slow, "kill_every_seconds": chaos.kill_every / SECOND}
        found["chaos"] = {name: value for name, value in parts.items() if value}
        found["seed"] = plan.seed
    return found


def _machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "arch": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def _times(histogram: Histogram) -> dict[str, float | None]:
    found = zip(PERCENTS, histogram.percentiles(PERCENTS), strict=True)
    return {
        "count": histogram.count,
        "min": milliseconds(histogram.low),
        "mean": milliseconds(histogram.mean),
        **{f"p{percent:g}": milliseconds(value) for percent, value in found},
        "max": milliseconds(histogram.high),
    }


def _errors(record: Record) -> list[dict[str, Any]]:
    by_count = sorted(record.failures.items(), key=lambda item: -item[1].count)
    return [{"code": code, "count": each.count, "text": each.text} for code, each in by_count]


def _curve(histogram: Histogram) -> list[list[float | None]]:
    if not histogram.count:
        return []
    values = histogram.percentiles(CURVE)
    return [[percent, milliseconds(value)] for percent, value in zip(CURVE, values, strict=True)]


def _timeline(run: Run) -> list[dict[str, Any]]:
    """A row for every interval, a second in all but long runs, by when requests ended; the first and the last may be
    shorter. ``second``: where it begins, from the start of the run."""
    record = run.record
    if not record.intervals:
        return []
    rows = []
    for place in range(min(record.intervals), max(record.intervals) + 1):
        interval = record.intervals.get(place) or Interval()
        begin = max(record.begin + place * record.width, record.warm)
        end = min(record.begin + (place + 1) * record.width, max(record.last_end, record.warm))
        p50, p99 = interval.latency.percentiles((50, 99))
        row: dict[str, Any] = {
            "second": place * record.width // SECOND,
            "length": round(max(end - begin, 0) / SECOND, 3),
            "ok": interval.ok,
            "failed": interval.failed,
            "mean": milliseconds(interval.latency.mean),
            "p50": milliseconds(p50),
            "p99": milliseconds(p99),
        }
        if run.plan.chaos is not None:
            row["dropped"] = interval.dropped
            row["kills"] = sum((kill.at - record.begin) // record.width == place for kill in run.kills)
        rows.append(row)
    return rows


def _chaos(run: Run) -> dict[str, Any]:
    """What was done to the target, and what of it clients felt. ``unanswered``: requests that were sent, and lost."""
    record, chaos = run.record, run.plan.chaos
    assert chaos is not None
    lost = [record.failures[code].count for code in (TIMEOUT, CLOSED) if code in record.failures]
    found: dict[str, Any] = {"unanswered": sum(lost)}
    if chaos.drop:
        found["dropped"] = record.dropped
    if chaos.slow:
        found["slow_users"] = len(slow_users(run.plan))
    if chaos.kill_every:
        found["unrecovered"] = run.unrecovered
        found["kills"] = [
            {"second": round((kill.at - record.begin) / SECOND, 3), "pid": kill.pid, "recovery_ms": milliseconds(time)}
            for kill, time in run.recoveries
        ]
    return found


def _resources(run: Run) -> dict[str, Any] | None:
    if not run.samples:
        return None
    first = run.samples[0].at
    resident = [sample.rss for sample in run.samples]
    loads = [sample.cpu for sample in run.samples]
    samples = [[round(each.at - first, 2), each.rss, each.cpu] for each in run.samples]
    return {
        "rss": {"first": resident[0], "max": max(resident), "last": resident[-1]},
        "cpu": {"mean": round(sum(loads) / len(loads), 1), "max": max(loads)},
        "processes": max(sample.processes for sample in run.samples),
        "samples": samples,
    }
