"""Payload blocks of the second generation: one schema and one tree of defaults per text, image or audio."""

from __future__ import annotations

from aiges_native.sdk.fields.values import limit
from aiges_native.sdk.schema.service import kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.sdk.fields import PayloadField
    from aiges_native.sdk.schema.form import Form

#: What describes the data of each type, with the values every client knows. A declared one is appended.
DESCRIPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "text": {
        "encoding": ("utf8", "gb2312", "gbk"),
        "compress": ("raw", "gzip"),
        "format": ("xml", "plain", "json"),
    },
    "image": {"encoding": ("jpg", "png")},
    "audio": {"encoding": ("pcm", "raw", "mp3")},
}
DECLARED_BY_DEFAULT = {
    "text": {"encoding": "utf8", "compress": "raw", "format": "plain"},
    "image": {"encoding": "jpg"},
    "audio": {"encoding": "raw"},
}
STATUSES = (0, 1, 2, 3)
DATA_BYTES = 10 * 1024 * 1024

#: A schema carries no payload, so the default of data is one of these.
INPUT_PLACEHOLDERS = {"text": "value", "image": "test", "audio": "test"}
ACCEPT_PLACEHOLDERS = {"text": "value", "image": "<your image base64 here>", "audio": "test"}


def block(field: PayloadField, form: Form, placeholders: dict[str, str], required: bool) -> dict[str, Any]:
    """The schema of a block. ``required``: whether a text block must be described completely."""
    data = kind(field)
    properties: dict[str, Any] = {
        name: _choice([*dict.fromkeys([*DESCRIPTIONS[data][name], text])], "string")
        for name, text in described(field).items()
    }
    properties["status"] = _choice([*STATUSES], "integer")
    properties[data] = {"maxLength": DATA_BYTES, "minLength": 1, "type": "string"}
    properties["data_type"] = {"type": "string", **form.with_default(data)}
    schema = {
        **form.about(field),
        **form.with_default(tree(field, placeholders)),
        "type": "object",
        "properties": properties,
    }
    if required and data == "text":
        schema["required"] = [*DESCRIPTIONS[data], "status"]
    return schema


def tree(field: PayloadField, placeholders: dict[str, str]) -> dict[str, Any]:
    """The default of a block, complete."""
    data = kind(field)
    status = limit(field.status)
    return {
        **described(field),
        "status": int(status) if status in STATUSES else 3,
        data: placeholders[data],
        "data_type": data,
    }


def described(field: PayloadField) -> dict[str, str]:
    """``encoding``, for text also ``compress`` and ``format``, as declared; what is no text counts as not declared."""
    return {
        name: declared if isinstance(declared := getattr(field, name, None), str) and declared else default
        for name, default in DECLARED_BY_DEFAULT[kind(field)].items()
    }


def _choice(values: list[Any], type_name: str) -> dict[str, Any]:
    return {"description": "An enumeration.", "enum": values, "type": type_name}
