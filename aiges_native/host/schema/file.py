"""A schema file, read and understood: who the service is, what it takes and gives, how requests are checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aiges_native.host.schema.checks import Check, RequestChecks, form_check
from aiges_native.host.schema.errors import SchemaError, place
from aiges_native.host.schema.references import dangling, followed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]

#: Data types: their names are those of the data fields.
FIELDS = ("text", "audio", "image", "video", "other")
_TYPE_OF = {name: number for number, name in enumerate(FIELDS)}
_NUMBERS = ("integer", "number")


class Block(NamedTuple):
    """A block of a payload: its key, and the type of its data."""

    key: str
    data_type: int


@dataclass(frozen=True)
class SchemaFile:
    """What a schema file declares.

    ``service_id``, ``version``: "" if it does not say. ``routes``: those of ``meta.route``, each once, from a slash.
    ``inputs``, ``outputs``: blocks; None: nothing is said of them. ``numbers``: those of ``seq`` and ``status`` that
    outputs have as numbers. ``input_schema``, ``output_schema``: as the file has them.
    """

    path: Path
    service_id: str
    version: str
    routes: tuple[str, ...]
    inputs: tuple[Block, ...] | None
    outputs: tuple[Block, ...] | None
    numbers: frozenset[str]
    input_schema: Schema
    output_schema: Schema
    checks: RequestChecks

    @classmethod
    def read(cls, path: Path, *, every: bool = False) -> SchemaFile:
        """``every``: checks tell all that is wrong with a request, not the first. Raises SchemaError, whose text
        begins with the file and the place in it."""
        content = _parsed(path)
        for names, sentence in form_check()(content):
            raise SchemaError(f"{path}: {place(names)}: {sentence}")
        meta = content.get("meta", {})
        service_id = meta.get("serviceId", "")
        told = meta.get(service_id)
        told = told if isinstance(told, dict) else {}
        given, taken = content.get("schemaoutput", {}), content["schemainput"]
        try:
            return cls(
                path,
                service_id,
                meta.get("version", ""),
                _routes(meta.get("route", [])),
                _blocks(taken, "schemainput", told.get("input")),
                _blocks(given, "schemaoutput", told.get("accept")),
                _numbers(given),
                taken,
                given,
                _checks(taken, given, every),
            )
        except SchemaError as error:
            raise SchemaError(f"{path}: {error}") from None


def _parsed(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path}: byte {error.start} is no UTF-8") from None
    except OSError as error:
        raise SchemaError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise SchemaError(f"{path}:{error.lineno}: no JSON: {error.msg.lower()} (column {error.colno})") from None
    except RecursionError:
        raise SchemaError(f"{path}: it is nested too deeply") from None
    except ValueError as error:
        raise SchemaError(f"{path}: no JSON: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _routes(route: str | list[str]) -> tuple[str, ...]:
    routes = [route] if isinstance(route, str) else route
    return tuple(dict.fromkeys("/" + each.lstrip("/") for each in routes))


def _checks(taken: Schema, given: Schema, every: bool) -> RequestChecks:
    """Replies are not checked, and yet a schema of them that is none would mislead its readers."""
    for name, schema in (("schemaoutput", given), ("schemainput", taken)):
        try:
            Check(schema)
        except SchemaError as error:
            for names, reference in dangling(schema, schema):
                raise SchemaError(f"{place([name, *names])}: there is no '{reference}' in {name}") from None
            raise SchemaError(f"{place([name])}: {error}") from None
    return RequestChecks(taken, every=every)


def _payload(schema: Schema) -> Schema | None:
    """The named blocks of ``properties.payload``; None: there are none."""
    payload = followed(schema.get("properties", {}).get("payload"), schema)
    blocks = payload.get("properties")
    return blocks if isinstance(blocks, dict) else None


def _blocks(schema: Schema, name: str, told: Any) -> tuple[Block, ...] | None:
    """``told``: what ``meta`` says of them, key -> {"dataType": word}. Errors: SchemaError for a block of no type."""
    blocks = _payload(schema)
    if blocks is None:
        return None
    found = []
    for key, part in blocks.items():
        words = [*_fields(followed(part, schema)), *_told(told, key)]
        if not words:
            where = place([name, "properties", "payload", "properties", key])
            fields = ", ".join(FIELDS)
            raise SchemaError(f"{where}: expected one data field ({fields}) in its properties, or a dataType in meta")
        found.append(Block(key, _TYPE_OF[words[0]]))
    return tuple(found)


def _fields(block: Schema) -> list[str]:
    """The data field of a block, if it has one and not several."""
    fields = [name for name in _TYPE_OF if name in block.get("properties", {})]
    return fields if len(fields) == 1 else []


def _told(told: Any, key: str) -> list[str]:
    block = told.get(key) if isinstance(told, dict) else None
    word = block.get("dataType") if isinstance(block, dict) else None
    return [word] if word in _TYPE_OF else []


def _numbers(schema: Schema) -> frozenset[str]:
    """Attributes that are numbers in every output that declares them."""
    kinds: dict[str, set[bool]] = {}
    for part in (_payload(schema) or {}).values():
        for name, attribute in followed(part, schema).get("properties", {}).items():
            if name in ("seq", "status"):
                kinds.setdefault(name, set()).add(followed(attribute, schema).get("type") in _NUMBERS)
    return frozenset(name for name, answers in kinds.items() if answers == {True})
