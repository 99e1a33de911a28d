"""The load tester beside wrk: the same request, the same concurrency, the same bare service, in rounds that take turns.

Needs wrk (Debian, Ubuntu: apt-get install wrk) and the extras bench-tool and test.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import common
from common import Figures, figure, ratio, spread, target

from aiges_native.loadtest import Plan, Stream, run
from aiges_native.loadtest.frames import frames_of
from aiges_native.loadtest.quantity import SECOND
from aiges_native.loadtest.target.message import request_json

APP = common.ROOT / "tests/loadtest/bare_app.py"
USERS = 16
PAYLOAD = 700  # bytes, about 1 KB of JSON
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def wrk(plan: Plan, seconds: float, folder: Path) -> tuple[float, float, float]:
    """(requests/s, p50, p99), times in ms."""
    body = request_json(plan, frames_of(plan, 0)[0]).decode()
    script = folder / "post.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [==[{body}]==]\n"
    )
    words = ["wrk", "-t2", f"-c{USERS}", f"-d{seconds:.0f}s", "--latency", "-s", str(script), plan.target]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        sys.exit(f"wrk got errors:\n{text}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    times = [re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)", text) for percent in (50, 99)]
    assert rate is not None
    p50, p99 = (float(found[1]) * UNITS[found[2]] for found in times if found is not None)
    return float(rate[1]), p50, p99


def ours(plan: Plan) -> tuple[float, float, float]:
    record = run(plan).record
    if record.failed:
        sys.exit(f"the load tester got errors: {record.failures}")
    p50, p99 = (each / 1e6 for each in record.histograms["latency"].percentiles((50, 99)) if each is not None)
    return record.answered / ((record.stop - record.warm) / SECOND), p50, p99


def measure(quick: bool = False) -> Figures:
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian, Ubuntu: apt-get install wrk)")
    rounds, seconds = (5, 2) if quick else (11, 4)
    stream = Stream("data", "text", ((b"x" * PAYLOAD,),))
    words = [sys.executable, str(APP)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as app, tempfile.TemporaryDirectory() as folder:
        assert app.stdout is not None
        address = f"http://localhost:{int(app.stdout.readline())}/v1/private/echo"
        plan = Plan(address, streams=(stream,), users=USERS, duration=seconds * SECOND)
        try:
            ours(replace(plan, duration=SECOND))  # the service's first second is not like the others
            pairs = [_pair(plan, seconds, Path(folder), turn) for turn in range(rounds)]
        finally:
            app.kill()
    mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    return _result(mine, theirs)


def _pair(plan: Plan, seconds: float, folder: Path, turn: int) -> list[tuple[float, float, float]]:
    """One round of each; who goes first alternates."""
    if turn % 2:
        second = wrk(plan, seconds, folder)
        return [ours(plan), second]
    first = ours(plan)
    return [first, wrk(plan, seconds, folder)]


def _result(mine: list[tuple[float, float, float]], theirs: list[tuple[float, float, float]]) -> Figures:
    names = ("rate", "p50", "p99")
    columns = {name: ([row[place] for row in mine], [row[place] for row in theirs]) for place, name in enumerate(names)}
    ratios = {name: ratio(*pair) for name, pair in columns.items()}
    result: Figures = {
        "ours": {name: spread(pair[0]) for name, pair in columns.items()},
        "wrk": {name: spread(pair[1]) for name, pair in columns.items()},
        "ratio": ratios,
    }
    for name, unit in (("rate", "/s"), ("p50", "ms"), ("p99", "ms")):
        mine_median, theirs_median = result["ours"][name]["median"], result["wrk"][name]["median"]
        print(f"  {name:<5} ours {mine_median:>10,.3f} {unit:<3} wrk {theirs_median:>10,.3f} {unit}")
    table = [
        target("load tester: requests/s to those of wrk", ratios["rate"]["median"], 0.95, at_least=True),
        target("load tester: the same, from above", ratios["rate"]["median"], 1.05),
        figure("load tester: p50 to that of wrk", ratios["p50"]["median"]),
        figure("load tester: p99 to that of wrk", ratios["p99"]["median"]),
    ]
    return {**result, "table": table}


if __name__ == "__main__":
    common.main(measure, "loadtest", __doc__)
