"""Turns what was given into typed sections and engines; remembers where each value came from and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs

from aiges_native.host.schema import SchemaError, SchemaFile
from aiges_native.sdk.settings import as_text, flatten

from .config import Row
from .document import Document
from .engine_config import ENGINE_KEYS, EngineConfig, interpreter_of, placed
from .errors import ConfigError
from .layers import DEFAULT, FILE, Given
from .sections import SECTIONS
from .sections.units import cpu_count
from .values import convert, expected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .layers import Layers
    from .sections.units import Section

NOBODY = Given(None, DEFAULT, "default", "")


def _shown(value: Any) -> str:
    """A value for a sentence: text in quotes, so that ``"5"`` and ``5`` differ."""
    return repr(value) if isinstance(value, str) else as_text(value)


@dataclass
class Reader:
    """Reads one configuration. ``faults`` are collected, so that all of them can be told at once."""

    document: Document
    service: str
    layers: Layers
    faults: list[ConfigError] = field(default_factory=list)
    #: (section, key) as the file spells them -> where the value in force came from.
    sources: dict[tuple[str, str], Given] = field(default_factory=dict)

    def shown(self, section: str) -> str:
        """The name of a section in the file."""
        return self.service if section == "service" else section

    def source(self, section: str, key: str) -> Given:
        """Who gave the value of a key."""
        return self.sources.get((section, key), NOBODY)

    def fault(self, section: str, key: str, why: str, expects: str = "") -> None:
        """Something is wrong with the value in force."""
        given = self.source(section, key)
        name = f"{self.shown(section)}.{key}"
        value = f" = {_shown(given.value)}" if given is not NOBODY else ""
        text = f"[{self.shown(section)}].{key}{value}: {why}"
        error = ConfigError(text, key=name, value=given.value, expected=expects, place=given.place, line=given.line)
        self.faults.append(error)

    def section(self, name: str) -> Section:
        """A section of SECTIONS; a wrong value becomes a fault, and the default takes its place."""
        values = {}
        for each in structs.fields(SECTIONS[name]):
            given = self.layers.find((name,), each.encode_name)
            if given is not None:
                self.sources[name, each.encode_name] = given
                if (value := self._converted(given, name, each.encode_name, each.type)) is not None:
                    values[each.name] = value
        return SECTIONS[name](**values)

    def _converted(self, given: Given, section: str, key: str, kind: Any) -> Any:
        try:
            return convert(given.value, kind)
        except ValueError:
            expects = expected(kind)
            self.fault(section, key, f"expected {expects}", expects)
            return None

    def rows(self, sections: dict[str, Section], wrapper: dict[str, str]) -> list[Row]:
        """The values of sections and of ``[wrapper]``, with their origins."""
        rows = []
        for name, section in sections.items():
            for each in structs.fields(section):
                key = each.encode_name
                rows.append(Row(self.shown(name), key, getattr(section, each.name), self.source(name, key).origin))
        return rows + [Row("wrapper", key, text, self.source("wrapper", key).origin) for key, text in wrapper.items()]

    # --- what the engine gets -------------------------------------------------------------------------------------

    def wrapper(self, own_file: str) -> dict[str, str]:
        """``[wrapper]``, or the file of ``usrCfg`` in its place; flags and environment hold over both."""
        config: dict[str, str] = {}
        if own_file and (path := self._beside(own_file)) is None:
            self.fault("aiges", "usrCfg", "there is no such file", "a TOML file")
        elif own_file:
            document = self._read_own(path)
            for key, value in flatten(document.content):
                place = document.place(key)
                self.sources["wrapper", key] = Given(value, FILE, f"file {place}", place, document.line(key))
                config[key] = as_text(value)
        for key in self.layers.keys(("wrapper",)):
            given = self.layers.find(("wrapper",), key)
            assert given is not None
            if not own_file or not given.origin.startswith("file"):
                self.sources["wrapper", key] = given
                config[key] = as_text(given.value)
        return config

    def _read_own(self, path: Path | None) -> Document:
        try:
            return Document.read(path)
        except ConfigError as error:
            self.faults.append(error)
            return Document()

    def header_pass(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names of ``headerPass`` and of the file ``headerPass.wrapper``, each once."""
        path = self._beside("headerPass.wrapper")
        text = path.read_text(encoding="utf-8", errors="replace") if path else ""
        return tuple(dict.fromkeys((*names, *filter(None, map(str.strip, text.splitlines())))))

    def _beside(self, name: str) -> Path | None:
        """A file named in the configuration: in the working directory, as AIservice looks, or beside its own."""
        folders = [Path(), *([self.document.path.parent] if self.document.path else [])]
        return next((folder / name for folder in folders if (folder / name).is_file()), None)

    # --- engines --------------------------------------------------------------------------------------------------

    def engine(self, name: str, sections: dict[str, Section], wrapper: dict[str, str], alone: bool) -> EngineConfig:
        """An engine of ``[engines]``, or the only one there is when it is ``alone``."""
        values: dict[str, Any] = {}
        own: set[str] = set()
        for key in ENGINE_KEYS:
            shared = getattr(sections[key.section], key.source)
            kind = {each.name: each for each in structs.fields(sections[key.section])}[key.source]
            value = shared if alone or key.shared else kind.default
            source = self.source(key.section, kind.encode_name) if alone or key.shared else NOBODY
            given = None if alone else self.layers.find(("engines", name), key.key)
            if given is not None:
                own.add(key.key)
                source = given
                self.sources[f"engines.{name}", key.key] = given
                found = self._converted(given, f"engines.{name}", key.key, kind.type)
                value = value if found is None else found
            self.sources[f"engines.{name}", key.key] = source
            values[key.name] = key.scaled(value)
        section = "http" if alone else f"engines.{name}"
        values["declared"] = self._declared(section, values["schema"], values["validate"])
        return self._finished(name, values, own, sections, wrapper)

    def _declared(self, section: str, name: str, validate: str) -> SchemaFile | None:
        """A schema file; one that cannot be used becomes a fault."""
        if not name:
            return None
        path = self._beside(name)
        try:
            if path is None:
                raise SchemaError("there is no such file")
            return SchemaFile.read(path, every=validate == "compat")
        except SchemaError as error:
            self.fault(section, "schema", str(error), "a file with a JSON schema in the form of AIGES")
            return None

    def _finished(
        self, name: str, values: dict[str, Any], own: set[str], sections: dict[str, Section], wrapper: dict[str, str]
    ) -> EngineConfig:
        if not values["best"] or ("max" in own and "best" not in own):
            values["best"] = values["max"]
        values["workers"] = cpu_count() if values["workers"] == "auto" else values["workers"]
        values["isolate"] = placed(values["kind"], values["isolate"])
        values["path"] = values["path"] or None
        values["python"] = interpreter_of(sections["aiges"].python_plugin_cmd)  # type: ignore[attr-defined]
        if "headerPass" in own:
            values["header_pass"] = self.header_pass(values["header_pass"])
        config = dict(wrapper)
        section = ("engines", name, "wrapper")
        for key in self.layers.keys(section):
            given = self.layers.find(section, key)
            assert given is not None
            self.sources[".".join(section), key] = given
            config[key] = as_text(given.value)
        return EngineConfig(name=name, wrapper=config, **values)

    def engine_rows(self, engine: EngineConfig) -> list[Row]:
        """The values of an engine in the units of the file, with their origins."""
        section = f"engines.{engine.name}"
        rows = []
        for key in ENGINE_KEYS:
            value = getattr(engine, key.name)
            value = round(value * key.per_second) if key.per_second != 1 else value
            rows.append(Row(section, key.key, "" if value is None else value, self.source(section, key.key).origin))
        for name, text in engine.wrapper.items():
            origin = self.sources.get((f"{section}.wrapper", name), self.source("wrapper", name)).origin
            rows.append(Row(f"{section}.wrapper", name, text, origin))
        return rows
