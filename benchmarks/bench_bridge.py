"""Python host -> C engine (csrc/engines/echo.c), ns per call; ratios are to `fastcall`, the C API used by hand.

Contenders: ours_plain `engine.exec(b"...").data` (bytes out like all others); ours_result, the same without asking for
the bytes (a result over the engine's memory); ours_full (4 params, 3 nodes, a tag); fastcall, pybind11, cffi_api, cffi_abi,
ctypes: see bridge/.
"""

from __future__ import annotations

import gc
import shutil
import sys
from pathlib import Path
from time import perf_counter_ns
from typing import Callable

import common
from bridge import contenders
from common import Figures, check, ratio, spread

SIZES = {"64 B": 64, "4 KB": 4096, "1 MB": 1 << 20, "1 MB, malloc tuned": 1 << 20}


def loop_of(expression: str, **names: object) -> Callable[[int], int]:
    """A function that runs the expression n times and gives the ns it took, the empty loop not counted."""
    space: dict[str, object] = {**names, "clock": perf_counter_ns}
    exec(
        f"def run(n, {', '.join(f'{name}={name}' for name in names)}):\n"
        "    turns = range(n)\n"
        "    begin = clock()\n"
        "    for _ in turns: pass\n"
        "    middle = clock()\n"
        f"    for _ in turns: {expression}\n"
        "    return clock() - 2 * middle + begin\n",
        space,
    )
    return space["run"]  # type: ignore[return-value]


def ours(engine_path: Path) -> dict[str, Callable[[bytes], Callable[[int], int]]]:
    """Our own copy of the engine: a C engine keeps its state in globals."""
    import aiges_native

    copy = common.BUILD / "libecho_ours.so"
    shutil.copyfile(engine_path, copy)
    engine = aiges_native.open(str(copy))
    params = {"sid": "bench0001@sid", "language": "en", "rate": "16000", "channels": "1"}

    def full(data: bytes) -> Callable[[int], int]:
        request = {"data": data, "text": b"a short text", "options": b"{}"}
        return loop_of("call(request, params, usr_tag=tag)", call=engine.exec, request=request, params=params, tag="bench")

    return {
        "ours_plain": lambda data: loop_of("call(data).data", call=engine.exec, data=data),
        "ours_result": lambda data: loop_of("call(data)", call=engine.exec, data=data),
        "ours_full": full,
    }


def measure(quick: bool = False, only: str = "") -> Figures:
    engine = common.echo()
    contenders.start(engine)
    makers = ours(engine)
    for name, make in contenders.ALL.items():
        made = make(engine)
        assert made(b"some bytes") == b"some bytes"
        makers[name] = lambda data, made=made: loop_of("call(data)", call=made, data=data)
    result: Figures = {}
    gc.disable()
    for label, size in SIZES.items():
        if "tuned" in label:
            contenders.tune_malloc()
        data = b"x" * size
        loops = {name: make(data) for name, make in makers.items()}
        rounds, ns = (15, 700_000) if quick else (80, 1_500_000)
        if size >= 1 << 20:
            rounds, ns = rounds // 2, ns * 2
        result[label] = run_rounds(loops, rounds, ns)
        sides = result[label]["ns"]
        print(f"  {label:<18}", " ".join(f"{name} {value['median']:,.0f}" for name, value in sides.items()), flush=True)
        if only == "64":
            break
    return {**result, "checks": checks(result)}


def run_rounds(loops: dict[str, Callable[[int], int]], rounds: int, ns: int) -> Figures:
    counts = {name: max(1, int(ns * 100 / max(1, loop(100)))) for name, loop in loops.items()}
    figures: dict[str, list[float]] = {name: [] for name in loops}
    names = list(loops)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            figures[name].append(loops[name](counts[name]) / counts[name])
    return {
        "ns": {name: spread(values) for name, values in figures.items()},
        "ratio": {name: ratio(values, figures["fastcall"]) for name, values in figures.items() if name != "fastcall"},
    }


def checks(result: Figures) -> list[Figures]:
    small = result["64 B"]
    made = [
        check("bridge 64 B: engine.exec(bytes) to fastcall", small["ratio"]["ours_result"]["median"], 1.5),
        check("bridge 64 B: the same and .data to fastcall", small["ratio"]["ours_plain"]["median"], 1.5),
        check("bridge 64 B: plain form", small["ns"]["ours_plain"]["min"], 250, unit="ns"),
        check("bridge 64 B: full form", small["ns"]["ours_full"]["min"], 250, unit="ns"),
    ]
    for label in [label for label in result if label.startswith("1 MB")]:
        figure = result[label]["ratio"]["ours_result"]["median"]
        made.append(check(f"bridge {label}: result over the engine's memory to fastcall", figure, 1))
    return made


if __name__ == "__main__":
    only = "64" if "--64" in sys.argv else ""
    sys.argv = [word for word in sys.argv if word != "--64"]
    common.main(lambda quick: measure(quick, only), "bridge", __doc__)
