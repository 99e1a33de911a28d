"""What is wrong with a schema file."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class SchemaError(ValueError):
    """A schema file cannot be used: the text names its place in the file."""


def place(names: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of nested names; the whole file is ``/``."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names) or "/"
