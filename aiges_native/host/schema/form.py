"""What a schema file may hold, as a schema: the form of AIGES around two JSON schemas of draft 4, 6 or 7.

It tells the place of a fault. Keywords of later drafts are refused, because nothing would check them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]
_SCHEMA = {"$ref": "#/definitions/schema"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_LIMIT = {"type": ["number", "boolean"]}  # a boolean in draft 4
_PATTERN = {"type": "string", "format": "regex"}
_SCHEMAS = {"type": "array", "minItems": 1, "items": _SCHEMA}
_NAMED_SCHEMAS = {"type": "object", "additionalProperties": _SCHEMA}

_LATER_KEYWORDS = (
    *("$dynamicRef", "$recursiveRef", "dependentRequired", "dependentSchemas", "maxContains", "minContains"),
    *("prefixItems", "unevaluatedItems", "unevaluatedProperties"),
)

_KEYWORDS: dict[str, Any] = {
    "$ref": _TEXT,
    "type": {
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": {"enum": _TYPES}},
        "else": {"enum": _TYPES},
    },
    "enum": {"type": "array", "minItems": 1},
    "title": _TEXT,
    "description": _TEXT,
    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    **dict.fromkeys(("maximum", "minimum"), _NUMBER),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum"), _LIMIT),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), _COUNT),
    "pattern": _PATTERN,
    "format": _TEXT,
    "items": {"if": {"type": "array"}, "then": {"items": _SCHEMA}, "else": _SCHEMA},
    **dict.fromkeys(("additionalItems", "additionalProperties", "contains", "propertyNames"), _SCHEMA),
    "uniqueItems": {"type": "boolean"},
    "required": _TEXTS,
    **dict.fromkeys(("properties", "definitions", "$defs"), _NAMED_SCHEMAS),
    "patternProperties": {**_NAMED_SCHEMAS, "propertyNames": _PATTERN},
    "dependencies": {
        "type": "object",
        "additionalProperties": {"if": {"type": "array"}, "then": {"items": _TEXT}, "else": _SCHEMA},
    },
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _SCHEMAS),
    **dict.fromkeys(("not", "if", "then", "else"), _SCHEMA),
    **dict.fromkeys(_LATER_KEYWORDS, False),
}

_META = {
    "type": "object",
    "properties": {
        "serviceId": {"type": "string", "minLength": 1},
        "version": {"type": "string", "minLength": 1},
        "route": {
            "if": {"type": "array"},
            "then": {"minItems": 1, "items": {"type": "string", "minLength": 1}},
            "else": {"type": "string", "minLength": 1},
        },
    },
}

#: ``meta`` and ``schemaoutput`` may be left out.
FORM = {
    "definitions": {"schema": {"type": ["object", "boolean"], "properties": _KEYWORDS}},
    "type": "object",
    "required": ["schemainput"],
    "properties": {
        "meta": _META,
        "schemainput": {"type": "object", "allOf": [_SCHEMA]},
        "schemaoutput": {"type": "object", "allOf": [_SCHEMA]},
    },
}
