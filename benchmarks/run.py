"""Runs every benchmark, prints one table, and keeps it all in results/<date>-<machine>.json.

    python benchmarks/run.py [--quick] [--no-file] [NAME...]

NAME: exec, session, async, bridge, start, import, service
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

NAMES = ("exec", "session", "async", "bridge", "start", "import", "service")


def run_one(name: str, quick: bool, folder: Path) -> common.Figures:
    """Each in a process of its own: what one does to malloc, or to Python, is not the next one's matter."""
    kept = folder / f"{name}.json"
    words = [sys.executable, str(common.HERE / f"bench_{name}.py"), "--json", str(kept)] + ["--quick"] * quick
    if subprocess.run(words).returncode:
        sys.exit(f"bench_{name}.py failed")
    return json.loads(kept.read_text())[name]  # type: ignore[no-any-return]


def file_name(machine: common.Figures) -> str:
    words = re.sub(r"\((R|TM)\)|CPU|Processor|@.*", " ", machine["cpu"])
    slug = re.sub(r"[^a-z0-9]+", "-", f"{words} {machine['cores']} cores py{machine['python']}".lower()).strip("-")
    return f"{machine['date'][:10]}-{slug}.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under a minute; wider spread")
    parser.add_argument("--no-file", action="store_true", help="print only")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NAMES, []], help=", ".join(NAMES))
    options = parser.parse_args()
    began = time.monotonic()
    machine = common.machine()  # the load before we made some ourselves
    kept: common.Figures = {"machine": machine, "quick": options.quick}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.names or NAMES:
            kept[name] = run_one(name, options.quick, Path(folder))
    table = [line for name in NAMES if name in kept for line in kept[name]["table"]]
    machine["load_after"] = [round(value, 2) for value in os.getloadavg()]
    commit = machine["commit"] + " (modified)" * machine["modified"]
    load = f"load {machine['load'][0]} -> {machine['load_after'][0]}"
    print(f"\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, commit {commit}, {load}\n")
    common.show(table)
    missed = [line for line in table if not line.get("pass", True)]
    demanded = sum("limit" in line for line in table)
    print(f"\n{demanded - len(missed)} of {demanded} targets met in {time.monotonic() - began:.0f} s")
    if not options.no_file:
        target = common.HERE / "results" / file_name(machine)
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(kept, indent=1) + "\n")
        print(f"kept in {target.relative_to(common.ROOT)}")
    return int(options.strict and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
