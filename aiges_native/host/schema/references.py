"""References inside a schema."""

from __future__ import annotations

from urllib.parse import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Keywords whose values are no schemas.
_VALUES = ("enum", "const", "default", "defaultVal", "examples")


def followed(schema: Any, root: dict[str, Any]) -> dict[str, Any]:
    """What ``schema``, a part of ``root``, or what it refers to, says; nothing for booleans and for what is not there.

    Only references of the form ``#/a/b`` are followed.
    """
    seen = set()
    while isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str):
        if reference in seen:
            return {}
        seen.add(reference)
        schema = _found(reference, root)
    return schema if isinstance(schema, dict) else {}


def dangling(schema: Any, root: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(names on the way, reference) of each reference ``#/a/b`` in ``schema``, a part of ``root``, to nothing."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/") and _found(reference, root) is None:
            yield ("$ref",), reference
        parts = [(name, part) for name, part in schema.items() if name not in _VALUES]
    else:
        parts = [(str(number), part) for number, part in enumerate(schema)] if isinstance(schema, list) else []
    for name, part in parts:
        for names, reference in dangling(part, root):
            yield (name, *names), reference


def _found(reference: str, root: Any) -> Any:
    if not reference.startswith("#"):
        return None
    for part in unquote(reference[1:]).split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(root, list):
            root = root[int(part)] if part.isdecimal() and int(part) < len(root) else None
        else:
            root = root.get(part) if isinstance(root, dict) else None
    return root
