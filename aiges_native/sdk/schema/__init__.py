"""Schemas: what a wrapper declares, in the three forms that clients and tools read.

Each is built as data from any object with fields, at any time; none reads a file or changes anything. Names are
imported when they are first used.
"""

from __future__ import annotations

from aiges_native.late_names import late_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.sdk.schema.legacy_schema import legacy, legacy_text
    from aiges_native.sdk.schema.openapi_document import openapi
    from aiges_native.sdk.schema.v2_schema import v2, v2_text

_HOMES = {
    "legacy": "legacy_schema",
    "legacy_text": "legacy_schema",
    "openapi": "openapi_document",
    "v2": "v2_schema",
    "v2_text": "v2_schema",
}

__all__ = ["legacy", "legacy_text", "openapi", "v2", "v2_text"]

__getattr__, __dir__ = late_names(__name__, _HOMES)
