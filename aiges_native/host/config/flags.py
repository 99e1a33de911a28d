"""The command line of the service: the flags that AIservice takes, and their modern forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any, NoReturn

#: Flags of AIservice that do nothing any more: its plug-in test, its demonstration, its network test.
_DEAD = re.compile(r"--?(plugin|mnist|bvt\w*)(=.*)?")
_SWITCHES = re.compile(r"--?(init|v)=(.*)")
_OLD_PROGRAM = "AIservice"
_DEFAULT_FILE = "aiges.toml"
_DEFAULT_SERVICE = "svcName"


class UsageError(Exception):
    """The command line cannot be understood: the text goes to stderr, and the process ends with ``exit_code``."""

    exit_code = 2


@dataclass(frozen=True)
class Flags:
    """A command line, understood."""

    action: str = "serve"
    """serve, init (write the file and end) or version (print and end)."""
    file: Path | None = None
    """What was asked for by ``-c``; None: ``aiges.toml`` if there is one."""
    default_file: Path | None = None
    """Stands in for ``file`` if there is no such file."""
    service: str | None = None
    """The section; None: ``svcName``, which may be missing."""
    engines: tuple[str, ...] = ()
    """Paths or names on the command line; none: what the configuration says, else all of ``library/``."""
    settings: dict[str, Any] = field(default_factory=dict)
    """``section.key`` -> value, as ``load(flags=...)`` takes them."""
    strict: bool = False
    supervise: bool = False
    warnings: tuple[str, ...] = ()
    """One line each, about flags that do nothing."""

    def config_file(self) -> Path | None:
        """The file to load: the first that exists of ``file`` and ``default_file``; else ``file``, whose absence is
        then told. Nothing asked for: ``aiges.toml`` if there is one."""
        asked = [path for path in (self.file, self.default_file) if path is not None]
        if not asked:
            return Path(_DEFAULT_FILE) if Path(_DEFAULT_FILE).is_file() else None
        return next((path for path in asked if path.is_file()), asked[0])


def parse(argv: Sequence[str], program: str) -> Flags:
    """A command line without the program's name. ``program`` is ``AIservice``, whose flags are all optional but never
    none, or the name of the modern command, which then serves what it finds.

    Raises UsageError: wrong usage, ``--help``, no flag for AIservice, or ``-m 2``.
    """
    old = Path(program).name == _OLD_PROGRAM
    words, warnings = _without_dead_flags(argv)
    parser = _parser(program, old)
    if old and not argv:
        raise UsageError(parser.format_help())
    options = parser.parse_args(words)
    if options.help:
        raise UsageError(parser.format_help())
    mode = 0 if old and options.mode is None else options.mode
    if mode == 2:
        parser.error("-m 2: a configuration source of one's own is not offered; -m 0 reads a file, -m 1 asks a centre")
    if mode == 1 and not (options.centre or options.config_source):
        parser.error("-m 1 needs the address of the centre: -u etcd://HOST:PORT or -u zk://HOST:PORT")
    if mode == 0 and options.centre:
        warnings.append("-u: no effect with -m 0, which reads a file")
        options.centre = None
    return Flags(
        action="version" if options.version else "init" if options.init else "serve",
        file=options.file or (Path(_DEFAULT_FILE) if old else None),
        default_file=options.default_file,
        service=options.service or (_DEFAULT_SERVICE if old else None),
        engines=tuple(options.engines),
        settings=_settings(parser, options),
        strict=options.strict,
        supervise=options.supervise,
        warnings=tuple(warnings),
    )


def version_text() -> str:
    """What ``--version`` prints: the version, and the engines that can be loaded."""
    from aiges_native import paths

    header = (paths.include_dir() / "aiges" / "version.h").read_text(encoding="utf-8")
    major, minor = (re.search(rf"AIGES_ABI_{part}\s+(\d+)", header) for part in ("MAJOR", "MINOR"))
    assert major is not None and minor is not None, "version.h names no ABI"
    return f"aiges_native {paths.__version__}, engine ABI {major[1]}.0 to {major[1]}.{minor[1]}"


def _settings(parser: argparse.ArgumentParser, options: argparse.Namespace) -> dict[str, Any]:
    """The flags that are keys; what ``--set`` says comes last."""
    settings: dict[str, Any] = {}
    for key, value in (
        ("config.source", options.config_source or options.centre),
        ("config.project", options.project),
        ("config.group", options.group),
        ("config.prefix", options.prefix),
        ("config.require", options.require_centre or None),
    ):
        if value is not None:
            settings[key] = value
    for text in options.set:
        key, equals, value = text.partition("=")
        if not equals or "." not in key.strip("."):
            parser.error(f"--set {text}: expected SECTION.KEY=VALUE")
        settings[key.strip()] = value
    return settings


def _without_dead_flags(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words argparse shall see, and a warning for each flag that does nothing."""
    words: list[str] = []
    warnings: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*words, word, *rest], warnings
        if dead := _DEAD.fullmatch(word):
            warnings.append(f"-{dead[1]}: no effect")
            if dead[2] is None and rest and not rest[0].startswith("-"):
                rest.pop(0)
        elif switch := _SWITCHES.fullmatch(word):
            if switch[2].lower() in ("true", "1", "t"):
                words.append(f"-{switch[1]}")
        else:
            words.append(word)
    return words, warnings


def _parser(program: str, old: bool) -> argparse.ArgumentParser:
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(f"{self.format_usage()}{self.prog}: {message}\n")

    parser = Parser(prog=program, add_help=False, allow_abbrev=False, description="Serves engines.")
    add = parser.add_argument
    add("engines", nargs="*", metavar="ENGINE", help="a library, a wrapper's folder, or a name found in library/")
    default = f"default: {_DEFAULT_FILE}" if old else f"default: {_DEFAULT_FILE} if there is one"
    add("-c", "--c", "--config", dest="file", type=Path, metavar="FILE", help=f"the configuration ({default})")
    add("-dc", "--dc", dest="default_file", type=Path, metavar="FILE", help="in its place if there is no such file")
    section = f"the section of the service (default: {_DEFAULT_SERVICE})"
    add("-s", "--s", "--service", dest="service", metavar="NAME", help=section)
    add("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="one key, over file and environment")
    add("--strict", action="store_true", help="unknown keys are errors")
    add("--supervise", action="store_true", help="start again when the process dies")
    modes = "where the configuration is: 0 a file, 1 a centre"
    add("-m", "--m", dest="mode", type=int, choices=(0, 1, 2), metavar="0|1", help=modes)
    source = "where the configuration is: file:PATH, etcd://… or zk://…"
    add("--config-source", metavar="URL", help=source)
    add("-u", "--u", "--centre", dest="centre", metavar="URL", help="the centre, with -m 1: etcd://… or zk://…")
    add("-p", "--p", "--project", dest="project", metavar="NAME", help="project in the centre")
    add("-g", "--g", "--group", dest="group", metavar="NAME", help="group in the centre")
    prefix = "first part of all names in the centre"
    add("-polaris-prefix", "--polaris-prefix", "--prefix", dest="prefix", metavar="NAME", help=prefix)
    add("--require-centre", action="store_true", help="start only if the centre answers")
    add("-init", "--init", action="store_true", help=f"write {_DEFAULT_FILE} if there is none, and end")
    add("-v", "--v", "--version", dest="version", action="store_true", help="print versions and end")
    add("-h", "--help", dest="help", action="store_true", help="print this and end")
    return parser
