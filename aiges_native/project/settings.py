"""Edits ``aiges.toml`` and leaves everything else in it as it is: comments, order, spelling, line ends.

A key is ``section.key``; the rest after the first dot is the key, however the file spells it: ``"common.lic" = 1`` and
``common.lic = 1`` under ``[wrapper]`` are both ``wrapper.common.lic``. The TOML parser itself reads every statement on
the way, and the edited text is read once more before it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aiges_native.sdk.settings import (
    SettingsError,
    as_text,
    flatten,
    parse,
    read_settings,
    read_text,
    sections_of,
    toml_module,
)

from . import ProjectError
from .files import TEMPLATES, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["SettingsError", "get", "init", "keys", "read_settings", "set_value"]

_HEADER = re.compile(r"\s*(\[\[?)(.*?)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_.\s-])+?)\s*=[ \t]*""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class _Entry:
    """One ``key = value`` of a file."""

    key: str  # section.key
    start: int  # of the value, in characters
    end: int


@dataclass(frozen=True)
class _Table:
    """A header, and where the next key of it goes."""

    name: tuple[str, ...]
    end: int


def keys(path: Path) -> Iterator[tuple[str, Any]]:
    """(``section.key``, value) of everything in a file. Raises SettingsError."""
    yield from _keys(parse(read_text(path), path))


def get(path: Path, key: str) -> str:
    """The value of ``section.key`` as a wrapper would get it.

    Raises SettingsError; ProjectError: there is no such key.
    """
    found = dict(keys(path))
    if key not in found:
        raise ProjectError(f"read '{key}'", f"'{path}' has no such key", _known(key, list(found)))
    return as_text(found[key])


def set_value(path: Path, key: str, text: str) -> None:
    """Gives ``section.key`` a value; a key or section that is not there is added.

    The text is written as a string, unless it is exactly what TOML would print for a number, ``true`` or ``false``, or
    an array or quoted string in TOML's own form. A key that holds a string goes on holding one.
    Raises SettingsError; ProjectError: the key has no section, or the file cannot be edited or written.
    """
    what = f"set '{key}'"
    section, _, rest = key.partition(".")
    if not section or not rest or not all(rest.split(".")):
        raise ProjectError(what, "a key is section.key", f"wrapper.{key.strip('.') or 'common.lic'}")
    if not _is_unicode(text):
        raise ProjectError(what, "the value is not UTF-8", "another one")
    old = read_text(path)
    before = dict(_keys(parse(old, path)))
    value = _literal(text, isinstance(before.get(key), str))
    new = _edit(old, section, rest, value)
    try:
        after = dict(_keys(parse(new, path)))
    except SettingsError:
        after = {}
    if after != {**before, key: toml_module().loads(f"x = {value}")["x"]}:
        raise ProjectError(what, f"the form of '{path}' allows no single edit", "editing the file by hand")
    mark = "\ufeff" if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
    try:
        replace_file(path.resolve(), (mark + new).encode())
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ProjectError(what, f"'{path}' cannot be written: {why}", "a folder you may write to") from error


def init(path: Path, text: str | None = None) -> None:
    """Writes a new file: ``text``, or the settings of a new project.

    Raises ProjectError: there is a file already, or it cannot be written.
    """
    what = f"write '{path}'"
    content = text.encode() if text is not None else (TEMPLATES / "common" / "aiges.toml").read_bytes()
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise ProjectError(what, "there is one already, and it was not changed", "--toml OTHER.toml") from error
    except OSError as error:
        raise ProjectError(what, (error.strerror or str(error)).lower(), "a folder you may write to") from error


def _keys(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for section, table in sections_of(document).items():
        for key, value in flatten(table):
            yield f"{section}.{key}" if section else key, value


def _is_unicode(text: str) -> bool:
    """False for text with parts of a command line that were no characters."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _known(key: str, known: list[str]) -> str:
    """A cure for an unknown key: the one that was probably meant."""
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1)
    return near[0] if near else "aiges-native config, which shows all keys"


def _literal(text: str, was_string: bool) -> str:
    """The value as TOML."""
    import json

    toml = toml_module()
    try:
        value = toml.loads(f"x = {text}")["x"] if "\n" not in text else text
    except toml.TOMLDecodeError:
        value = text
    in_quotes = isinstance(value, str) and value != text
    if isinstance(value, list) or in_quotes:
        return text
    if isinstance(value, bool | int | float) and not was_string and as_text(value) == text:
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _edit(text: str, section: str, key: str, value: str) -> str:
    """The text with another value in the place of the old one, or one more line."""
    tables: list[_Table] = []
    for found in _statements(text):
        if isinstance(found, _Table):
            tables.append(found)
        elif found.key == f"{section}.{key}":
            return text[: found.start] + value + text[found.end :]
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    # [wrapper] is one flat table of dotted names; in the others a dot leads to a table of its own.
    path = (section, key) if section == "wrapper" else (section, *key.split("."))
    homes = [table for table in tables if table.name and table.name == path[: len(table.name)] != path]
    if not homes:
        gap = "" if not text else end_of_line if text.endswith("\n") else 2 * end_of_line
        return f"{text}{gap}[{_spell(section)}]{end_of_line}{_dotted(path[1:])} = {value}{end_of_line}"
    longest = max(len(table.name) for table in homes)
    end = max(table.end for table in homes if len(table.name) == longest)
    gap = "" if text[:end].endswith("\n") else end_of_line
    return f"{text[:end]}{gap}{_dotted(path[longest:])} = {value}{end_of_line}{text[end:]}"


def _statements(text: str) -> Iterator[_Entry | _Table]:
    """The entries of a text in their order, and each header once its table has ended."""
    toml = toml_module()
    table, at = _Table((), 0), 0
    while at < len(text):
        line_end = text.find("\n", at) + 1 or len(text)
        line = text[at:line_end]
        if header := _HEADER.match(line):
            yield table
            # An array of tables has no single place for a key.
            name = _path(toml, f"[{header[2]}]") if header[1] == "[" else ("[[]]",)
            table = _Table(name, line_end)
        elif key := _KEY.match(line):
            start = at + key.end()
            end = _value_end(toml, text, start)
            yield _Entry(".".join((*table.name, *_path(toml, f"{key[1]} = 0"))), start, end)
            line_end = text.find("\n", end) + 1 or len(text)
            table = _Table(table.name, line_end)
        at = line_end
    yield table


def _path(toml: Any, statement: str) -> tuple[str, ...]:
    """The names in a header or before a ``=``."""
    found, names = toml.loads(statement), []
    while isinstance(found, dict) and found:
        ((name, found),) = found.items()
        names.append(name)
    return tuple(names)


def _value_end(toml: Any, text: str, start: int) -> int:
    """Where the value ends that begins at ``start``: before a comment or the end of a line, and it must parse."""
    for found in re.finditer(r"[ \t]*(?:#|\r?\n|$)", text[start:]):
        try:
            toml.loads(f"x = {text[start : start + found.start()]}")
        except toml.TOMLDecodeError:
            continue
        return start + found.start()
    return len(text)


def _spell(name: str) -> str:
    import json

    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(map(_spell, path))
