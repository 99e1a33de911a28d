"""A schema file for the tests: of an engine that takes and gives a text ``data``, and a sound ``aud``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def block(field: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "encoding": {"type": "string", "enum": ["utf8", "raw"]},
            "status": {"type": "integer", "enum": [0, 1, 2, 3]},
            field: {"type": "string", "maxLength": 64},
            **properties,
        },
    }


def schema(**more: Any) -> dict[str, Any]:
    """The file's content; ``more``: members of it in place of these."""
    payload = {"data": block("text"), "aud": {"$ref": "#/definitions/aud"}}
    parameter = {
        "type": "object",
        "properties": {
            "echo.upper": {"type": "integer", "maximum": 1, "defaultVal": 0},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "level": {"type": ["number", "null"], "exclusiveMinimum": 0},
        },
        "required": ["mode"],
    }
    header = {"type": "object", "properties": {"device.imei": {"type": "string", "maxLength": 4}, "appid": {}}}
    return {
        "meta": {"serviceId": "speak", "version": "v2", "route": ["/v2/speak", "say"]},
        "schemainput": {
            "type": "object",
            "properties": {
                "header": header,
                "parameter": {"type": "object", "properties": {"speak": parameter}},
                "payload": {"type": "object", "properties": payload, "additionalProperties": False},
            },
            "required": ["parameter"],
            "definitions": {"aud": block("audio", sample_rate={"enum": [8000, 16000]})},
        },
        "schemaoutput": {"properties": {"payload": {"properties": {"data": block("text")}}}},
        **more,
    }


def write_schema(path: Path, **more: Any) -> Path:
    path.write_text(json.dumps(schema(**more)), encoding="utf-8")
    return path
