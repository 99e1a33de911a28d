"""Native host -> Python wrapper: wrapperExec + wrapperExecFree, beside the floors of floor.c in the same process.

`--64` measures the echo at 64 B only (2 s). Contenders: ours; compat (the same wrapper.py over hand-written C types);
gil, view, once, copied (see floor.c); c_echo (csrc/engines/echo.c). Ratios are to `compat` unless said.
"""

from __future__ import annotations

import common
from common import Figures, figure, ratio, spread, target

SIZES = [64, 4096, 65536, 1 << 20, 16 << 20]


def variant(size: int, params: int = 1, threads: int = 1) -> str:
    return f"{size}:{params}:{threads}"


def case(quick: bool, *variants: str, threads: bool = False) -> str:
    """A case for the C host: its variants take turns. Rounds are longer where single calls are."""
    largest = max(int(words.split(":")[0]) for words in variants) if len(variants) == 1 else 0
    if threads:
        rounds, us = (8, 30_000) if quick else (24, 60_000)
    elif largest >= 16 << 20:
        rounds, us = (5, 8_000) if quick else (20, 12_000)
    elif largest >= 1 << 20:
        rounds, us = (8, 3_000) if quick else (40, 4_000)
    else:
        rounds, us = (14, 1_000) if quick else (80, 2_000)
    return f"{'/'.join(variants)},{rounds},{us}"


def summary(case: Figures) -> Figures:
    """Statistics of one case; `compat` is the floor."""
    sides = case["contenders"]
    floor = sides["compat"]
    made: Figures = {key: case[key] for key in ("payload", "params", "threads")}
    made["ns"] = {name: spread(side["ns"]) for name, side in sides.items()}
    made["p50"] = {name: spread(side["p50"])["median"] for name, side in sides.items()}
    made["p99"] = {name: spread(side["p99"])["median"] for name, side in sides.items()}
    made["ratio"] = {name: ratio(side["ns"], floor["ns"]) for name, side in sides.items() if name != "compat"}
    made["p99_to_p50"] = ratio(sides["ours"]["p99"], sides["ours"]["p50"])["median"]
    made["p99_to_floor"] = ratio(sides["ours"]["p99"], floor["p99"])["median"]
    return made


def label(size: int) -> str:
    for unit, shift in (("GB", 30), ("MB", 20), ("KB", 10)):
        if size >> shift:
            return f"{size >> shift} {unit}"
    return f"{size} B"


def print_case(name: str, case: Figures) -> None:
    figures = " ".join(f"{side} {value['median']:,.0f}" for side, value in case["ns"].items())
    ours = case["ratio"]["ours"]
    print(f"  {name:<26} {ours['median']:.3f} x compat (best {ours['of_best']:.3f}) | ns: {figures}", flush=True)


