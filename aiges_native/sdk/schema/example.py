"""A request that can be sent as it is, made of declared values."""

from __future__ import annotations

from aiges_native.sdk.fields import param_text
from aiges_native.sdk.fields.media import FileBodyField
from aiges_native.sdk.schema.blocks import INPUT_PLACEHOLDERS, described, tree
from aiges_native.sdk.schema.service import Service, kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from aiges_native.sdk.fields import ParamField, PayloadField

#: Larger test values are no examples any more.
LARGEST = 4096


def example(service: Service) -> dict[str, Any]:
    """A request with the declared values of ``service``; what is required without one has the least value allowed.

    Data is Base64, as on the wire. Data from files, more than 4 KB, or none at all, is a placeholder.
    """
    parameter = {field.key: value for field in service.params if (value := _value(field)) is not None}
    for field in service.accepts:
        parameter.setdefault(field.key, {**described(field), "data_type": kind(field)})
    return {
        "header": {"appid": "11", "status": 3},
        "parameter": {service.name: parameter},
        "payload": {field.key: _block(field) for field in service.inputs},
    }


def _value(field: ParamField) -> Any:
    value = field.schema_default()
    if value is not None or not field.required:
        return value
    allowed = (param_text(value) for value in _candidates(field) if field.problem(value) is None)
    text = next(allowed, None)
    return None if text is None else field.parse(text)


def _candidates(field: ParamField) -> Iterator[Any]:
    """Values worth a try, most natural first."""
    yield from field.choices()
    limits = field.constraints()
    yield "x" * max(limits.get("minLength", 0), 1)
    yield ""
    yield from (0, False)  # a number without limits, a boolean
    for name in ("minimum", "maximum"):
        if name in limits:
            yield from (limits[name], int(limits[name]) + 1, int(limits[name]))


def _block(field: PayloadField) -> dict[str, Any]:
    sent = tree(field, INPUT_PLACEHOLDERS)
    data = kind(field)
    if data == "text":
        sent[data] = _base64(_text_of(field) or (b"{}" if sent["format"] == "json" else b"value"))
    return sent


def _text_of(field: PayloadField) -> bytes:
    """The test value of a text, empty if there is none to show."""
    if isinstance(field, FileBodyField):  # no schema reads files
        return b""
    try:
        value = field.test_value
    except (NotImplementedError, OSError, ValueError):
        return b""
    return value if isinstance(value, bytes) and len(value) <= LARGEST else b""


def _base64(data: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode()
