"""The schema of the second generation: constraints and defaults as they are declared."""

from __future__ import annotations

from aiges_native.sdk.schema.blocks import ACCEPT_PLACEHOLDERS, INPUT_PLACEHOLDERS, block, tree
from aiges_native.sdk.schema.form import Form
from aiges_native.sdk.schema.service import Service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.sdk.fields import ParamField, PayloadField

HEADER = ("appid", "uid", "device_id", "imei", "imsi", "mac", "net_type", "net_isp", "status", "res_id")


def v2(wrapper: object, service_id: str | None = None) -> dict[str, Any]:
    """The schema of a wrapper, as new dicts: ``meta``, ``schemainput``, ``schemaoutput``.

    ``service_id`` goes before the wrapper's ``serviceId``. ``is_aipaas`` false names defaults ``default`` (else
    ``defaultVal``) and adds titles; ``keep_schema_default_value`` false leaves defaults out. Reads no files. Errors:
    ValueError without a name.
    """
    service, form = Service(wrapper, service_id), Form.of(wrapper)
    return {"meta": _meta(service), **bodies(service, form)}


def v2_text(wrapper: object, service_id: str | None = None) -> str:
    """:func:`v2` as JSON in one line, non-ASCII characters escaped."""
    import json

    return json.dumps(v2(wrapper, service_id))


def bodies(service: Service, form: Form) -> dict[str, Any]:
    """``schemainput`` and ``schemaoutput``."""
    request = {
        "payload": _payload(service.inputs, form, INPUT_PLACEHOLDERS),
        "header": _header(form),
        "parameter": _parameter(service, form),
    }
    reply = {"payload": _payload(service.accepts, form, ACCEPT_PLACEHOLDERS)}
    return {
        "schemainput": {"type": "object", "properties": request},
        "schemaoutput": {"type": "object", "properties": reply},
    }


def _meta(service: Service) -> dict[str, Any]:
    return {
        "serviceId": service.name,
        "version": service.version,
        "sub": service.sub,
        "call": service.call,
        "call_type": service.call_type,
        "webgate_type": service.webgate_type,
        "hosts": service.hosts,
        "route": service.route,
        "service": [service.name],
        service.name: service.data_types(),
    }


def _payload(fields: list[PayloadField], form: Form, placeholders: dict[str, str]) -> dict[str, Any]:
    return {
        **form.with_default({field.key: tree(field, placeholders) for field in fields}),
        "type": "object",
        "properties": {field.key: block(field, form, placeholders, required=True) for field in fields},
    }


def _header(form: Form) -> dict[str, Any]:
    default = {**dict.fromkeys(HEADER), "appid": "11", "status": 3}
    return {
        **form.with_default(default),
        "type": "object",
        "properties": {name: {"type": "integer" if name == "status" else "string"} for name in HEADER},
        "required": ["appid", "status"],
    }


def _parameter(service: Service, form: Form) -> dict[str, Any]:
    """Parameters and, beside them, the outputs a client expects: a block may be described there, none has to be."""
    complete = form.nulls or all(field.schema_default() is not None for field in service.params if field.required)
    own: dict[str, Any] = {
        **form.with_default(_parameter_tree(service) if complete else None),
        "type": "object",
        "properties": {
            **{field.key: _param(field, form) for field in service.params},
            **{field.key: block(field, form, ACCEPT_PLACEHOLDERS, required=False) for field in _expectable(service)},
        },
    }
    if required := [field.key for field in service.params if field.required]:
        own["required"] = required
    return {
        **form.with_default({service.name: _parameter_tree(service)} if complete else None),
        "type": "object",
        "properties": {service.name: own},
    }


def _parameter_tree(service: Service) -> dict[str, Any]:
    values = {field.key: field.schema_default() for field in service.params}
    return {**values, **{field.key: tree(field, ACCEPT_PLACEHOLDERS) for field in _expectable(service)}}


def _expectable(service: Service) -> list[PayloadField]:
    """Outputs that can be described in a request: a parameter of the same key hides its output there."""
    taken = {field.key for field in service.params}
    return [field for field in service.accepts if field.key not in taken]


def _param(field: ParamField, form: Form) -> dict[str, Any]:
    return {**form.about(field), **field.constraints(), **form.with_default(field.schema_default())}
