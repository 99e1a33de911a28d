"""Declared values as texts and numbers: authors write more kinds of values than a schema or a request may hold."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INFINITY = float("inf")

#: Longer values are cut in sentences, which end in logs and replies.
SHOWN = 60


def param_text(value: Any) -> str:
    """The text a wrapper receives for a parameter value: ``true``, ``5``, ``0.5``, UTF-8 text; ``""`` for None.

    Numbers are written without exponent, whole ones without fraction, as the service writes numbers of a request.
    """
    if isinstance(value, str):
        return str.__str__(value)  # the content, also of an enum member
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float_text(float(value))
    scalar = getattr(value, "item", None)  # NumPy's scalars
    return param_text(scalar()) if callable(scalar) and getattr(value, "shape", None) == () else str(value)


def float_text(value: float) -> str:
    """The shortest decimal that reads back as ``value``, without exponent; ``nan``, ``inf`` as they are."""
    text = repr(value)
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def number_in(text: str) -> int | float | None:
    """The finite number a text holds: int if it is written as one, else float; None for anything else."""
    if not text.isascii() or "_" in text or text != text.strip():
        return None  # Python reads these as numbers, no other reader does
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < INFINITY else None


def limit(value: Any) -> int | float | None:
    """A declared limit as a finite number; None means there is no such limit (None, infinity, no number at all)."""
    return None if value is None or isinstance(value, bool) else number_in(param_text(value))


def length_limit(value: Any) -> int | None:
    """A declared length in characters; None means there is no such limit (also for a negative or broken number)."""
    number = limit(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def listed(value: Any) -> list[Any]:
    """A list of its own from what was given as one; a single value becomes its only item, None an empty list."""
    if value is None:
        return []
    if isinstance(value, (str, bytes, bytearray)) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def decoded(value: Any) -> Any:
    """UTF-8 bytes as str, anything else as it is."""
    return param_text(value) if isinstance(value, (bytes, bytearray, memoryview)) else value


def shown(value: Any) -> str:
    """``repr`` for a sentence, cut after SHOWN characters."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def span(low: int | float | None, high: int | float | None) -> str:
    """``1 to 9``, ``at least 1``, ``at most 9``, or ``""`` without limits."""
    if low is not None and high is not None:
        return f"{param_text(low)} to {param_text(high)}"
    if low is not None:
        return f"at least {param_text(low)}"
    return f"at most {param_text(high)}" if high is not None else ""
