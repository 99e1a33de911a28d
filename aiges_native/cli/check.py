"""Says what would go wrong with a wrapper, without running its model: nothing of it is called but its constructor.

Exit code 0: it loads, perhaps with warnings; 1: it does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from aiges_native.sdk.checking import check


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", type=Path, default=Path(), help="a wrapper.py or its folder")
    parser.add_argument("--json", action="store_true", help="the findings as one JSON list")


def run(options: argparse.Namespace) -> int:
    findings = check(options.path)
    failed = any(finding.level == "error" for finding in findings)
    if options.json:
        shown = [{"level": finding.level, "text": finding.text} for finding in findings]
        json.dump(shown, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return int(failed)
    for finding in findings:
        print(finding)
    counts = {level: sum(finding.level == level for finding in findings) for level in ("error", "warning")}
    told = ", ".join(f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items())
    print(f"{'FAILED' if failed else 'fit to run'}: {told}")
    return int(failed)
