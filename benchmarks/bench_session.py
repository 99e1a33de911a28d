"""Sessions: create, 10 writes of 1 KB, destroy. Ours; the same wrapper by hand (compat, floor.c); pure C (echo.c)."""

from __future__ import annotations

import common
from common import Figures, figure, ratio, spread, target


def measure(quick: bool = False) -> Figures:
    rounds, us = (40, 2000) if quick else (250, 4000)
    (case,) = common.run_host("session", "session.py", str(rounds), str(us))
    sides = case["ns"]
    result: Figures = {
        "ns": {name: spread(values) for name, values in sides.items()},
        "ratio": {name: ratio(values, sides["compat"]) for name, values in sides.items() if name != "compat"},
        "loops_per_s": {name: round(1e9 / spread(values)["median"]) for name, values in sides.items()},
        "loops_per_s_best": {name: round(1e9 / min(values)) for name, values in sides.items()},
    }
    print("  loops/s (median)", " ".join(f"{name} {value:,}" for name, value in result["loops_per_s"].items()))
    print("  loops/s (best)  ", " ".join(f"{name} {value:,}" for name, value in result["loops_per_s_best"].items()))
    table = [
        target("session: loops/s, best round", result["loops_per_s_best"]["ours"], 120_000, "/s", at_least=True),
        figure("session: loops/s, median", result["loops_per_s"]["ours"], "/s"),
        figure("session: ns to the same wrapper by hand", result["ratio"]["ours"]["median"]),
    ]
    return {**result, "table": table}


if __name__ == "__main__":
    common.main(measure, "session", __doc__)
