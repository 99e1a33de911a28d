"""One value of a file, the environment or a flag, made what its key holds."""

from __future__ import annotations

import math
import re
from functools import cache

import msgspec
from msgspec import inspect

from aiges_native.sdk.fields import param_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)

#: Unit of a kind -> units of texts, as multiples of it.
_UNITS: dict[str, dict[str, float]] = {
    "ms": {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000},
    "s": {"ms": 0.001, "s": 1, "m": 60, "h": 3600},
    "bytes": {
        "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
    },
}  # fmt: skip
_NAMES = {"ms": "milliseconds", "s": "seconds", "bytes": "bytes"}


def convert(value: Any, kind: Any) -> Any:
    """The value as ``kind``, a type of ``sections``. Raises ValueError: it is none; :func:`expected` says what is."""
    members = _members(kind)
    prepared = _prepare(value, members)
    if isinstance(prepared, float) and not math.isfinite(prepared):
        raise ValueError("no finite number")
    try:
        return msgspec.convert(prepared, kind, strict=False)
    except msgspec.ValidationError as error:  # not in every version a ValueError
        raise ValueError(str(error)) from error


def expected(kind: Any) -> str:
    """What a value of this kind may be, for a sentence: ``a whole number of milliseconds, 1 or more``."""
    return " or ".join(_told(info, unit) for info, unit, _ in _members(kind))


@cache
def _members(kind: Any) -> tuple[tuple[inspect.Type, str, bool], ...]:
    """(type, unit or "", whether text may come as a number) of each kind in a union."""
    info = inspect.type_info(kind)
    found = []
    for member in info.types if isinstance(info, inspect.UnionType) else (info,):
        extra: dict[str, Any] = {}
        if isinstance(member, inspect.Metadata):
            extra, member = member.extra or {}, member.type
        found.append((member, extra.get("unit", ""), extra.get("numbers", False)))
    return tuple(found)


def _prepare(value: Any, members: tuple[tuple[inspect.Type, str, bool], ...]) -> Any:
    """What msgspec's own conversion does not know: units, lists in one text, choices in any case."""
    for info, unit, numbers in members:
        if isinstance(info, inspect.StrType) and numbers and _is_number(value):
            return param_text(value)
        if not isinstance(value, str):
            continue
        if unit and (found := _QUANTITY.fullmatch(value)) and (factor := _UNITS[unit].get(found[2].lower())):
            amount = float(found[1]) * factor
            return round(amount) if abs(amount - round(amount)) < 1e-9 else amount
        if isinstance(info, inspect.VarTupleType):
            return [part.strip() for part in value.split(";") if part.strip()]
        if isinstance(info, inspect.LiteralType):
            for choice in info.values:
                if str(choice).lower() == value.strip().lower():
                    return choice
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(info: inspect.Type, unit: str) -> str:
    if isinstance(info, inspect.BoolType):
        return "true or false"
    if isinstance(info, inspect.LiteralType):
        *first, last = map(param_text, info.values)
        return f"{', '.join(first)} or {last}" if first else last
    if isinstance(info, inspect.VarTupleType):
        return "a list of texts"
    if isinstance(info, inspect.IntType | inspect.FloatType):
        return _told_number(info, unit)
    return "text"


def _told_number(info: inspect.IntType | inspect.FloatType, unit: str) -> str:
    noun = "a whole number" if isinstance(info, inspect.IntType) else "a number"
    if unit:
        noun += f" of {_NAMES[unit]}"
    if info.ge is not None and info.le is not None:
        return f"{noun}, {param_text(info.ge)} to {param_text(info.le)}"
    if info.ge is not None:
        return f"{noun}, {param_text(info.ge)} or more"
    return f"{noun} above {param_text(info.gt)}" if info.gt is not None else noun
