"""Schema files in the form of AIGES: what an engine takes and gives, told by a file beside it."""

from aiges_native.host.schema.errors import SchemaError
from aiges_native.host.schema.file import Block, SchemaFile

__all__ = ["Block", "SchemaError", "SchemaFile"]
