"""Finds what a configuration says that means nothing, or no longer does anything."""

from __future__ import annotations

from msgspec import structs

from .engine_config import ENGINE_KEYS
from .errors import ConfigError, Finding, nearest
from .sections import NO_EFFECT, SECTIONS, has_no_effect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .layers import Given, Layers

    Path = tuple[str, ...]

#: The keys of each section that do something, as files spell them.
KEYS: dict[str, tuple[str, ...]] = {
    **{section: tuple(each.encode_name for each in structs.fields(kind)) for section, kind in SECTIONS.items()},
    "engines": tuple(each.key for each in ENGINE_KEYS),
}
#: KEYS and those without effect that have a fixed name.
KNOWN = {
    section: (*KEYS.get(section, ()), *(key for key in NO_EFFECT.get(section, ()) if "*" not in key))
    for section in {**KEYS, **NO_EFFECT}
}
_ALL_SECTIONS = (*(section for section in KNOWN if section != "service"), "wrapper")


def survey(layers: Layers, service: str) -> tuple[list[Finding], list[ConfigError]]:
    """What is unknown or without effect, and which sections are no sections."""
    findings: list[Finding] = []
    faults: list[ConfigError] = []
    for section in layers.sections():
        if section == ():
            _survey_loose(layers, service, findings, faults)
        elif section[0] == "engines":
            findings += _survey_engine(layers, section)
        elif section[0] in KNOWN:
            findings += _survey_known(layers, section[0], service)
        elif section[0] != "wrapper" and not _is_another_service(layers, section):
            given = layers.first(section)
            text = f"[{section[0]}]: unknown section{nearest(section[0], (*_ALL_SECTIONS, service))}"
            findings.append(_finding("unknown", section[0], text, given))
    return sorted(findings, key=lambda finding: finding.line), faults


def _survey_loose(layers: Layers, service: str, findings: list[Finding], faults: list[ConfigError]) -> None:
    """Keys above the first header."""
    for key in layers.keys(()):
        given = layers.find((), key)
        assert given is not None
        if key in (*_ALL_SECTIONS, service):
            expected = f"a section: [{key}] and keys below it"
            faults.append(_fault(key, given, expected, f"{key} = {given.value!r}: expected {expected}"))
        else:
            findings.append(_finding("unknown", key, f"{key}: a key outside every section means nothing", given))


def _survey_engine(layers: Layers, section: Path) -> list[Finding]:
    if len(section) == 3:
        return []  # free-form
    findings = []
    for key in layers.keys(section):
        given = layers.find(section, key)
        assert given is not None
        if len(section) == 1:
            text = f"[engines].{key}: unknown; engines are sections of their own, [engines.{key}]"
            findings.append(_finding("unknown", f"engines.{key}", text, given))
        elif key not in KEYS["engines"]:
            shown = ".".join(section)
            text = f"[{shown}].{key}: unknown{nearest(key, KEYS['engines'])}"
            findings.append(_finding("unknown", f"{shown}.{key}", text, given))
    return findings


def _survey_known(layers: Layers, section: str, service: str) -> list[Finding]:
    shown = service if section == "service" else section
    findings, dead = [], []
    for key in layers.keys((section,)):
        if key in KEYS.get(section, ()):
            continue
        given = layers.find((section,), key)
        assert given is not None
        if has_no_effect(section, key):
            dead.append((key, given))
        else:
            text = f"[{shown}].{key}: unknown{nearest(key, KNOWN[section])}"
            findings.append(_finding("unknown", f"{shown}.{key}", text, given))
    if dead:
        names = ", ".join(key for key, _ in dead)
        name = f"{shown}.{dead[0][0]}" if section in KEYS else section
        findings.append(_finding("no effect", name, f"[{shown}] {names}: no effect", dead[0][1]))
    return findings


def _is_another_service(layers: Layers, section: Path) -> bool:
    """A file may hold the sections of several services."""
    keys = set(layers.keys(section))
    return bool(keys & {"host", "port", "finder"}) and all(
        key in KEYS["service"] or has_no_effect("service", key) for key in keys
    )


def _finding(kind: str, key: str, text: str, given: Given | None) -> Finding:
    return Finding(kind, key, text, given.place, given.line) if given else Finding(kind, key, text)


def _fault(key: str, given: Given, expected: str, text: str) -> ConfigError:
    return ConfigError(text, key=key, value=given.value, expected=expected, place=given.place, line=given.line)
