"""Native host -> Python wrapper: wrapperExec + wrapperExecFree, beside the floors of floor.c in the same process.

`--64` measures the echo at 64 B only (2 s). Contenders: ours; compat (the same wrapper.py over hand-written C types); gil, view, once, copied (see floor.c); c_echo
(csrc/engines/echo.c). Ratios are to `compat` unless said.
"""

from __future__ import annotations

import sys

import common
from common import Figures, check, ratio, spread

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
    return f"{size} B" if size < 1024 else f"{size >> 10} KB" if size < 1 << 20 else f"{size >> 20} MB"


def print_case(name: str, case: Figures) -> None:
    figures = " ".join(f"{side} {value['median']:,.0f}" for side, value in case["ns"].items())
    ours = case["ratio"]["ours"]
    print(f"  {name:<26} {ours['median']:.3f} x compat (best {ours['of_best']:.3f}) | ns: {figures}", flush=True)


def growth_of(cases: list[Figures]) -> float:
    """Time of the largest payload to that of the smallest. The two are measured seconds apart, so the floor, which by
    construction does not depend on the payload here, stands in for the state of the machine."""
    return cases[-1]["ratio"]["ours"]["median"] / cases[0]["ratio"]["ours"]["median"]


def measure(quick: bool = False, only: str = "") -> Figures:
    result: Figures = {}
    checks = []

    def run(name: str, wrapper: str, words: list[str], keys: list[str]) -> list[Figures]:
        made = [summary(case) for case in common.run_host("exec", wrapper, *words)]
        result[name] = dict(zip(keys, made))
        for key, case in zip(keys, made):
            print_case(f"{name} {key}", case)
        return made

    labels = [label(size) for size in SIZES]
    small = run("echo", "echo.py", cases(quick, SIZES[:1]), labels[:1])[0]
    checks.append(check("echo 64 B: ns to compatible floor", small["ratio"]["ours"]["median"], 1.15))
    checks.append(check("echo 64 B: p99 to p50, one thread", small["p99_to_p50"], 4))
    if only == "64":
        return {**result, "checks": checks}
    append = run("echo_append", "echo_append.py", cases(quick, SIZES[:1]), labels[:1])[0]
    checks.append(check("echo (list[0], append) 64 B: ns to floor", append["ratio"]["ours"]["median"], 1.15))
    for size, case in zip(SIZES[1:], run("echo_sizes", "echo.py", cases(quick, SIZES[1:]), labels[1:])):
        checks.append(check(f"echo {label(size)}: ns to floor", case["ratio"]["ours"]["median"], 1.15))

    entries = [1, 5, 9]
    words = ["pair", *(word for count in entries for word in cases(quick, SIZES[:1], params=count))]
    by_count = run("params", "echo.py", words, [f"{count} entries" for count in entries])
    for name in ("ours", "compat"):
        each = (by_count[2]["ns"][name]["min"] - by_count[0]["ns"][name]["min"]) / (entries[2] - entries[0])
        result["params"][f"ns_per_entry_{name}"] = round(each, 1)
    checks.append(check("params: ns per further entry", result["params"]["ns_per_entry_ours"], 60, unit="ns"))

    views = run("view_sink", "view_sink.py", ["pair", *cases(quick, SIZES)], labels)
    growth = growth_of(views)
    checks.append(check("node.view sink: 16 MB to 64 B", growth, 2))
    checks.append(check("node.view sink 64 B: ns to floor", views[0]["ratio"]["ours"]["median"], 1.3))
    outs = run("bytes_out", "bytes_out.py", ["pair", *cases(quick, SIZES, params=2, out=True)], labels)
    growth = growth_of(outs)
    checks.append(check("bytes out by reference: 16 MB to 64 B", growth, 2))

    for threads in (2, 4):
        words = ["pair", *cases(quick, [64], threads=threads)]
        case = run(f"threads_{threads}", "echo.py", words, labels[:1])[0]
        checks.append(check(f"echo 64 B, {threads} threads: calls/s to floor", 1 / case["ratio"]["ours"]["median"], 0.9, True))
        checks.append(check(f"echo 64 B, {threads} threads: p99 to the floor's", case["p99_to_floor"], 1.2))
    words = ["pair", *(word for count in (1, 2) for word in cases(quick, [1 << 20], threads=count))]
    one, two = run("large_threads", "echo.py", words, ["1 thread", "2 threads"])
    for name in ("ours", "compat"):
        gain = one["ns"][name]["median"] / two["ns"][name]["median"]
        result["large_threads"][f"gain_{name}"] = round(gain, 3)
    checks.append(check("echo 1 MB: 2 threads to 1, calls/s", result["large_threads"]["gain_ours"], 1.5, True))
    return {**result, "checks": checks}


if __name__ == "__main__":
    only = "64" if "--64" in sys.argv else ""
    sys.argv = [word for word in sys.argv if word != "--64"]
    common.main(lambda quick: measure(quick, only), "exec", __doc__)
