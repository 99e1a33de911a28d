"""The schema of the first generation. Clients of old read it, so its form is fixed: one payload block for any text, one
for images, one for audio, parameters with one limit, defaults on booleans only."""

from __future__ import annotations

from aiges_native.sdk.schema.service import Service, kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from aiges_native.sdk.fields import ParamField, PayloadField

HEADER = (
    *("appid", "uid", "device_id", "device.imei", "device.imsi", "device.mac", "device.other"),
    *("net.type", "net.isp", "app.ver"),
)
DATA_BYTES = 10 * 1024 * 1024


def legacy(wrapper: object, service_id: str | None = None) -> dict[str, Any]:
    """The legacy schema of a wrapper, as new dicts: ``meta``, ``schemainput``, ``schemaoutput``.

    ``service_id`` goes before the wrapper's ``serviceId``. It loses lower limits and defaults; :func:`v2` tells them.
    Reads no files. Errors: ValueError without a name.
    """
    service = Service(wrapper, service_id)
    parameter = {
        "type": "object",
        "properties": {field.key: _param(field) for field in service.params},
        "required": [field.key for field in service.params if field.required],
    }
    request = {
        "header": {
            "type": "object",
            "properties": {name: {"type": "string", "maxLength": 50} for name in HEADER},
            "required": ["appid"],
        },
        "parameter": {"type": "object", "properties": {service.name: parameter}},
        "payload": _payload(service.inputs),
    }
    return {
        "meta": _meta(service),
        "schemainput": {"type": "object", "properties": request},
        "schemaoutput": {"type": "object", "properties": {"payload": _payload(service.accepts)}},
    }


def legacy_text(wrapper: object, service_id: str | None = None) -> str:
    """:func:`legacy` as JSON, indented by 4, non-ASCII characters as they are."""
    import json

    return json.dumps(legacy(wrapper, service_id), indent=4, ensure_ascii=False)


def _meta(service: Service) -> dict[str, Any]:
    return {
        "serviceId": service.name,
        "version": service.version,
        "route": service.route,
        "sub": service.sub,
        "call": service.call,
        "call_type": service.call_type,
        "hosts": service.hosts,
        "service": [service.name],
        "routeKey": [],
        service.name: service.data_types(),
    }


def _param(field: ParamField) -> dict[str, Any]:
    """The type, then enum or the upper limit, then the default of a boolean."""
    constraints = field.constraints()
    schema: dict[str, Any] = {
        name: constraints[name] for name in ("type", "enum", "maxLength", "maximum") if name in constraints
    }
    if field.data_type == "boolean" and (default := field.schema_default()) is not None:
        schema["default"] = default
    return schema


def _payload(fields: Iterable[PayloadField]) -> dict[str, Any]:
    return {"type": "object", "properties": {field.key: BLOCKS[kind(field)]() for field in fields}}


def _text() -> dict[str, Any]:
    return _block(
        encoding={"type": "string", "enum": ["utf8", "gb2312"]},
        compress={"type": "string", "enum": ["gzip"]},
        status={"type": "integer", "enum": [0, 1, 2, 3]},
        seq={"type": "integer"},
        text={"type": "string"},
    )


def _image() -> dict[str, Any]:
    return _block(
        encoding={"type": "string", "enum": ["jpg", "png", "bmp", "jpeg"]},
        image={"type": "string", "minLength": 1, "maxLength": DATA_BYTES},
        status={"type": "integer", "enum": [3]},
    )


def _audio() -> dict[str, Any]:
    return _block(
        encoding={"type": "string", "enum": ["opus", "speex"]},
        sample_rate={"type": "integer", "enum": [8000, 16000]},
        bit_depth={"type": "integer", "enum": [8, 16]},
        channels={"type": "integer", "enum": [1, 2]},
        status={"type": "integer", "enum": [0, 1, 2, 3]},
        seq={"type": "integer"},
        audio={"type": "string"},
    )


def _block(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


BLOCKS = {"text": _text, "image": _image, "audio": _audio}
