"""Start: dlopen + wrapperInit of an echo wrapper, beside bare Py_Initialize + import of the same SDK; import times.

Every figure is of a process of its own; the processes take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import common
from common import Figures, figure, ratio, spread, target

IMPORTS = ("aiges_native", "aiges_native.sdk", "aiges_embed")


def run(*words: object) -> Figures:
    environment = {**os.environ, "AIGES_PYTHON": sys.executable}
    done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, text=True, env=environment, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def import_of(module: str) -> Figures:
    program = (
        "import json, sys, time\n"
        f"begin = time.perf_counter(); {'import ' + module if module else 'pass'}; end = time.perf_counter()\n"
        "pages = int(open('/proc/self/statm').read().split()[1])\n"
        "print(json.dumps({'ms': (end - begin) * 1e3, 'rss_kb': pages * 4}))\n"
    )
    return run(sys.executable, "-c", program)


def measure(quick: bool = False) -> Figures:
    rounds = 7 if quick else 40
    libpython = Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
    host, wrapper = common.host(), common.WRAPPERS / "echo.py"
    programs = {"bare": "import aiges_embed", "bare_interpreter": "pass"}
    sides: dict[str, list[Figures]] = {name: [] for name in ("ours", *programs, "", *IMPORTS)}
    for _ in range(rounds):
        sides["ours"].append(run(host, "start", common.LIBWRAPPER, wrapper))
        for name, program in programs.items():
            sides[name].append(run(host, "bare", libpython, sys.executable, program))
        for module in ("", *IMPORTS):
            sides[module].append(import_of(module))
    ms = {name: [figures["ms"] for figures in made] for name, made in sides.items()}
    rss = {name: spread([figures["rss_kb"] for figures in made])["median"] for name, made in sides.items()}
    result: Figures = {
        "start_ms": {name: spread(ms[name]) for name in ("ours", *programs)},
        "load_ms": spread([figures["load_ms"] for figures in sides["ours"]]),
        "ratio": ratio(ms["ours"], ms["bare"]),
        "rss_kb": {name: rss[name] for name in ("ours", *programs)},
        "import_ms": {name: spread(ms[name]) for name in IMPORTS},
        "import_rss_kb": {name: rss[name] - rss[""] for name in IMPORTS},
    }
    print("  ms:", " ".join(f"{name} {value['median']:.1f}" for name, value in result["start_ms"].items()))
    print("  resident KB:", " ".join(f"{name} {value:,.0f}" for name, value in result["rss_kb"].items()))
    print("  import ms (KB):", " ".join(
        f"{name} {value['median']:.2f} ({result['import_rss_kb'][name]:,.0f})"
        for name, value in result["import_ms"].items()
    ))  # fmt: skip
    table = [
        target("start: dlopen + wrapperInit to Py_Initialize + the same import", result["ratio"]["median"], 1.3),
        target("start: import aiges_native", result["import_ms"]["aiges_native"]["median"], 25, "ms"),
        figure("start: resident memory to the same", result["rss_kb"]["ours"] / result["rss_kb"]["bare"]),
    ]
    return {**result, "table": table}


if __name__ == "__main__":
    common.main(measure, "start", __doc__)
