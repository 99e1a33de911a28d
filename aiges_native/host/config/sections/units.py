"""Kinds of values: what a key holds and in which unit.

A number stands in the unit of its kind; a text with its own (``"500ms"``, ``"2s"``, ``"64MiB"``) is taken too.
"""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
from msgspec import Meta

Milliseconds = Annotated[int, Meta(ge=0, extra={"unit": "ms"})]
MillisecondsAboveZero = Annotated[int, Meta(ge=1, extra={"unit": "ms"})]
Seconds = Annotated[float, Meta(ge=0, extra={"unit": "s"})]
SecondsAboveZero = Annotated[float, Meta(gt=0, extra={"unit": "s"})]
Bytes = Annotated[int, Meta(ge=0, extra={"unit": "bytes"})]
BytesAboveZero = Annotated[int, Meta(ge=1, extra={"unit": "bytes"})]
Megabytes = Annotated[int, Meta(ge=1)]
Days = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
CountAboveZero = Annotated[int, Meta(ge=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Share = Annotated[float, Meta(ge=0, le=1)]
#: Text that files also write as a number: ``cloud = 0``.
Label = Annotated[str, Meta(extra={"numbers": True})]
#: In a file an array, or one text with ``;`` between the parts.
Names = tuple[str, ...]

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Section(msgspec.Struct, frozen=True):
    """A section of the file. Fields are its keys; their kinds say the units."""


def cpu_count() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0))
