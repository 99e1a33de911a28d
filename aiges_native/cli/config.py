"""Shows, reads and edits aiges.toml, and keeps its comments and order.

Without a command it shows all keys. KEY is section.key; the rest after the first dot is the key: wrapper.common.lic.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from aiges_native.project import ProjectError, settings
from aiges_native.sdk.settings import FILE_NAME, SettingsError

from . import CannotError


def configure(parser: argparse.ArgumentParser) -> None:
    shared = argparse.ArgumentParser(add_help=False)
    for each, default in ((parser, Path(FILE_NAME)), (shared, argparse.SUPPRESS)):
        file_help = f"the file (default: {FILE_NAME} here)"
        each.add_argument("--toml", metavar="F", type=Path, default=default, help=file_help)
    commands = parser.add_subparsers(dest="action", metavar="COMMAND")
    get = commands.add_parser("get", parents=[shared], help="print the value of a key")
    edit = commands.add_parser("set", parents=[shared], help="give a key a value")
    commands.add_parser("init", parents=[shared], help="write a commented default")
    for command in (get, edit):
        command.add_argument("key", metavar="KEY")
    edit.add_argument("value", metavar="VALUE")


def run(options: argparse.Namespace) -> int:
    action = {"get": _get, "set": _set, "init": _init}.get(options.action, _show)
    try:
        action(options)
    except ProjectError as error:
        raise CannotError(error.what, error.why, error.cure) from error
    except SettingsError as error:
        raise CannotError(*error.parts) from error
    return 0


def _show(options: argparse.Namespace) -> None:
    for key, value in settings.keys(options.toml):
        print(f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}")


def _get(options: argparse.Namespace) -> None:
    print(settings.get(options.toml, options.key))


def _set(options: argparse.Namespace) -> None:
    settings.set_value(options.toml, options.key, options.value)
    print(f"{options.toml}: {options.key} = {settings.get(options.toml, options.key)}")


def _init(options: argparse.Namespace) -> None:
    settings.init(options.toml)
    print(f"{options.toml}: written")
