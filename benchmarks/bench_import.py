"""What the wrapper author's SDK weighs: import time, memory and installed size, beside bare Python and a plain set of
standard modules.

`--against PYTHON`: the same imports in another environment, to compare with another SDK of the same names.

Every figure is of a process of its own; the processes take turns, and files are warm.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import common
from common import Figures, figure, spread, target

#: What a module of this kind needs in any case.
FLOOR = "import json, logging, queue, threading, base64"
CASES = {
    "bare": "pass",
    "floor": FLOOR,
    "aiges_embed": "import aiges_embed",
    "aiges.dto": "from aiges.dto import *",
    "aiges.sdk": "import aiges.sdk",
    "aiges.sdk *": "from aiges.sdk import *",
    "aiges_native.sdk": "from aiges_native.sdk import WrapperBase, StringBodyField, Response, ResponseData",
}
PROGRAM = """
import json, sys, time
before = set(sys.modules)
begin = time.perf_counter()
{statement}
end = time.perf_counter()
pages = int(open("/proc/self/statm").read().split()[1])
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}}
foreign = sorted(roots - set(sys.stdlib_module_names) - {{"aiges", "aiges_embed", "aiges_native", "cython_runtime"}})
foreign = [name for name in foreign if not name.startswith("_cython")]
print(json.dumps({{"ms": (end - begin) * 1e3, "rss_kb": pages * 4, "foreign": foreign}}))
"""


def import_of(python: str, statement: str) -> Figures:
    words = [python, "-c", PROGRAM.format(statement=statement)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tempfile.gettempdir())
    if done.returncode:
        raise ImportError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def measure_imports(python: str, cases: dict[str, str], rounds: int) -> dict[str, list[Figures]]:
    made: dict[str, list[Figures]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, statement in cases.items():
            made[name].append(import_of(python, statement))
    return made


def installed_size() -> Figures:
    """Bytes of an installed wheel of this tree, bytecode aside, and what it needs besides."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            common.ROOT,
        ]
        subprocess.run(list(map(str, words)), check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        return {"wheel_kb": wheel.stat().st_size // 1024, "installed_kb": size // 1024}


def first_command(rounds: int) -> list[float]:
    """Wall time of `aiges-native create`, from nothing to a project."""
    import time

    script = Path(sysconfig.get_path("scripts")) / "aiges-native"
    times = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run(
                [str(script), "create", "-n", f"p{number}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
            )
            times.append((time.perf_counter() - began) * 1e3)
    return times


def added(made: dict[str, list[Figures]]) -> dict[str, Figures]:
    """Of each case: milliseconds, and KB of memory over the bare interpreter."""
    bare = spread([figures["rss_kb"] for figures in made["bare"]])["median"]
    return {
        name: {
            "ms": spread([figures["ms"] for figures in each]),
            "rss_kb": round(spread([figures["rss_kb"] for figures in each])["median"] - bare),
            "foreign": each[0]["foreign"],
        }
        for name, each in made.items()
    }


def measure(quick: bool = False) -> Figures:
    rounds = 7 if quick else 40
    result: Figures = {
        "imports": added(measure_imports(sys.executable, CASES, rounds)),
        "size": installed_size(),
        "create_ms": spread(first_command(3 if quick else 10)),
    }
    imports = result["imports"]
    for name, figures in imports.items():
        print(
            f"  {name:18} {figures['ms']['median']:7.2f} ms  {figures['rss_kb']:7,} KB  {' '.join(figures['foreign'])}"
        )
    table = [
        target("import: aiges.sdk over bare Python", imports["aiges.sdk"]["ms"]["median"], 60, "ms"),
        target("import: resident memory over bare Python", imports["aiges.sdk"]["rss_kb"] / 1024, 8, "MB"),
        target("import: packages that are neither ours nor Python's", len(imports["aiges.sdk"]["foreign"]), 0, ""),
        figure("import: aiges.sdk to the standard modules alone", _against_floor(imports)),
        figure("import: installed size", result["size"]["installed_kb"] / 1024, "MB"),
        figure("import: aiges-native create, from the shell", result["create_ms"]["median"], "ms"),
    ]
    return {**result, "table": table}


def _against_floor(imports: dict[str, Figures]) -> float:
    return float(imports["aiges.sdk"]["ms"]["median"] / imports["floor"]["ms"]["median"])


def compare(python: str) -> None:
    """Prints the same imports of another environment."""
    cases = {}
    for name, statement in CASES.items():
        try:
            import_of(python, statement)
            cases[name] = statement
        except ImportError as error:
            print(f"  {name:18} {error}")
    for name, figures in added(measure_imports(python, cases, 10)).items():
        foreign = figures["foreign"]
        print(
            f"  {name:18} {figures['ms']['median']:7.2f} ms  {figures['rss_kb']:7,} KB  {len(foreign)} other packages"
        )


if __name__ == "__main__":
    if "--against" in sys.argv:
        compare(sys.argv[sys.argv.index("--against") + 1])
    else:
        common.main(measure, "import", __doc__)
