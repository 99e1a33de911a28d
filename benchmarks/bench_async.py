"""Asynchronous round trips: wrapperExecAsync, a Python worker thread behind queue.SimpleQueue, callback into the host.

Ours; the same wrapper by hand with a direct callback (compat, floor.c); pure C (echo.c, thread and queue in C).

A round trip is two wake-ups, and what those cost (1.5 us on one core, 5 to 50 us between two) depends on where the
scheduler puts the threads, which differs from side to side and from run to run. So ratios are taken on one core, where
only work counts; with all cores the rate is reported, and compared with AIGES's 13,690/s.
"""

from __future__ import annotations

import common
from common import Figures, figure, ratio, spread, target


def measure(quick: bool = False) -> Figures:
    rounds, us = (12, 20_000) if quick else (50, 40_000)
    result: Figures = {}
    table = []
    for cores in (1, 0):
        for in_flight in (1, 16):
            name = f"{in_flight} in flight, {'one core' if cores else 'all cores'}"
            made = result[name] = summary(in_flight, rounds, us, cores)
            shown = " ".join(f"{side} {value:,}" for side, value in made["round_trips_per_s"].items())
            print(f"  {name}, round trips/s: {shown}", flush=True)
            if cores:
                table.append(figure(f"async, {name}: ns to the same by hand", made["ratio"]["ours"]["median"]))
            elif in_flight == 1:
                rate = made["round_trips_per_s"]["ours"]
                table.append(target(f"async, {name}: round trips/s", rate, 2 * 13_690, "/s", at_least=True))
    return {**result, "table": table}


def summary(in_flight: int, rounds: int, us: int, cores: int) -> Figures:
    (case,) = common.run_host("async", "worker.py", str(rounds), str(us), str(in_flight), cores=cores)
    sides = case["ns"]
    return {
        "ns": {name: spread(values) for name, values in sides.items()},
        "ratio": {name: ratio(values, sides["compat"]) for name, values in sides.items() if name != "compat"},
        "round_trips_per_s": {name: round(1e9 / spread(values)["median"]) for name, values in sides.items()},
    }


if __name__ == "__main__":
    common.main(measure, "async", __doc__)
