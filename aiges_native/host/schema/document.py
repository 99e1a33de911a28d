"""A JSON schema as OpenAPI 3.0.3 takes it, which has fewer keywords and other words for some."""

from __future__ import annotations

from aiges_native.host.schema.checks import Check
from aiges_native.host.schema.errors import SchemaError
from aiges_native.host.schema.references import followed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Schema = dict[str, Any]

#: Keywords that mean the same in both.
_SAME = (
    *("title", "description", "type", "enum", "format", "pattern", "multipleOf", "maximum", "minimum", "maxLength"),
    *("minLength", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties"),
)
_LIMITS = ("const", "exclusiveMinimum", "exclusiveMaximum")


def shown(schema: Any, root: Schema) -> Schema:
    """``schema``, a part of ``root``, for an OpenAPI document: references are replaced by what they refer to, and what
    OpenAPI has no keyword for is left out. A schema that holds itself says nothing there."""
    return _shown(schema, root, ())


def default_of(schema: Schema) -> Any:
    """The declared default of a scalar, under its own name or that of AIGES; None: there is none that fits."""
    for name in ("default", "defaultVal"):
        value = schema.get(name)
        if isinstance(value, (str, int, float, bool)) and fits(value, schema):
            return value
    return None


def fits(value: Any, schema: Schema) -> bool:
    """Whether a scalar is one that ``schema`` allows, as far as it tells without references."""
    try:
        return not Check({name: part for name, part in schema.items() if name in (*_SAME, *_LIMITS)})(value)
    except SchemaError:
        return False


def _shown(schema: Any, root: Schema, way: tuple[str, ...]) -> Schema:
    """``way``: the references that led here."""
    if schema is False:
        return {"not": {}}
    if isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str):
        if reference in way:
            return {}
        way = (*way, reference)
    schema = followed(schema, root)
    found = {name: schema[name] for name in _SAME if name in schema}
    _show_type(found)
    _show_limits(schema, found)
    _show_parts(schema, found, lambda part: _shown(part, root, way))
    if schema.get("required"):
        found["required"] = list(dict.fromkeys(schema["required"]))
    if "const" in schema:
        found["enum"] = [schema["const"]]
    default = default_of(schema)
    return found if default is None else {**found, "default": default}


def _show_parts(schema: Schema, found: Schema, show: Callable[[Any], Schema]) -> None:
    if "properties" in schema:
        found["properties"] = {name: show(part) for name, part in schema["properties"].items()}
    for name in ("allOf", "anyOf", "oneOf"):
        if name in schema:
            found[name] = [show(part) for part in schema[name]]
    if "not" in schema:
        found["not"] = show(schema["not"])
    more = schema.get("additionalProperties")
    if more is not None:
        found["additionalProperties"] = more if isinstance(more, bool) else show(more)
    items = schema.get("items", [])
    if not isinstance(items, list):
        found["items"] = show(items)
    elif found.get("type") == "array":
        found["items"] = {}


def _show_type(found: Schema) -> None:
    """One type a schema, and none is "null" in OpenAPI."""
    types = found.get("type", [])
    types = [types] if isinstance(types, str) else list(types)
    if "null" in types:
        types.remove("null")
        found["nullable"] = True
        if not types:
            found.update(type="object", enum=[None])
            return
    if len(types) == 1:
        found["type"] = types[0]
    elif types:
        del found["type"]
        found["anyOf"] = [{"type": each, "items": {}} if each == "array" else {"type": each} for each in types]


def _show_limits(schema: Schema, found: Schema) -> None:
    """``exclusiveMaximum`` is a number beside no other in later drafts, and says yes or no of ``maximum`` here."""
    for name, limit in (("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")):
        value = schema.get(name)
        if isinstance(value, bool):
            found[name] = value
        elif value is not None:
            found[limit], found[name] = value, True
