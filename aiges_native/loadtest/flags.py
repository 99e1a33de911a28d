"""A plan from the words of a command line, alone or on top of an xtest.toml."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from .chaos import Chaos
from .inputs import lines, one_document, read_source, sliced, whole
from .pacing import parse_profile
from .plan import FORMS, KINDS, Expect, Plan, Stream
from .problem import plan_error
from .quantity import SECOND, duration, share, size
from .xtest_file import XtestJob, read_xtest

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from .inputs import Documents

OPEN_USERS = 64
SLOW_RATE = "10KB"
PLOT_FILE = Path("log/line.png")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what says what is sent, how fast and how long."""
    parser.add_argument("target", metavar="TARGET", nargs="?", help="an engine, or http(s):// or ws(s):// of a service")
    parser.add_argument("-f", dest="file", metavar="FILE", type=Path, help="an xtest.toml; other options overrule it")
    _configure_request(parser.add_argument_group("what is sent").add_argument)
    _configure_pace(parser.add_argument_group("how fast, how long").add_argument)
    _configure_chaos(parser.add_argument_group("what goes wrong on purpose").add_argument)


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
    add("--body", choices=FORMS["http"], help="of http: JSON, the only input as it is, or a form; default json")
    add("--frames", choices=FORMS["websocket"], help="of ws: JSON, or with data as it is; default json")
    add("--events", action="store_true", help="http: the answer comes in pieces, as server-sent events")
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
    add("--seed", metavar="N", type=int, default=0, help="of random arrivals, and of who misbehaves")


def _configure_chaos(add: Any) -> None:
    add("--drop", metavar="SHARE", help="this share of requests is abandoned in the midst of it: 50%%")
    add("--slow-readers", metavar="SHARE[@BYTES]", help=f"users who read so much a second: 10%%@{SLOW_RATE}")
    add("--kill-every", metavar="TIME", help="SIGKILL for a child of the process of --kill-children-of")
    add("--kill-children-of", metavar="PID", type=int, help="what starts them again: `aiges-native serve --supervise`")


def plan_of(options: argparse.Namespace) -> XtestJob:
    """The plan; without a file the job has nothing to note. Raises LoadTestError."""
    _check_words(options)
    if options.file:
        job = read_xtest(options.file, options.target)
    elif options.target:
        service = options.target.partition("?")[0].rstrip("/").rpartition("/")[2]
        job = XtestJob(Plan(target=options.target, service=service or "service"), PLOT_FILE, ())
    else:
        raise plan_error("there is no target", "an engine, http://HOST:PORT/v1/private/SERVICE, or -f xtest.toml")
    plan = _with_pace(_with_requests(job.plan, options), options)
    return replace(job, plan=replace(plan, chaos=_chaos(options)).checked())


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
    ways = [name for name in ("slice", "lines", "files") if getattr(options, name) is not None]
    if len(ways) > 1:
        raise plan_error(f"--{ways[0]} and --{ways[1]} cut inputs in different ways", "one of them")
    framed = bool(ways)
    if options.events and (options.stream or framed):
        raise plan_error("with --events the request goes in one piece", "it without frames, or the same with ws://")
    if options.stream or framed:
        given["mode"] = "stream"
    elif options.events:
        given["mode"] = "events"
    given["form"] = _form(options)
    if options.input or not plan.streams:
        given["streams"] = _streams(options)
    elif framed:
        raise plan_error("--slice, --lines and --files are for --input", "the keys of the file for its inputs")
    if options.expect:
        kinds = [word.partition(":") for word in options.expect]
        given["expects"] = tuple(Expect(key, _kind(kind or "text")) for key, _, kind in kinds)
    return replace(plan, **given)


def _form(options: argparse.Namespace) -> str:
    body, frames = options.body or "json", options.frames or "json"
    if body != "json" and frames != "json":
        raise plan_error("--body is for http, --frames for websocket", "one of them")
    return str(frames if body == "json" else body)


def _chaos(options: argparse.Namespace) -> Chaos | None:
    if (options.kill_every is None) != (options.kill_children_of is None):
        raise plan_error("--kill-every and --kill-children-of go together", "both of them, or none")
    given: dict[str, Any] = {}
    if options.drop is not None:
        given["drop"] = share(options.drop, "--drop")
    if options.slow_readers is not None:
        slow, _, rate = options.slow_readers.partition("@")
        given["slow"] = share(slow, "--slow-readers")
        given["slow_rate"] = size(rate or SLOW_RATE, "--slow-readers")
    if options.kill_every is not None:
        given["kill_every"] = duration(options.kill_every, "--kill-every")
        given["kill_parent"] = options.kill_children_of
    return Chaos(**given) if given else None


def _with_pace(plan: Plan, options: argparse.Namespace) -> Plan:
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


def _documents(options: argparse.Namespace, value: str) -> tuple[Documents, int]:
    contents = read_source(Path(value[1:])) if value.startswith("@") else [os.fsencode(value)]
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


def _check_words(options: argparse.Namespace) -> None:
    """Everything but the text of an input must be text. Raises LoadTestError."""
    words = [options.target, options.service, *options.attribute, *options.param, *options.header, *options.expect,
             *options.config]  # fmt: skip
    for word in filter(None, [*words, *(word.partition("=")[0] for word in options.input)]):
        if not word.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise plan_error(f"'{word.encode('utf-8', 'replace').decode()}' is not UTF-8", "it in UTF-8")
