"""usage: python quiet.py REPORT WRAPPER...

Imports and constructs each wrapper, and writes into REPORT, as JSON, what that left behind: handlers, threads, open
files. What a wrapper prints is for the caller to look at.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path

from aiges_native.sdk.runner import load_target


def state() -> dict[str, list[str]]:
    """What an import might leave behind."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.Logger.manager.loggerDict)]
    files = []
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names, not paths
        try:
            files.append(os.readlink(f"/proc/self/fd/{number}"))  # noqa: PTH115
        except OSError:
            continue  # the listing's own
    return {
        "handlers": sorted(f"{logger.name}: {handler!r}" for logger in loggers for handler in logger.handlers),
        "root level": [str(logging.getLogger().level)],
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "files": sorted(files),
    }


def main(report: str, paths: list[str]) -> None:
    left = {}
    for path in paths:
        before = state()
        kept = load_target(path)
        after = state()
        news = {name: [each for each in after[name] if each not in before[name]] for name in after}
        left[path] = {name: each for name, each in news.items() if each}
        del kept
    Path(report).write_text(json.dumps(left), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
