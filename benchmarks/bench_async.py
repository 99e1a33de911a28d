"""Asynchronous round trips: wrapperExecAsync, a Python worker thread behind queue.SimpleQueue, callback into the host.

Ours; the same wrapper by hand with a direct callback (compat, floor.c); pure C (echo.c, thread and queue in C).
"""

from __future__ import annotations

import common
from common import Figures, check, ratio, spread


def measure(quick: bool = False) -> Figures:
    rounds, us = (12, 20_000) if quick else (60, 50_000)
    result: Figures = {}
    checks = []
    for in_flight in (1, 16):
        (case,) = common.run_host("async", "worker.py", str(rounds), str(us), str(in_flight))
        sides = case["ns"]
        made: Figures = {
            "ns": {name: spread(values) for name, values in sides.items()},
            "ratio": {name: ratio(values, sides["compat"]) for name, values in sides.items() if name != "compat"},
            "round_trips_per_s": {name: round(1e9 / spread(values)["median"]) for name, values in sides.items()},
        }
        result[f"{in_flight} in flight"] = made
        shown = " ".join(f"{name} {value:,}" for name, value in made["round_trips_per_s"].items())
        print(f"  {in_flight:>2} in flight, round trips/s: {shown}", flush=True)
        checks.append(check(f"async, {in_flight} in flight: round trips/s to floor", 1 / made["ratio"]["ours"]["median"], 0.9, True))
        if in_flight == 1:
            rate = made["round_trips_per_s"]["ours"]
            checks.append(check("async, 1 in flight: round trips/s", rate, 2 * 13_690, True, "/s"))
    return {**result, "checks": checks}


if __name__ == "__main__":
    common.main(measure, "async", __doc__)
