"""Numbers with units, read from words and written for people. Times are integers of nanoseconds."""

from __future__ import annotations

import re

from .problem import plan_error

NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
BYTES = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
SECOND = NS["s"]
MILLISECOND = NS["ms"]
LONGEST = 10_000 * NS["h"]  # over a year; sums of such times still fit into the 63 bits of a kernel's timer

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([A-Za-z%]*)\s*")


def split(text: str) -> tuple[float, str] | None:
    """(number, unit in small letters) of ``20ms``, ``1.5 s``, ``500``, ``10%``; None for anything else."""
    found = _QUANTITY.fullmatch(text)
    return (float(found[1]), found[2].lower()) if found else None


def duration(text: str, option: str, unit: str = "s") -> int:
    """Nanoseconds of ``10s``, ``250ms``, ``2m``; a bare number counts ``unit``. Raises LoadTestError."""
    parts = split(text)
    if parts is None or parts[0] < 0 or (parts[1] or unit) not in NS:
        raise plan_error(f"{option} '{text}' is no duration", "a number with a unit: 500ms, 10s, 2m")
    found = round(parts[0] * NS[parts[1] or unit])
    if found > LONGEST:
        raise plan_error(f"{option} '{text}' is longer than any run", "a number with a unit: 500ms, 10s, 2m")
    return found


def share(text: str, option: str) -> float:
    """The part of ``10%`` or ``0.1``. Raises LoadTestError: it is none, or not between nothing and all."""
    number, unit = split(text) or (0.0, "")
    value = number / 100 if unit == "%" else number
    if unit not in ("", "%") or not 0 < value <= 1:
        raise plan_error(f"{option} '{text}' is no share", "a part of all: 10%, 0.1")
    return value


def size(text: str, option: str) -> int:
    """The bytes of ``1280``, ``10KB``. Raises LoadTestError."""
    number, unit = split(text) or (0.0, "")
    value = int(number * BYTES.get(unit or "b", 0))
    if value < 1:
        raise plan_error(f"{option} '{text}' is no number of bytes", "10KB, 1MB")
    return value


def milliseconds(ns: float | None) -> float | None:
    """Milliseconds with microsecond digits, as reports carry them; None stays None."""
    return None if ns is None else round(ns / MILLISECOND, 6)


def show_ms(value: float | None) -> str:
    """A time in milliseconds with three significant digits and the unit that suits it."""
    if value is None:
        return "-"
    if value >= 10_000:
        return f"{value / 1000:.1f} s"
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    if value >= 1:
        return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f} ms"
    return f"{value * 1000:.0f} us" if value >= 0.01 else f"{value * 1000:.2f} us"


def show_bytes(value: float) -> str:
    """Bytes with a binary unit: ``1.5 MB``."""
    for unit in ("B", "KB", "MB"):
        if abs(value) < 1024:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.2f} GB"
