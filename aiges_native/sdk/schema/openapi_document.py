"""OpenAPI 3.0.3, derived from the schema of the second generation."""

from __future__ import annotations

from aiges_native.sdk.abilities import capabilities
from aiges_native.sdk.schema.blocks import ACCEPT_PLACEHOLDERS, tree
from aiges_native.sdk.schema.example import example
from aiges_native.sdk.schema.form import Form
from aiges_native.sdk.schema.service import Service
from aiges_native.sdk.schema.v2_schema import bodies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def openapi(wrapper: object, service_id: str | None = None) -> dict[str, Any]:
    """The OpenAPI document of a wrapper, as new dicts: one POST per route.

    ``service_id`` goes before the wrapper's ``serviceId``. Reads no files. Errors: ValueError without a name.
    """
    service = Service(wrapper, service_id)
    asked = Form.of(wrapper)
    form = Form("default" if asked.default else None, asked.titles, nulls=False)
    streams = "stream" in capabilities(wrapper)
    return {
        "openapi": "3.0.3",
        "info": {"title": service.name, "version": service.version},
        "paths": {
            # Braces would announce parameters of the path.
            route.replace("{", "%7B").replace("}", "%7D"): {"post": _operation(service, form, number, streams)}
            for number, route in enumerate(service.routes(), 1)
        },
    }


def _operation(service: Service, form: Form, number: int, streams: bool) -> dict[str, Any]:
    schemas = bodies(service, form)
    operation: dict[str, Any] = {
        "operationId": service.name if number == 1 else f"{service.name}-{number}",
        "summary": f"One request to {service.name}",
        "requestBody": {"required": True, "content": _json(schemas["schemainput"], example(service))},
        "responses": {
            "200": {"description": "The outputs", "content": _json(_reply(schemas["schemaoutput"]), _answer(service))},
            "default": {
                "description": "An error: header.code and header.message say which",
                "content": _json(_error()),
            },
        },
    }
    if streams:
        operation["x-aiges-websocket"] = {
            "method": "GET",
            "description": "The same route opens a session: every frame is a request, header.status tells its place",
            "status": {"first": 0, "next": 1, "last": 2},
        }
    return operation


def _json(schema: dict[str, Any], shown: dict[str, Any] | None = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schema}
    if shown is not None:
        content["example"] = shown
    return {"application/json": content}


def _header() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "code": {"type": "integer", "description": "0, or what went wrong"},
            "message": {"type": "string"},
            "sid": {"type": "string", "description": "Names this request in logs"},
            "status": {"type": "integer", "enum": [0, 1, 2, 3]},
        },
        "required": ["code", "sid"],
    }


def _reply(output: dict[str, Any]) -> dict[str, Any]:
    return {**output, "properties": {"header": _header(), **output["properties"]}, "required": ["header"]}


def _error() -> dict[str, Any]:
    nothing = {"type": "object", "nullable": True, "enum": [None]}
    return {
        "type": "object",
        "properties": {"header": _header(), "payload": nothing},
        "required": ["header"],
    }


def _answer(service: Service) -> dict[str, Any]:
    return {
        "header": {"code": 0, "message": "success", "sid": "d8a4e8a3-5f1c-4f0e-9a53-2f2f1c3a7b11", "status": 3},
        "payload": {field.key: tree(field, ACCEPT_PLACEHOLDERS) for field in service.accepts},
    }
