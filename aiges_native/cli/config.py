"""Shows, reads and edits aiges.toml, and keeps its comments and order.

Without a command it shows the keys of the file; `show` tells every value that the service would use, and what said so.
KEY is section.key; the rest after the first dot is the key: wrapper.common.lic.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from aiges_native.project import ProjectError, settings
from aiges_native.sdk.settings import FILE_NAME, SettingsError

from . import CannotError

#: The configuration is wrong (EX_CONFIG of sysexits.h).
BAD_CONFIG = 78


def configure(parser: argparse.ArgumentParser) -> None:
    shared = argparse.ArgumentParser(add_help=False)
    for each, default in ((parser, Path(FILE_NAME)), (shared, argparse.SUPPRESS)):
        file_help = f"the file (default: {FILE_NAME} here)"
        each.add_argument("--toml", metavar="F", type=Path, default=default, help=file_help)
    commands = parser.add_subparsers(dest="action", metavar="COMMAND")
    get = commands.add_parser("get", parents=[shared], help="print the value of a key")
    edit = commands.add_parser("set", parents=[shared], help="give a key a value")
    commands.add_parser("init", parents=[shared], help="write a commented default")
    show = commands.add_parser("show", parents=[shared], help="print every value of the service and where it came from")
    show.add_argument("-c", "--config", dest="toml", metavar="F", type=Path, default=argparse.SUPPRESS, help=file_help)
    show.add_argument("-s", "--service", metavar="NAME", help="the section of the service (default: svcName)")
    show.add_argument("--strict", action="store_true", help="unknown keys are errors")
    for command in (get, edit):
        command.add_argument("key", metavar="KEY")
    edit.add_argument("value", metavar="VALUE")


def run(options: argparse.Namespace) -> int:
    action = {"get": _get, "set": _set, "init": _init}.get(options.action, _list)
    try:
        if options.action == "show":
            return _show(options)
        action(options)
    except ProjectError as error:
        raise CannotError(error.what, error.why, error.cure) from error
    except SettingsError as error:
        raise CannotError(*error.parts) from error
    return 0


def _show(options: argparse.Namespace) -> int:
    """All values in force on stdout, findings and faults on stderr."""
    try:
        from aiges_native.host import config
        from aiges_native.host.config.load import load
    except ModuleNotFoundError as error:
        if error.name != "msgspec":
            raise
        what = "show the values of the service"
        raise CannotError(what, "msgspec is not installed", "pip install aiges-native[host]") from error
    path: Path | None = options.toml
    if path == Path(FILE_NAME) and not path.exists():
        print(f"there is no {FILE_NAME} here: defaults and environment", file=sys.stderr)
        path = None
    try:
        loaded = load(path, service=options.service, env=os.environ, strict=options.strict)
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_CONFIG
    for row in config.describe(loaded):
        print(f"{row.section}.{row.key} = {json.dumps(row.value, ensure_ascii=False)}  # {row.origin}")
    for finding in loaded.findings:
        print(finding, file=sys.stderr)
    return 0


def _list(options: argparse.Namespace) -> None:
    for key, value in settings.keys(options.toml):
        print(f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}")


def _get(options: argparse.Namespace) -> None:
    print(settings.get(options.toml, options.key))


def _set(options: argparse.Namespace) -> None:
    settings.set_value(options.toml, options.key, options.value)
    print(f"{options.toml}: {options.key} = {settings.get(options.toml, options.key)}")


def _init(options: argparse.Namespace) -> None:
    from aiges_native.host.config import default_file

    settings.init(options.toml, default_file())
    print(f"{options.toml}: written")
