"""Loads the configuration of the service: file, environment and flags become one resolved object."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import structs

from .checks import check
from .config import Config, Loaded, Row
from .document import Document
from .errors import ConfigError, Finding
from .layers import FILE, Layers
from .listening import resolve_listen
from .reader import NOBODY, Reader
from .sections import SECTIONS
from .sections.units import Section
from .survey import KNOWN, survey

#: The section of the service when nobody names one.
DEFAULT_SERVICE = "svcName"


def load(
    file: str | Path | None,
    *,
    service: str | None = None,
    flags: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    strict: bool = False,
) -> Loaded:
    """Reads ``file`` (None: there is none) for one service.

    ``service`` names its section, which must then be in the file; None: ``svcName``, which may be missing. ``flags``
    are ``section.key`` -> value or text (``service.port`` for the service's own section), ``env`` the environment, of
    which nothing is read without it. Flags hold over the environment, that over the file, that over the defaults. With
    ``strict``, unknown keys and sections are errors.

    Raises ConfigError: the file cannot be read, has no such section, or values are wrong (all are told at once).
    """
    document = Document.read(file)
    name = service or DEFAULT_SERVICE
    _refuse_misnamed(document, name, asked=service is not None)
    layers = Layers(document, name, flags or {}, env or {}, KNOWN)
    reader = Reader(document, name, layers)
    findings, reader.faults = survey(layers, name)
    config, rows = _resolve(reader, findings)
    if strict:
        unknown = [finding for finding in findings if finding.kind == "unknown"]
        reader.faults += [ConfigError(each.text, key=each.key, place=each.place, line=each.line) for each in unknown]
    if reader.faults:
        # A value that is no text at all is no address either: once is enough.
        raise ConfigError.of(list({(fault.key, fault.line): fault for fault in reversed(reader.faults)}.values())[::-1])
    return Loaded(config, tuple(findings), document.path, tuple(rows))


def _refuse_misnamed(document: Document, name: str, asked: bool) -> None:
    """A service without its section would run on defaults that nobody meant."""
    if name in (set(SECTIONS) - {"service"}) | {"wrapper", "engines"}:
        raise ConfigError(f"the service cannot be named '{name}': [{name}] is a section of its own")
    if document.path is None or not asked or isinstance(document.content.get(name), dict):
        return
    sections = [section for section, table in document.content.items() if isinstance(table, dict)]
    cure = f"--service with one of its sections ({', '.join(sections)})" if sections else f"adding [{name}]"
    if "xtest" in sections:
        cure = f"aiges-native bench -f {document.path}: this is the file of a load test"
    raise ConfigError(f"cannot read '{document.path}': it has no section [{name}]; try {cure}", key=name)


def _resolve(reader: Reader, findings: list[Finding]) -> tuple[Config, list[Row]]:
    sections: dict[str, Any] = {name: reader.section(name) for name in SECTIONS}
    wrapper = reader.wrapper(sections["aiges"].usr_cfg)
    header_pass = reader.header_pass(sections["aiges"].header_pass)
    sections["aiges"] = structs.replace(sections["aiges"], header_pass=header_pass)
    listen = resolve_listen(reader, sections)
    sections["http"] = structs.replace(sections["http"], listen=str(listen.http))
    sections["health"] = structs.replace(sections["health"], listen=str(listen.health))
    sections["fc"] = structs.replace(sections["fc"], best=sections["fc"].best or sections["fc"].max)
    rows = reader.rows(cast("dict[str, Section]", sections), wrapper)
    names = reader.layers.engines()
    engines = {each: reader.engine(each, sections, wrapper, alone=False) for each in names}
    for engine in engines.values():
        rows += reader.engine_rows(engine)
    if not engines:
        engines = {reader.service: reader.engine(reader.service, sections, wrapper, alone=True)}
    named = {"centre" if name == "config" else name: section for name, section in sections.items()}
    config = Config(name=reader.service, wrapper=wrapper, engines=engines, listen=listen, **named)
    findings += [*_missing_max(reader, config), *check(reader, config)]
    return config, rows


def _missing_max(reader: Reader, config: Config) -> list[Finding]:
    """Nobody said how many sessions may run at once, which AIservice demands."""
    if reader.document.path is None or reader.source("fc", "max") is not NOBODY:
        return []
    if all(reader.source(f"engines.{engine}", "max").rank <= FILE for engine in config.engines):
        return []
    text = f"[fc].max is missing: {config.fc.max} is taken, the number of CPUs"
    return [Finding("missing", "fc.max", text, str(reader.document.path))]
