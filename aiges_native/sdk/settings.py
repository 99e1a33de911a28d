"""Reads ``aiges.toml``, the settings of a service: sections of keys, of which ``[wrapper]`` goes to the wrapper."""

from __future__ import annotations

import sys
from pathlib import Path

from aiges_native.sdk.fields import param_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

FILE_NAME = "aiges.toml"


class SettingsError(ValueError):
    """A settings file cannot be used. ``path``, ``line`` and ``column`` (from 1; 0: not about one place) say where,
    ``cure`` what to do."""

    def __init__(self, path: Path, why: str, cure: str, line: int = 0, column: int = 0) -> None:
        place = f" at line {line}, column {column}" if line else ""
        self.parts = (f"read '{path}'", why + place, cure)
        super().__init__("cannot {}: {}; try {}".format(*self.parts))
        self.path, self.line, self.column, self.cure = path, line, column, cure


def find_settings(*folders: str | Path) -> Path | None:
    """The ``aiges.toml`` of the first of the folders that has one."""
    return next((path for folder in folders if (path := Path(folder) / FILE_NAME).is_file()), None)


def read_settings(path: str | Path) -> dict[str, dict[str, Any]]:
    """The sections of a file, each with its keys as TOML has them. Keys before the first section are those of ``""``.

    Raises SettingsError: the file cannot be read, is not UTF-8, or is not TOML.
    """
    return sections_of(parse(read_text(Path(path)), Path(path)))


def wrapper_config(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What ``wrapperInit`` gets: section ``[wrapper]``, every value as text, every nested key under its dotted name."""
    return {key: as_text(value) for key, value in flatten(settings.get("wrapper", {}))}


def sections_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A parsed document by sections."""
    sections = {name: value for name, value in document.items() if isinstance(value, dict)}
    loose = {key: value for key, value in document.items() if not isinstance(value, dict)}
    return {"": loose, **sections} if loose else sections


def flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of a table and the tables in it: ``common.lic = 1`` and ``"common.lic" = 1`` are the same."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def as_text(value: Any) -> str:
    """A value of a config or of params as wrappers get it: ``true``, ``5``, ``0.5``, UTF-8 text; arrays as JSON."""
    if isinstance(value, list | dict):
        import json

        return json.dumps(value, ensure_ascii=False, default=str)
    return param_text(value)


def read_text(path: Path) -> str:
    """The text of a file, line ends as they are; a byte order mark is left out. Raises SettingsError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        cure = "aiges-native config init, which writes one" if isinstance(error, FileNotFoundError) else "another file"
        raise SettingsError(path, (error.strerror or str(error)).lower(), cure) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise SettingsError(path, "the file is not UTF-8", "saving it as UTF-8", line, column) from error


def parse(text: str, path: Path) -> dict[str, Any]:
    """The TOML document in a text. Raises SettingsError, which names ``path``."""
    toml = toml_module()
    try:
        document: dict[str, Any] = toml.loads(text)
    except toml.TOMLDecodeError as error:
        why, line, column = _locate(str(error), text)
        raise SettingsError(path, why, 'the form key = "value"', line, column) from error
    return document


def toml_module() -> Any:
    """``tomllib``, or ``tomli`` on Python 3.10; imported when a file is read and not before."""
    from importlib import import_module

    return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def _locate(message: str, text: str) -> tuple[str, int, int]:
    """The parser's sentence in our form, and the place it speaks of."""
    import re

    found = re.search(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)$", message)
    why = message[: found.start()] if found else message
    why = why[:1].lower() + why[1:]
    if found and found[1]:
        return why, int(found[1]), int(found[2])
    return why, text.count("\n") + 1, len(text) - text.rfind("\n")
