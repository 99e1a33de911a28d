"""The files that xtest leaves: perf.txt, perfReqRecord.csv, errDist, resource.csv and the plot of the resources.

Names, places, keys (with their spelling) and units are xtest's, so that what reads them goes on working: times are
milliseconds, memory is a percentage of the machine's.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from aiges_native.loadtest.quantity import MILLISECOND

from .html_page import resource_plots
from .summary import write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.loadtest.run import Run

#: measure of ours -> the five names of xtest: min, max, average, 95, 99
NAMES = {
    "ok": ("min", "max", "delayAverage", "delay95", "delay99"),
    "first": ("delayFirstMin", "delayFirstMax", "delayFirstAverage", "delayFirst95", "delayFirst99"),
    "last": ("delayLatMin", "delayLatMax", "delayLastAverage", "delayLast95", "delayLast99"),
}
KEYS = ("min", "max", "mean", "p95", "p99")
RECORDED = 1000  # handles kept for one code in perf.txt


def write_xtest_files(run: Run, document: dict[str, Any], folder: Path, plot_file: Path | None) -> list[Path]:
    """Writes all of them; those of requests only if the plan kept them. Raises LoadTestError."""
    texts = {folder / "log" / "errDist": err_dist(document)}
    if run.record.requests is not None:
        texts[folder / "perf.txt"] = perf_text(run, document)
        texts[folder / "perfReqRecord.csv"] = request_lines(run)
    if run.samples:
        texts[folder / "log" / "resource.csv"] = resource_lines(run)
        if plot_file is not None:
            texts[folder / plot_file.with_suffix(".svg")] = "\n".join(resource_plots(document).values()) + "\n"
    for path, text in texts.items():
        write_text(path, text)
    return list(texts)


def perf_text(run: Run, document: dict[str, Any]) -> str:
    """Two headings, each with a JSON document on its own line."""
    rate = 1 - document["error_rate"] if document["requests"] else 0.0
    figures: dict[str, float] = {"failRate": round(1 - rate, 6), "successRate": round(rate, 6)}
    for name, xtest_names in NAMES.items():
        times = document["measures"].get(name, {})
        figures.update({theirs: times.get(ours) or 0 for ours, theirs in zip(KEYS, xtest_names, strict=True)})
    texts = {str(each["code"]): each["text"] for each in document["errors"]}
    failed: dict[str, list[dict[str, str]]] = {code: [] for code in texts}
    for number, request in enumerate(run.record.requests or []):
        if request[5] != 0 and len(known := failed.setdefault(str(request[5]), [])) < RECORDED:
            known.append({"errInfo": texts.get(str(request[5]), ""), "handle": str(number)})
    return f"perf result:\n {json.dumps(figures)}\nperf err record: \n{json.dumps(failed, ensure_ascii=False)}\n"


def request_lines(run: Run) -> str:
    """A line for every request that succeeded, as ``name:value`` pairs."""
    return "".join(
        _request_line(run, number, *map(int, request[:5]))
        for number, request in enumerate(run.record.requests or [])
        if request[5] == 0
    )


def _request_line(run: Run, number: int, intended: int, sent: int, first: int, last_sent: int, end: int) -> str:
    def date(ns: int) -> str:
        return datetime.fromtimestamp(run.began + (ns - run.clock) / 1e9).isoformat(" ", "microseconds")

    cost = f"id:{number},cost:{(end - intended) / MILLISECOND:.6f}"
    if not last_sent:
        return f"{cost},begin:{date(intended)},end:{date(end)}\n"
    first = first or end
    costs = f"firstCost:{(first - sent) / MILLISECOND:.6f},lastCost:{(end - last_sent) / MILLISECOND:.6f}"
    ends = f"firstReq:{date(sent)},firstRlt:{date(first)},lastReq:{date(last_sent)},lastRlt:{date(end)}"
    return f"{cost},{costs},begin:{date(intended)},end:{date(end)},{ends}\n"


def err_dist(document: dict[str, Any]) -> str:
    """``code("text"): count``, successes first."""
    rows = [(0, "", document["requests"] - document["failed"])]
    rows += [(each["code"], each["text"], each["count"]) for each in document["errors"]]
    return "".join('{}("{}"): {}\n'.format(code, text.replace("\n", " "), count) for code, text, count in rows)


def resource_lines(run: Run) -> str:
    """Percent of a core, percent of the machine's memory, local time."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    lines = ["CPU,MEMORY,TIME"]
    for each in run.samples:
        at = datetime.fromtimestamp(each.at).isoformat(" ", "milliseconds")
        lines.append(f"{each.cpu:f},{each.rss / memory * 100:f},{at}")
    return "\n".join(lines) + "\n"
