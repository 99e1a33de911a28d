"""Native host -> Python wrapper: wrapperExec + wrapperExecFree, beside the floors of floor.c in the same process.

`--64` measures the echo at 64 B only (2 s). Contenders: ours; compat (the same wrapper.py over hand-written C types); gil, view, once, copied (see floor.c); c_echo
(csrc/engines/echo.c). Ratios are to `compat` unless said.
"""

from __future__ import annotations

import common
from common import Figures, figure, ratio, spread, target

SIZES = [64, 4096, 65536, 1 << 20, 16 << 20]


def cases(quick: bool, sizes: list[int], params: int = 1, threads: int = 1, out: bool = False) -> list[str]:
    words = []
    for size in sizes:
        heavy = size >= 1 << 20
        rounds, us = (12, 1500) if quick else (60, 2000)
        if heavy:
            rounds, us = (rounds // 2, us * 2) if size < 16 << 20 else (rounds // 3, us * 6)
        if threads > 1:
            rounds, us = (6, 40000) if quick else (16, 60000)
        payload = 64 if out else size
        words.append(f"{payload},{params},{threads},{rounds},{us}" + (f",{size}" if out else ","))
    return words


def summary(case: Figures) -> Figures:
    """Statistics of one case; `compat` is the floor."""
    sides = case["contenders"]
    floor = sides["compat"]
    made: Figures = {key: case[key] for key in ("payload", "params", "threads")}
    made["ns"] = {name: spread(side["ns"]) for name, side in sides.items()}
    made["p50"] = {name: spread(side["p50"])["median"] for name, side in sides.items()}
    made["p99"] = {name: spread(side["p99"])["median"] for name, side in sides.items()}
    made["ratio"] = {name: ratio(side["ns"], floor["ns"]) for name, side in sides.items() if name != "compat"}
    made["p99_to_p50"] = spread([a / b for a, b in zip(sides["ours"]["p99"], sides["ours"]["p50"])])["median"]
    made["p99_to_floor"] = ratio(sides["ours"]["p99"], floor["p99"])["median"]
    return made


def label(size: int) -> str:
    return f"{size} B" if size < 1024 else f"{size >> 10} KB" if size < 1 << 20 else f"{size >> 20} MB" if size < 1 << 30 else f"{size >> 30} GB"


def print_case(name: str, case: Figures) -> None:
    figures = " ".join(f"{side} {value['median']:,.0f}" for side, value in case["ns"].items())
    ours = case["ratio"]["ours"]
    print(f"  {name:<26} {ours['median']:.3f} x compat (best {ours['of_best']:.3f}) | ns: {figures}", flush=True)


def growth_of(cases: list[Figures]) -> float:
    """Time of the largest payload to that of the smallest. The two are measured seconds apart, so the floor, which by
    construction does not depend on the payload here, stands in for the state of the machine."""
    return cases[-1]["ratio"]["ours"]["median"] / cases[0]["ratio"]["ours"]["median"]


class Run:
    """One benchmark under way: cases by name, and the table."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.result: Figures = {}
        self.table: list[Figures] = []

    def measure(self, name: str, wrapper: str, words: list[str], keys: list[str]) -> list[Figures]:
        made = [summary(case) for case in common.run_host("exec", wrapper, *words)]
        self.result[name] = dict(zip(keys, made))
        for key, case in zip(keys, made):
            print_case(f"{name} {key}", case)
        return made

    def echoes(self) -> None:
        first, *others = [label(size) for size in SIZES]
        (small,) = self.measure("echo", "echo.py", cases(self.quick, SIZES[:1]), [first])
        self.table.append(target("echo 64 B: ns to compatible floor", small["ratio"]["ours"]["median"], 1.15))
        self.table.append(target("echo 64 B: p99 to p50, one thread", small["p99_to_p50"], 4))
        (append,) = self.measure("echo_append", "echo_append.py", cases(self.quick, SIZES[:1]), [first])
        self.table.append(target("echo 64 B, list[0] and append: ns to floor", append["ratio"]["ours"]["median"], 1.15))
        for key, case in zip(others, self.measure("echo_sizes", "echo.py", cases(self.quick, SIZES[1:]), others)):
            self.table.append(figure(f"echo {key}: ns to floor", case["ratio"]["ours"]["median"]))

    def params(self) -> None:
        counts = [1, 5, 9]
        words = ["pair", *(word for count in counts for word in cases(self.quick, SIZES[:1], params=count))]
        made = self.measure("params", "echo.py", words, [f"{count} entries" for count in counts])
        for name in ("ours", "compat"):
            each = (made[-1]["ns"][name]["min"] - made[0]["ns"][name]["min"]) / (counts[-1] - counts[0])
            self.result["params"][f"ns_per_entry_{name}"] = round(each, 1)
        self.table.append(target("params: ns per further entry", self.result["params"]["ns_per_entry_ours"], 60, "ns"))
        self.table.append(figure("params: ns per further entry, the floor's", self.result["params"]["ns_per_entry_compat"], "ns"))

    def sinks(self) -> None:
        sizes = SIZES if self.quick else [*SIZES, 1 << 30]
        keys = [label(size) for size in sizes]
        views = self.measure("view_sink", "view_sink.py", ["pair", *cases(self.quick, sizes)], keys)
        self.table.append(target(f"node.view sink: {keys[-1]} to 64 B", growth_of(views), 2))
        self.table.append(figure("node.view sink 64 B: ns to floor", views[0]["ratio"]["ours"]["median"]))
        words = ["pair", *cases(self.quick, SIZES, params=2, out=True)]
        outs = self.measure("bytes_out", "bytes_out.py", words, keys[: len(SIZES)])
        self.table.append(figure("bytes out: 16 MB to 64 B", growth_of(outs)))
        self.table.append(figure("bytes out 64 B: ns to floor", outs[0]["ratio"]["ours"]["median"]))

    def threads(self) -> None:
        for count in (2, 4):
            words = ["pair", *cases(self.quick, SIZES[:1], threads=count)]
            (case,) = self.measure(f"threads_{count}", "echo.py", words, ["64 B"])
            rate = 1 / case["ratio"]["ours"]["median"]
            self.table.append(target(f"echo 64 B, {count} threads: calls/s to floor", rate, 0.9, at_least=True))
            self.table.append(target(f"echo 64 B, {count} threads: p99 to the floor's", case["p99_to_floor"], 1.2))
        words = ["pair", *(word for count in (1, 2) for word in cases(self.quick, [1 << 20], threads=count))]
        one, two = self.measure("large_threads", "echo.py", words, ["1 thread", "2 threads"])
        for name in ("ours", "compat"):
            gain = one["ns"][name]["median"] / two["ns"][name]["median"]
            self.result["large_threads"][f"gain_{name}"] = round(gain, 3)
        gains = self.result["large_threads"]
        self.table.append(target("echo 1 MB: calls/s, 2 threads to 1", gains["gain_ours"], 1.5, at_least=True))
        self.table.append(figure("echo 1 MB: calls/s, 2 threads to 1, the floor's", gains["gain_compat"]))


def measure(quick: bool = False, only_small: bool = False) -> Figures:
    run = Run(quick)
    if only_small:
        (small,) = run.measure("echo", "echo.py", cases(quick, SIZES[:1]), ["64 B"])
        run.table.append(target("echo 64 B: ns to compatible floor", small["ratio"]["ours"]["median"], 1.15))
    else:
        run.echoes()
        run.params()
        run.sinks()
        run.threads()
    return {**run.result, "table": run.table}


if __name__ == "__main__":
    common.main(measure, "exec", __doc__)
