"""Schemas: what a wrapper declares, in the three forms that clients and tools read.

Each is built as data from any object with fields, at any time; none reads a file or changes anything.
"""

from aiges_native.sdk.schema.legacy_schema import legacy, legacy_text
from aiges_native.sdk.schema.openapi_document import openapi
from aiges_native.sdk.schema.v2_schema import v2, v2_text

__all__ = ["legacy", "legacy_text", "openapi", "v2", "v2_text"]
