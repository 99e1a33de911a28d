"""Who may say what a key holds, the strongest first: a flag, the environment, the file.

A section is named by a tuple: ``("fc",)``, ``("engines", "ocr")``, ``("engines", "ocr", "wrapper")``. The section of
the service is ``("service",)`` whatever its name. A configuration centre will lie between environment and file.
"""

from __future__ import annotations

from typing import NamedTuple

from aiges_native.sdk.settings import flatten

from .environment import read_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .document import Document

    Path = tuple[str, ...]

FLAG, ENVIRONMENT, CENTRE, FILE, DEFAULT = range(5)


class Given(NamedTuple):
    """A value that somebody gave. ``origin`` is what ``Loaded.origin`` says, ``place`` begins a message about it."""

    value: Any
    rank: int
    origin: str
    place: str
    line: int = 0


class Layers:
    """All that was given, by section and key."""

    def __init__(
        self,
        document: Document,
        service: str,
        flags: Mapping[str, Any],
        environment: Mapping[str, str],
        known: Mapping[str, Iterable[str]],
    ) -> None:
        file = _file_layer(document, service)
        self._document = document
        self._layers = (
            _flag_layer(flags, service),
            _environment_layer(environment, service, known, file),
            file,
        )

    def find(self, section: Path, key: str) -> Given | None:
        """What holds for a key; None: nobody gave it."""
        return next((layer[section][key] for layer in self._layers if key in layer.get(section, ())), None)

    def first(self, section: Path) -> Given | None:
        """Where a section is begun: its header in the file, else its first key."""
        name = ".".join(section)
        if section[0] in self._document.content:
            place = self._document.place(name)
            return Given(None, FILE, f"file {place}", place, self._document.line(name))
        keys = self.keys(section)
        return self.find(section, keys[0]) if keys else None

    def keys(self, section: Path) -> list[str]:
        """The keys that were given in a section, those of the file first and in its order."""
        return list(dict.fromkeys(key for layer in reversed(self._layers) for key in layer.get(section, ())))

    def sections(self) -> list[Path]:
        """The sections in which something was given, those of the file first and in its order."""
        return list(dict.fromkeys(section for layer in reversed(self._layers) for section in layer))

    def engines(self) -> list[str]:
        """The names under ``[engines]``."""
        return list(dict.fromkeys(path[1] for path in self.sections() if path[0:1] == ("engines",) and path[1:]))


def _file_layer(document: Document, service: str) -> dict[Path, dict[str, Given]]:
    layer: dict[Path, dict[str, Given]] = {}

    def put(section: Path, name: str, pairs: Iterable[tuple[str, Any]]) -> None:
        table = layer.setdefault(section, {})
        for key, value in pairs:
            place = document.place(f"{name}.{key}" if name else key)
            line = document.line(f"{name}.{key}" if name else key)
            table[key] = Given(value, FILE, f"file {place}", place, line)

    for name, table in document.content.items():
        if not isinstance(table, dict):
            put((), "", [(name, table)])
        elif name == service:
            put(("service",), name, table.items())
        elif name == "wrapper":
            put((name,), name, flatten(table))
        elif name == "engines":
            put((name,), name, [pair for pair in table.items() if not isinstance(pair[1], dict)])
            for engine, inner in table.items():
                if isinstance(inner, dict):
                    own = {
                        key: value for key, value in inner.items() if not isinstance(value, dict) or key != "wrapper"
                    }
                    put((name, engine), f"{name}.{engine}", own.items())
                    config = inner.get("wrapper")
                    if isinstance(config, dict):
                        put((name, engine, "wrapper"), f"{name}.{engine}.wrapper", flatten(config))
        elif name != "service":  # another service of that name
            put((name,), name, table.items())
    return layer


def _environment_layer(
    environment: Mapping[str, str],
    service: str,
    known: Mapping[str, Iterable[str]],
    file: Mapping[Path, Mapping[str, Given]],
) -> dict[Path, dict[str, Given]]:
    layer: dict[Path, dict[str, Given]] = {}
    for section, key, name in read_environment(environment, service, known, file):
        layer.setdefault(section, {})[key] = Given(environment[name], ENVIRONMENT, f"env {name}", name)
    return layer


def _flag_layer(flags: Mapping[str, Any], service: str) -> dict[Path, dict[str, Given]]:
    layer: dict[Path, dict[str, Given]] = {}
    for name, value in flags.items():
        section, key = split_name(name, service)
        layer.setdefault(section, {})[key] = Given(value, FLAG, "flag", "command line")
    return layer


def split_name(name: str, service: str) -> tuple[Path, str]:
    """Section and key of ``section.key``, ``engines.NAME.key`` or ``engines.NAME.wrapper.key``."""
    if name.startswith(f"{service}."):
        return ("service",), name.removeprefix(f"{service}.")
    section, _, key = name.partition(".")
    if section == "engines" and "." in key:
        engine, _, key = key.partition(".")
        if key.startswith("wrapper."):
            return (section, engine, "wrapper"), key.removeprefix("wrapper.")
        return (section, engine), key
    return (section,), key
