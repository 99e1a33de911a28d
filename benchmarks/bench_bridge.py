"""Python host -> C engine (csrc/engines/echo.c), ns per call; ratios are to `fastcall`, the C API used by hand.

Contenders: ours_plain `engine.exec(b"...").data` (bytes out like all others); ours_result, the same without asking for
the bytes (a result over the engine's memory); ours_full (4 params, 3 nodes, a tag) with fastcall_full, the same by
hand, and call_full, the engine alone; fastcall, pybind11, cffi_api, cffi_abi, ctypes: see bridge/.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import common
from bridge import contenders
from common import Figures, figure, ratio, spread, target

SIZES = {"64 B": 64, "4 KB": 4096, "1 MB": 1 << 20, "1 MB, malloc tuned": 1 << 20}


def loop_of(expression: str, **names: object) -> Callable[[int], int]:
    """A function that runs the expression n times and gives the ns it took, the loop itself included."""
    space: dict[str, object] = {**names, "clock": perf_counter_ns}
    exec(
        f"def run(n{''.join(f', {name}={name}' for name in names)}):\n"
        "    turns = range(n)\n"
        "    begin = clock()\n"
        f"    for _ in turns: {expression}\n"
        "    return clock() - begin\n",
        space,
    )
    return space["run"]  # type: ignore[return-value]


def empty_loop() -> float:
    """ns per turn of a loop that does nothing, at its best. Subtracted as a constant: timed beside every call, a
    preemption of the empty loop would be taken off the contender's time."""
    run = loop_of("pass")
    return min(run(20_000) / 20_000 for _ in range(50))


def ours(engine_path: Path) -> dict[str, Callable[[bytes], Callable[[int], int]]]:
    """Our own copy of the engine: a C engine keeps its state in globals."""
    import aiges_native

    copy = common.BUILD / "libecho_ours.so"
    shutil.copyfile(engine_path, copy)
    engine = aiges_native.open(str(copy))
    by_hand = contenders.fastcall_module(engine_path)
    params = {"sid": "bench0001@sid", "language": "en", "rate": "16000", "channels": "1"}

    def request_of(data: bytes) -> dict[str, bytes]:
        return {"data": data, "text": b"a short text", "options": b"{}"}

    def full(data: bytes) -> Callable[[int], int]:
        request = request_of(data)
        return loop_of("call(request, params, usr_tag='bench')", call=engine.exec, request=request, params=params)

    def full_by_hand(data: bytes) -> Callable[[int], int]:
        request = request_of(data)
        return loop_of("call(request, params, 'bench')", call=by_hand.exec_full, request=request, params=params)

    return {
        "fastcall_full": full_by_hand,
        "call_full": lambda data: loop_of("call(data)", call=by_hand.call_full, data=data),
        "ours_plain": lambda data: loop_of("call(data).data", call=engine.exec, data=data),
        "ours_result": lambda data: loop_of("call(data)", call=engine.exec, data=data),
        "ours_full": full,
    }


def measure(quick: bool = False, only_small: bool = False) -> Figures:
    engine = common.echo()
    contenders.start(engine)
    makers = ours(engine)
    for name, make in contenders.ALL.items():
        try:
            made = make(engine)
        except ImportError as error:
            print(f"  {name} is left out: {error}")
            continue
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
        if only_small:
            break
    return {**result, "table": table_of(result)}


def run_rounds(loops: dict[str, Callable[[int], int]], rounds: int, ns: int) -> Figures:
    counts = {name: max(1, int(ns * 100 / max(1, loop(100)))) for name, loop in loops.items()}
    figures: dict[str, list[float]] = {name: [] for name in loops}
    names = list(loops)
    empty = empty_loop()
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            figures[name].append(loops[name](counts[name]) / counts[name] - empty)
    full = ratio(figures["ours_full"], figures["fastcall_full"])
    assert all(value > 0 for values in figures.values() for value in values), "a call cannot take less than nothing"
    return {
        "empty_loop_ns": round(empty, 2),
        "ours_full_to_fastcall_full": full,
        "ns": {name: spread(values) for name, values in figures.items()},
        "ratio": {name: ratio(values, figures["fastcall"]) for name, values in figures.items() if name != "fastcall"},
    }


def table_of(result: Figures) -> list[Figures]:
    small = result["64 B"]
    ratios = small["ratio"]
    table = [
        target("bridge 64 B, plain: engine.exec(b) to fastcall", ratios["ours_result"]["median"], 1.5),
        target("bridge 64 B, plain: engine.exec(b).data to fastcall", ratios["ours_plain"]["median"], 1.5),
        target("bridge 64 B, full form: ns, best round", small["ns"]["ours_full"]["min"], 250, "ns"),
        figure("bridge 64 B, full form: to the same by hand", small["ours_full_to_fastcall_full"]["median"]),
        figure("bridge 64 B, full form: ns of the engine alone", small["ns"]["call_full"]["min"], "ns"),
    ]
    for name in [name for name in contenders.ALL if name in ratios]:
        table.append(figure(f"bridge 64 B: {name} to fastcall", ratios[name]["median"]))
    for label in [label for label in result if label.startswith("1 MB")]:
        value = result[label]["ratio"]["ours_result"]["median"]
        table.append(target(f"bridge {label}: result over the engine's memory to fastcall", value, 1))
    return table


if __name__ == "__main__":
    common.main(measure, "bridge", __doc__)
