"""Environment variables: ``AIGES_<SECTION>__<KEY>`` for every key, and the few with names of their own.

Names are compared without case and without anything but letters and digits: ``AIGES_SVCNAME__CONN_RBUF`` is
``conn-rbuf`` of ``[svcName]``. The service's section is also ``SERVICE``. Under ``WRAPPER`` a name that the file has
is that one; another is written small, and its ``__`` are dots: ``AIGES_WRAPPER__LOG__LEVEL`` is ``log.level``.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    Path = tuple[str, ...]

#: Variables with names of their own; AIGES_<SECTION>__<KEY> wins over them.
NAMED: dict[str, tuple[str, str]] = {
    "AIGES_PLUGIN_MODE": ("engine", "kind"),
    "AIGES_ENV_NUMA": ("engine", "numa"),
    "AIGES_WRAPPER_VERSION": ("engine", "version"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("otel", "endpoint"),
}

_PREFIX = "AIGES_"


def read_environment(
    environment: Mapping[str, str],
    service: str,
    known: Mapping[str, Iterable[str]],
    file: Mapping[Path, Collection[str]],
) -> Iterator[tuple[Path, str, str]]:
    """(section, key, name of the variable), the stronger later. ``known`` are the keys of each section."""
    for name, (section, key) in NAMED.items():
        if environment.get(name):
            yield (section,), key, name
    names = [name for name in sorted(environment) if name.startswith(_PREFIX) and "__" in name.removeprefix(_PREFIX)]
    named_twice = [name for name in names if name.startswith(f"{_PREFIX}SERVICE__")]
    for name in named_twice + [name for name in names if name not in named_twice]:
        first, *rest = name.removeprefix(_PREFIX).split("__")
        if first and all(rest):
            yield *_resolve(first, rest, service, known, file), name


def _resolve(
    first: str,
    rest: list[str],
    service: str,
    known: Mapping[str, Iterable[str]],
    file: Mapping[Path, Collection[str]],
) -> tuple[Path, str]:
    names = {**{_bare(section): section for section in known}, "wrapper": "wrapper", _bare(service): "service"}
    section = names.get(_bare(first), first.lower())
    if section == "wrapper":
        return ("wrapper",), _free(rest, file.get(("wrapper",), ()))
    if section == "engines" and len(rest) > 1:
        engine = _match(rest[0], [path[1] for path in file if path[0:1] == ("engines",) and path[1:]])
        if _bare(rest[1]) == "wrapper" and len(rest) > 2:
            path = (section, engine, "wrapper")
            return path, _free(rest[2:], file.get(path, ()))
        return (section, engine), _match("__".join(rest[1:]), known[section])
    return (section,), _match("__".join(rest), known.get(section, ()))


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _match(name: str, names: Iterable[str]) -> str:
    """The one of ``names`` that is meant, else ``name`` in small letters."""
    return {_bare(each): each for each in names}.get(_bare(name), name.lower())


def _free(parts: list[str], names: Iterable[str]) -> str:
    joined = ".".join(parts)
    return {_bare(each): each for each in names}.get(_bare(joined), joined.lower())
