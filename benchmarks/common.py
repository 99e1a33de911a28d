"""What every benchmark needs: compiled helpers, statistics over rounds, the machine's name, results as JSON."""

from __future__ import annotations

import argparse
import datetime
import inspect
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / f"bench-{sysconfig.get_config_var('SOABI')}"
LIBWRAPPER = ROOT / "aiges_native/lib/libwrapper.so"
WRAPPERS = HERE / "wrappers"
CC = os.environ.get("CC", "cc")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O3", "-Wall", "-Wextra", "-Wno-missing-field-initializers", f"-I{ROOT}/include"]
SHARED = ["-fPIC", "-shared", "-fvisibility=hidden", "-pthread"]
PYTHON = [f"-I{sysconfig.get_path('include')}"]

Figures = dict[str, Any]


def compiled(target: str, source: Path, *flags: str) -> Path:
    """The compiled file, made again when its source, this file or a header is newer."""
    made = BUILD / target
    inputs = [source, Path(__file__), *(ROOT / "include/aiges").glob("*.h")]
    if not made.exists() or any(path.stat().st_mtime > made.stat().st_mtime for path in inputs):
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run([CC, *FLAGS, str(source), "-o", str(made), *flags, "-ldl", "-pthread"], check=True)
    return made


def host() -> Path:
    return compiled("host", HERE / "host.c")


def floor() -> Path:
    return compiled("floor.so", HERE / "floor.c", *SHARED, *PYTHON)


def echo() -> Path:
    return compiled("libecho.so", ROOT / "csrc/engines/echo.c", *SHARED)


def run_host(command: str, wrapper: str, *arguments: str, cores: int = 0) -> list[Figures]:
    """The JSON lines that the C host prints; it runs Python from the same environment as this script.

    cores: how many of them it may use; 0: all.
    """
    if not LIBWRAPPER.exists():
        sys.exit(f"{LIBWRAPPER} is missing: build first (make build)")
    allowed = sorted(os.sched_getaffinity(0))
    pin = ["taskset", "-c", ",".join(map(str, allowed[-cores:]))] if cores else []
    words = [*pin, host(), command, LIBWRAPPER, floor(), echo(), WRAPPERS / wrapper, *arguments]
    environment = {**os.environ, "AIGES_PYTHON": sys.executable}
    done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---- Statistics ------------------------------------------------------------------------------------------------------


def spread(values: list[float]) -> Figures:
    """Median, minimum and quartiles of rounds."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {"median": round(middle, 3), "min": round(min(values), 3), "q1": round(low, 3), "q3": round(high, 3)}


def ratio(values: list[float], floors: list[float]) -> Figures:
    """Ratios round by round: neighbours in time share what the machine does to them. `of_best`: of the minima."""
    figures = spread([a / b for a, b in zip(values, floors, strict=True)])
    del figures["min"]
    return {**figures, "of_best": round(min(values) / min(floors), 3)}


# ---- Targets ---------------------------------------------------------------------------------------------------------


def target(name: str, value: float, limit: float, unit: str = "x", at_least: bool = False) -> Figures:
    """One line of the table: a figure and what the design demands of it (README.md lists the demands)."""
    passed = value >= limit if at_least else value <= limit
    return {"name": name, "value": round(value, 3), "limit": limit, "at_least": at_least, "unit": unit, "pass": passed}


def figure(name: str, value: float, unit: str = "x") -> Figures:
    """One line of the table that nothing is demanded of."""
    return {"name": name, "value": round(value, 3), "unit": unit}


def show(table: list[Figures]) -> None:
    for it in table:
        digits = 0 if it["value"] >= 1000 else 2 if it["unit"] == "x" else 1
        value = f"{it['value']:,.{digits}f}"
        demand = f"{'>=' if it['at_least'] else '<='} {it['limit']:,g}" if "limit" in it else ""
        mark = "" if "limit" not in it else "pass" if it["pass"] else "FAIL"
        print(f"{mark:<4}  {it['name']:<64} {value:>9} {it['unit']:<3} {demand}".rstrip())


# ---- The run ---------------------------------------------------------------------------------------------------------


def command_output(*words: str) -> str:
    try:
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def machine() -> Figures:
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": cpu[1] if cpu else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "arch": platform.machine(),
        "kernel": platform.release(),
        "libc": "-".join(platform.libc_ver()),
        "python": platform.python_version(),
        "compiler": command_output(CC, "--version").partition("\n")[0],
        "commit": command_output("git", "rev-parse", "--short=12", "HEAD"),
        "modified": bool(command_output("git", "status", "--porcelain", "--untracked-files=no")),
        "load": [round(value, 2) for value in os.getloadavg()],
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def main(measure: Callable[..., Figures], name: str, doc: str | None) -> None:
    """`python bench_NAME.py [--quick] [--64] [--json FILE]`: measures, prints, keeps."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    if "only_small" in inspect.signature(measure).parameters:
        parser.add_argument("--64", action="store_true", dest="only_small", help="the 64 B case alone")
    options = vars(parser.parse_args())
    target_file = options.pop("json")
    print(f"{name}: load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores", flush=True)
    result = measure(**options)
    if target_file:
        target_file.write_text(json.dumps({"machine": machine(), name: result}, indent=1) + "\n")
    else:
        show(result["table"])
