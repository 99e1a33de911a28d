"""Puts an engine or a service under load.

TARGET is an engine (a name or a path, called in a process of its own) or the address of a service: http:// for one-shot
requests, also answered in pieces (--events), ws:// for streams too. Exit code 0: done; 1: it could not be done, or a
limit of --fail-if is broken; 2: wrong usage; 130: interrupted (what was measured until then is reported).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from aiges_native.loadtest import LoadTestError, Run, flags
from aiges_native.loadtest.problem import plan_error

from . import CannotError

INTERRUPTED = 130
DEFAULT_FILE = "xtest.toml"


def configure(parser: argparse.ArgumentParser) -> None:
    from aiges_native.paths import __version__

    flags.configure(parser)
    parser.add_argument("-v", action="version", version=__version__, help="print the version")
    _configure_reports(parser.add_argument_group("what is reported").add_argument)


def _configure_reports(add: Any) -> None:
    add("--json", metavar="FILE", help="the summary, also for --compare; - for stdout")
    add("--csv", metavar="FILE", type=Path, help="the figures of every second")
    add("--html", metavar="FILE", type=Path, help="a page with plots, complete in itself")
    add("--xtest", metavar="DIR", type=Path, help="the files of xtest; with -f here unless it is given")
    add("--pid", metavar="N", type=int, help="whose memory and cpu to watch; default: the local process of TARGET")
    add("--quiet", action="store_true", help="no progress")
    add("--compare", metavar="JSON", nargs=2, type=Path, help="two files of --json side by side, no load")
    add("--fail-if", metavar="LIMIT", action="append", default=[],
        help="exit code 1 if 'p99>20ms', 'errors[10110]>0', 'error_rate>1%%', 'throughput<500', 'rss>1GB'; "
        "with --compare also 'p99>+10%%'")  # fmt: skip


def run(options: argparse.Namespace) -> int:
    try:
        code = _compare(options) if options.compare else _load(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # who reads stdout has enough; nobody is to be told of it at the end of the program either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except LoadTestError as error:
        raise CannotError(*error.parts, 2 if error.usage else 1) from None
    except KeyboardInterrupt:
        print("interrupted: no figures", file=sys.stderr)
        return INTERRUPTED


def xtest() -> int:
    """The script `xtest`: the same command, with xtest.toml of this folder when nothing is named."""
    parser = argparse.ArgumentParser(prog="xtest", description=__doc__)
    configure(parser)
    options = parser.parse_args()
    if not (options.target or options.file or options.compare):
        options.file = Path(DEFAULT_FILE)
    try:
        return run(options)
    except CannotError as error:
        print(error, file=sys.stderr)
        return error.exit_code


# --- a run ------------------------------------------------------------------------------------------------------------


def _load(options: argparse.Namespace) -> int:
    from aiges_native.loadtest import run as carry_out
    from aiges_native.loadtest.limits import check, parse_limit
    from aiges_native.loadtest.progress import Progress
    from aiges_native.loadtest.report import summary_of

    limits = [parse_limit(text) for text in options.fail_if]
    _check_absolute(limits)
    job = flags.plan_of(options)
    for note in job.notes:
        print(f"note: {note}", file=sys.stderr)
    quiet = (lambda *_: None) if options.quiet else None
    with Progress(job.plan, sys.stderr) as update:
        done = carry_out(job.plan, options.pid, quiet or update)
    document = summary_of(done)
    _report(options, done, document, job.plot_file)
    broken = check(limits, document)
    print("".join(f"{line}\n" for line in broken), file=sys.stderr, end="")
    idle = not (done.record.measured or done.record.dropped)
    return INTERRUPTED if done.interrupted else 1 if broken or idle else 0


def _check_absolute(limits: list[Any]) -> None:
    """Tells before the run that a limit needs a second one. Raises LoadTestError."""
    for limit in limits:
        if limit.relative:
            raise plan_error(f"'{limit.text}' limits a change", "it with --compare, or without a sign")


def _report(options: argparse.Namespace, done: Run, document: dict[str, Any], plot_file: Path | None) -> None:
    from aiges_native.loadtest.report.summary import write_text
    from aiges_native.loadtest.report.table import show

    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    show(document, sys.stderr if options.json == "-" else sys.stdout)
    if options.json == "-":
        print(text, end="")
    elif options.json:
        write_text(Path(options.json), text)
    if options.csv:
        from aiges_native.loadtest.report.timeline_csv import timeline_csv

        write_text(options.csv, timeline_csv(document))
    if options.html:
        from aiges_native.loadtest.report.html_page import html_page

        write_text(options.html, html_page(document))
    if options.xtest or options.file:
        from aiges_native.loadtest.report.xtest_files import write_xtest_files

        write_xtest_files(done, document, options.xtest or Path(), plot_file)


# --- two runs ---------------------------------------------------------------------------------------------------------


def _compare(options: argparse.Namespace) -> int:
    from aiges_native.loadtest.compare import COLUMNS, check_change, comparable, compare, unlike
    from aiges_native.loadtest.limits import parse_limit
    from aiges_native.loadtest.report.summary import read_summary
    from aiges_native.loadtest.report.table import print_table

    limits = [parse_limit(text) for text in options.fail_if]
    before, after = (read_summary(path) for path in options.compare)
    for path, document in zip(options.compare, (before, after), strict=True):
        comparable(document, str(path))
    for sentence in unlike(before, after):
        print(f"note: {sentence}", file=sys.stderr)
    print_table(sys.stdout, COLUMNS, [each.row for each in compare(before, after)])
    broken = check_change(limits, before, after)
    print("".join(f"{line}\n" for line in broken), file=sys.stderr, end="")
    return int(bool(broken))