class Run:
    """One benchmark under way: cases by name, and the table."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.result: Figures = {}
        self.table: list[Figures] = []
        self.rounds: dict[str, list[dict[str, list[float]]]] = {}

    def measure(self, name: str, wrapper: str, words: list[str], keys: list[str]) -> list[Figures]:
        lines = common.run_host("exec", wrapper, *words)
        made = [summary(line) for line in lines]
        self.rounds[name] = [{side: it["ns"] for side, it in line["contenders"].items()} for line in lines]
        self.result[name] = dict(zip(keys, made, strict=True))
        for key, figures in zip(keys, made, strict=True):
            print_case(f"{name} {key}", figures)
        return made

    def growth(self, name: str, side: str = "ours") -> float:
        """Time of the last variant to that of the first, which took turns."""
        first, *_, last = self.rounds[name]
        return float(ratio(last[side], first[side])["median"])

    def echoes(self) -> None:
        first, *others = [label(size) for size in SIZES]
        (small,) = self.measure("echo", "echo.py", [case(self.quick, variant(64))], [first])
        self.table.append(target("echo 64 B: ns to compatible floor", small["ratio"]["ours"]["median"], 1.15))
        self.table.append(target("echo 64 B: p99 to p50, one thread", small["p99_to_p50"], 4))
        (append,) = self.measure("echo_append", "echo_append.py", [case(self.quick, variant(64))], [first])
        self.table.append(target("echo 64 B, list[0] and append: ns to floor", append["ratio"]["ours"]["median"], 1.15))
        words = [case(self.quick, variant(size)) for size in SIZES[1:]]
        for key, made in zip(others, self.measure("echo_sizes", "echo.py", words, others), strict=True):
            self.table.append(figure(f"echo {key}: ns to floor", made["ratio"]["ours"]["median"]))

    def params(self) -> None:
        counts = [1, 5, 9]
        words = ["pair", case(self.quick, *(variant(64, params=count) for count in counts))]
        self.measure("params", "echo.py", words, [f"{count} entries" for count in counts])
        few, many = self.rounds["params"][0], self.rounds["params"][-1]
        further = counts[-1] - counts[0]
        for name in ("ours", "compat"):
            # Differences within a round: two minima may come from moments when the machine ran at different speeds.
            each = [(b - a) / further for a, b in zip(few[name], many[name], strict=True)]
            self.result["params"][f"ns_per_entry_{name}"] = spread(each)
        ours, floor = (self.result["params"][f"ns_per_entry_{name}"]["median"] for name in ("ours", "compat"))
        self.table.append(target("params: ns per further entry", ours, 60, "ns"))
        self.table.append(figure("params: ns per further entry, the floor's", floor, "ns"))

    def sinks(self) -> None:
        sizes = SIZES if self.quick else [*SIZES, 1 << 30]
        keys = [label(size) for size in sizes]
        views = self.measure("view_sink", "view_sink.py", ["pair", case(self.quick, *map(variant, sizes))], keys)
        self.table.append(target(f"node.view sink: {keys[-1]} to 64 B", self.growth("view_sink"), 2))
        self.table.append(figure("node.view sink 64 B: ns to floor", views[0]["ratio"]["ours"]["median"]))
        words = ["pair", case(self.quick, *(f"{variant(64, params=2)}:{size}" for size in SIZES))]
        outs = self.measure("bytes_out", "bytes_out.py", words, keys[: len(SIZES)])
        self.table.append(figure("bytes out: 16 MB to 64 B", self.growth("bytes_out")))
        self.table.append(figure("bytes out 64 B: ns to floor", outs[0]["ratio"]["ours"]["median"]))

    def threads(self) -> None:
        for count in (2, 4):
            words = ["pair", case(self.quick, variant(64, threads=count), threads=True)]
            (made,) = self.measure(f"threads_{count}", "echo.py", words, ["64 B"])
            rate = 1 / made["ratio"]["ours"]["median"]
            self.table.append(target(f"echo 64 B, {count} threads: calls/s to floor", rate, 0.9, at_least=True))
            self.table.append(target(f"echo 64 B, {count} threads: p99 to the floor's", made["p99_to_floor"], 1.2))
        words = ["pair", case(self.quick, variant(1 << 20), variant(1 << 20, threads=2), threads=True)]
        self.measure("large_threads", "echo.py", words, ["1 thread", "2 threads"])
        for name in ("ours", "compat"):
            self.result["large_threads"][f"gain_{name}"] = round(1 / self.growth("large_threads", name), 3)
        gains = self.result["large_threads"]
        self.table.append(target("echo 1 MB: calls/s, 2 threads to 1", gains["gain_ours"], 1.5, at_least=True))
        self.table.append(figure("echo 1 MB: calls/s, 2 threads to 1, the floor's", gains["gain_compat"]))


def measure(quick: bool = False, only_small: bool = False) -> Figures:
    run = Run(quick)
    if only_small:
        (small,) = run.measure("echo", "echo.py", [case(quick, variant(64))], ["64 B"])
        run.table.append(target("echo 64 B: ns to compatible floor", small["ratio"]["ours"]["median"], 1.15))
    else:
        run.echoes()
        run.params()
        run.sinks()
        run.threads()
    return {**run.result, "table": run.table}


if __name__ == "__main__":
    common.main(measure, "exec", __doc__)
