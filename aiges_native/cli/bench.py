"""Puts an engine or a service under load.

TARGET is an engine (a name or a path, called in a process of its own) or the address of a service: http:// for one-shot
requests, ws:// for streams too. Exit code 0: done; 1: it could not be done, or a limit of --fail-if is broken;
2: wrong usage; 130: interrupted (what was measured until then is reported).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiges_native.loadtest import Expect, LoadTestError, Plan, Run, Stream
from aiges_native.loadtest.plan import KINDS
from aiges_native.loadtest.problem import plan_error
from aiges_native.loadtest.quantity import SECOND, duration

from . import CannotError

INTERRUPTED = 130
DEFAULT_FILE = "xtest.toml"
OPEN_USERS = 64


def configure(parser: argparse.ArgumentParser) -> None:
    from aiges_native.paths import __version__

    parser.add_argument("target", metavar="TARGET", nargs="?", help="an engine, or http(s):// or ws(s):// of a service")
    parser.add_argument("-f", dest="file", metavar="FILE", type=Path, help="an xtest.toml; other options overrule it")
    parser.add_argument("-v", action="version", version=__version__, help="print the version")
    _configure_request(parser.add_argument_group("what is sent").add_argument)
    _configure_pace(parser.add_argument_group("how fast, how long").add_argument)
    _configure_reports(parser.add_argument_group("what is reported").add_argument)


def _configure_request(add: Any) -> None:
    add(
        "--input",
        metavar="KEY[:TYPE]=TEXT|@PATH",
        action="append",
        default=[],
        help="an input; @ a file, or a folder whose files are used in turn; TYPE: text, audio, image, video, other",
    )
    add("--attribute", metavar="KEY.NAME=VALUE", action="append", default=[], help="an attribute of an input")
    add("--param", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the request")
    add("--header", metavar="NAME=VALUE", action="append", default=[], help="an entry of the request's header block")
    add("--expect", metavar="KEY[:TYPE]", action="append", default=[], help="an output asked for; default: all")
    add("--config", metavar="NAME=VALUE", action="append", default=[], help="configuration of an engine")
    add("--service", metavar="NAME", help="the service under `parameter`; default: the end of the address")
    add("--stream", action="store_true", help="sessions: inputs go frame by frame")
    add("--slice", metavar="BYTES[@INTERVAL]", help="cut inputs into frames, sent in this interval: 1280@40ms")
    add("--lines", metavar="INTERVAL", nargs="?", const="0", help="every line of an input is a frame")
    add("--files", metavar="INTERVAL", nargs="?", const="0", help="every file of a folder is a frame")
    add("--callback", action="store_true", help="the engine delivers results of a stream; default: they are read")
    add("--insecure", action="store_true", help="accept any certificate")  # fmt: skip


def _configure_pace(add: Any) -> None:
    add("-c", "--concurrency", metavar="N", type=int, help=f"requests at once; default 1, with --rate {OPEN_USERS}")
    add("-d", "--duration", metavar="TIME", help="how long, with the warm-up; default 10s")
    add("-n", "--requests", metavar="N", type=int, help="how many requests, in all")
    add("--warmup", metavar="TIME", help="not measured; default a tenth of the duration, at most 2s; none with -n")
    add("--ramp", metavar="TIME", help="closed loop: users join one by one within this time")
    add("--rate", metavar="RATES", help="open loop, requests/s: 500; 100..1000 a ramp; 100,200@10s steps")
    add("--poisson", action="store_true", help="arrivals at random instead of at equal distances")
    add("--timeout", metavar="TIME", help="longest wait for an answer; default 10s")
    add("--processes", metavar="N", type=int, default=0, help="of the load tester; default by cores and users")
    add("--seed", metavar="N", type=int, default=0, help="of the random arrivals")


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
        return _compare(options) if options.compare else _load(options)
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
    check_absolute(limits)
    plan, plot_file = _plan(options)
    quiet = (lambda *_: None) if options.quiet else None
    with Progress(plan, sys.stderr) as update:
        done = carry_out(plan, options.pid, quiet or update)
    document = summary_of(done)
    _report(options, done, document, plot_file)
    broken = check(limits, document)
    print("".join(f"{line}\n" for line in broken), file=sys.stderr, end="")
    return INTERRUPTED if done.interrupted else 1 if broken or not done.record.measured else 0


def check_absolute(limits: list[Any]) -> None:
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


def _plan(options: argparse.Namespace) -> tuple[Plan, Path | None]:
    if options.file:
        from aiges_native.loadtest.xtest_file import read_xtest

        job = read_xtest(options.file, options.target)
        for note in job.notes:
            print(f"note: {note}", file=sys.stderr)
        plan, plot_file = job.plan, job.plot_file
    elif options.target:
        plan, plot_file = Plan(target=options.target, timeout=10 * SECOND), Path("log/line.png")
        plan = replace(plan, service=plan.target.rstrip("/").rpartition("/")[2] or plan.service)
    else:
        raise plan_error("there is no target", "an engine, http://HOST:PORT/v1/private/SERVICE, or -f xtest.toml")
    plan = _with_requests(plan, options)
    return _with_pace(plan, options).checked(), plot_file


def _with_requests(plan: Plan, options: argparse.Namespace) -> Plan:
    given: dict[str, Any] = {
        "header": {**plan.header, **_pairs(options.header, "--header")},
        "params": {**plan.params, **_pairs(options.param, "--param")},
        "config": _pairs(options.config, "--config"),
        "service": options.service or plan.service,
        "callback": options.callback,
        "insecure": options.insecure,
        "keep_requests": plan.keep_requests or options.xtest is not None,
    }
    framed = options.slice or options.lines or options.files
    if options.stream or framed:
        given["mode"] = "stream"
    if options.input or not plan.streams:
        given["streams"] = _streams(options)
    elif framed:
        raise plan_error("--slice, --lines and --files are for --input", "the keys of the file for its inputs")
    if options.expect:
        kinds = [word.partition(":") for word in options.expect]
        given["expects"] = tuple(Expect(key, _kind(kind or "text")) for key, _, kind in kinds)
    return replace(plan, **given)


def _with_pace(plan: Plan, options: argparse.Namespace) -> Plan:
    from aiges_native.loadtest.pacing import parse_profile

    given: dict[str, Any] = {"processes": options.processes, "seed": options.seed, "poisson": options.poisson}
    length = duration(options.duration, "--duration") if options.duration else plan.duration
    count = options.requests if options.requests is not None else plan.count
    if options.requests is not None and not options.duration:
        length = None
    elif options.duration and options.requests is None:
        count = None
    if options.rate:
        length = length or _length(options.rate, count)
        given["profile"] = parse_profile(options.rate, length)
    elif options.poisson:
        raise plan_error("--poisson is for an open loop", "--rate")
    users = options.concurrency
    if users is None:
        users = OPEN_USERS if options.rate else plan.users
    warmup = 0 if count is not None or length is None else min(length // 10, 2 * SECOND)
    if options.warmup:
        warmup = duration(options.warmup, "--warmup")
    given.update(users=users, duration=length, count=count, warmup=warmup)
    for name in ("ramp", "timeout"):
        if getattr(options, name):
            given[name] = duration(getattr(options, name), f"--{name}")
    return replace(plan, **given)


def _length(rate: str, count: int | None) -> int:
    """How long an open loop lasts that has a number of requests and no duration."""
    try:
        return round((count or 0) / float(rate) * SECOND) + SECOND
    except (ValueError, ZeroDivisionError):
        raise plan_error(f"--rate '{rate}' needs to know how long it lasts", "--duration") from None


# --- inputs -----------------------------------------------------------------------------------------------------------


def _streams(options: argparse.Namespace) -> tuple[Stream, ...]:
    attributes: dict[str, dict[str, str]] = {}
    for name, value in _pairs(options.attribute, "--attribute").items():
        key, dot, attribute = name.partition(".")
        if not dot:
            raise plan_error(f"'--attribute {name}' names no input", "--attribute data.encoding=jpg")
        attributes.setdefault(key, {})[attribute] = value
    streams = []
    for name, value in (_pairs(options.input, "--input") or {"data": "hello"}).items():
        key, _, kind = name.partition(":")
        documents, interval = _documents(options, value)
        streams.append(Stream(key, _kind(kind or "text"), documents, attributes.pop(key, {}), interval))
    if attributes:
        raise plan_error(f"--attribute is for input '{next(iter(attributes))}', which is not there", "--input")
    return tuple(streams)


def _documents(options: argparse.Namespace, value: str) -> tuple[tuple[tuple[bytes, ...], ...], int]:
    from aiges_native.loadtest.inputs import lines, one_document, read_source, sliced, whole

    contents = read_source(Path(value[1:])) if value.startswith("@") else [value.encode()]
    if options.slice:
        size, _, interval = options.slice.partition("@")
        if not size.isdecimal() or int(size) < 1:
            raise plan_error(f"--slice '{options.slice}' is no size", "--slice 1280@40ms")
        return sliced(contents, int(size)), duration(interval or "0", "--slice", "ms")
    if options.lines is not None:
        return lines(contents), duration(options.lines, "--lines", "ms")
    if options.files is not None:
        return one_document(contents), duration(options.files, "--files", "ms")
    return whole(contents), 0


def _kind(word: str) -> str:
    if word not in KINDS:
        raise plan_error(f"there is no type '{word}'", f"one of {', '.join(KINDS)}")
    return word


def _pairs(words: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise plan_error(f"'{option} {word}' has no NAME=VALUE", f"{option} name=value")
        pairs[key] = value
    return pairs


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
