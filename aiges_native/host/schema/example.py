"""A request made of a schema, for people who try the engine by hand."""

from __future__ import annotations

from aiges_native.host.schema.document import default_of, fits
from aiges_native.host.schema.file import FIELDS
from aiges_native.host.schema.references import followed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.schema.file import SchemaFile

    Schema = dict[str, Any]

#: "hello" in Base64.
_DATA = "aGVsbG8="
#: Worth a try, the natural ones first.
_TEXTS = ("hello", "11", "x", "", _DATA)
_NUMBERS = (1, 0, 10, 100, -1, 0.5)
_STATUS_ONCE = 3


def example_of(file: SchemaFile) -> dict[str, Any]:
    """A once request: what is required, what has a default, and every input with five bytes of data."""
    root = file.input_schema
    parts = followed(root, root).get("properties", {})
    request: dict[str, Any] = {"header": {}, "parameter": {}, "payload": {}}
    for name in ("header", "parameter"):
        if name in parts:
            request[name] = _object(parts[name], root) or {}
    blocks = followed(parts.get("payload"), root).get("properties", {})
    for key, data_type in file.inputs or ():
        request["payload"][key] = _block(followed(blocks.get(key), root), FIELDS[data_type], root)
    return request


def _block(schema: Schema, field: str, root: Schema) -> dict[str, Any]:
    block: dict[str, Any] = {field: _DATA}
    for name, part in schema.get("properties", {}).items():
        attribute = followed(part, root)
        if name == field:
            continue
        if name == "status" and fits(_STATUS_ONCE, attribute):
            block[name] = _STATUS_ONCE
        elif name in schema.get("required", ()) or default_of(attribute) is not None:
            block[name] = _value(attribute, root)
    return block


def _object(schema: Any, root: Schema, depth: int = 0) -> dict[str, Any] | None:
    """The properties that are required or have a default; None: there is none."""
    schema = followed(schema, root)
    required = schema.get("required", ())
    found = {}
    for name, part in schema.get("properties", {}).items() if depth < 8 else ():
        part = followed(part, root)
        if part.get("type") == "object" or "properties" in part:
            inner = _object(part, root, depth + 1)
            if inner is not None or name in required:
                found[name] = inner or {}
        elif name in required or default_of(part) is not None:
            found[name] = _value(part, root)
    return found or None


def _value(schema: Schema, root: Schema) -> Any:
    """A value that the schema allows, as far as a few tries find one."""
    default = default_of(schema)
    if default is not None:
        return default
    least, most = schema.get("minimum", 0), schema.get("minLength", 0)
    length = "x" * most if isinstance(most, int) else ""
    tries = [schema.get("const"), *schema.get("enum", ()), *_TEXTS, length, *_NUMBERS, least, least + 1, True, [], {}]
    return next((each for each in tries if each is not None and fits(each, schema)), None)
