"""Config values: text that also serves as a number where it is one.

Engines receive their config as text. Wrappers compare it with numbers all the same (``session_total > 0`` for the key
``common.lic``), so a decimal value is a str subclass that is a number to numbers and a str to strs.
"""

from __future__ import annotations

import operator
import re
from typing import Any, Callable

_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?\Z", re.ASCII)


class DecimalText(str):
    """Text of a decimal number: with numbers it compares, computes and serves ``range()``; with a str it is a str."""

    __slots__ = ()

    @property
    def number(self) -> int | float:
        """The value as int, or as float when it has a fraction."""
        text = str.__str__(self)  # float(self) would ask __float__, which asks here
        return float(text) if "." in text else int(text)

    def __float__(self) -> float:
        return float(str.__str__(self))

    def __index__(self) -> int:
        return operator.index(self.number)

    def __reduce__(self) -> tuple[Any, ...]:
        return DecimalText, (str.__str__(self),)

    __hash__ = str.__hash__


def _comparison(name: str) -> Callable[[DecimalText, Any], Any]:
    of_str = getattr(str, name)
    of_number = getattr(operator, name)

    def compare(self: DecimalText, other: Any) -> Any:
        if isinstance(other, (int, float)):
            return of_number(self.number, other)
        return of_str(self, other)

    return compare


def _arithmetic(name: str, reflected: bool) -> Callable[[DecimalText, Any], Any]:
    of_number = getattr(operator, name)
    special = f"__{'r' if reflected else ''}{name}__"
    of_str = getattr(str, special, None)

    def compute(self: DecimalText, other: Any) -> Any:
        # "10" * 3 and "10" % x stay what they are for texts, except where AIGES config meets a number
        if isinstance(other, (int, float)):
            return of_number(other, self.number) if reflected else of_number(self.number, other)
        return of_str(self, other) if of_str is not None else NotImplemented

    return compute


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(DecimalText, _name, _comparison(_name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
    setattr(DecimalText, f"__{_name}__", _arithmetic(_name, reflected=False))
    setattr(DecimalText, f"__r{_name}__", _arithmetic(_name, reflected=True))


def config_value(text: str) -> str:
    """The text as a config value: :class:`DecimalText` where it is a decimal number."""
    return DecimalText(text) if _DECIMAL.match(text) else text
