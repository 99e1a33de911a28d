"""Config values: text that also serves as a number where it is one.

Engines receive their config as text. Wrappers compare it with numbers all the same (``session_total > 0`` for the key
``common.lic``), so a decimal value is a str subclass that is a number to numbers and a str to strs.
"""

from __future__ import annotations

import operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LONGEST = 300  # digits: int() and float() take these without a special limit


class DecimalText(str):
    """Text of a decimal number: with numbers it compares, computes and serves ``range()``; with a str it is a str.

    ``DecimalText("10") == 10`` and ``== "10"`` are both true, so equality is not transitive here, and the hash can
    agree with only one of the two: it is that of the str. A dict or set of numbers does not find it; ask with
    ``.number``.
    Two of them are texts to each other (``+``, order), except in arithmetic that texts do not have. Truth is that of a
    text: ``bool(DecimalText("0"))`` is True.
    """

    __slots__ = ()

    @property
    def number(self) -> int | float:
        """The value as int, or as float when it has a fraction."""
        text = str.__str__(self)  # the plain str: int() and float() would ask this class again
        return float(text) if "." in text else int(text)

    def __int__(self) -> int:
        # A fraction is refused as for a str, not cut as for a float: the same wrapper sees both types.
        return int(str.__str__(self))

    def __float__(self) -> float:
        return float(str.__str__(self))

    def __index__(self) -> int:
        number = self.number
        if isinstance(number, float):
            raise TypeError(f"'{self}' is not a whole number")
        return number

    def __neg__(self) -> int | float:
        return -self.number

    def __pos__(self) -> int | float:
        return self.number

    def __abs__(self) -> int | float:
        return abs(self.number)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str.__str__(self),)

    __hash__ = str.__hash__


def _comparison(name: str) -> Callable[[DecimalText, Any], Any]:
    of_str = getattr(str, name)
    of_number = getattr(operator, name)

    def compare(self: DecimalText, other: Any) -> Any:
        return of_number(self.number, other) if _is_number(other) else of_str(self, other)

    return compare


def _arithmetic(name: str, reflected: bool) -> Callable[[DecimalText, Any], Any]:
    of_number = divmod if name == "divmod" else getattr(operator, name)
    # What a str does itself: "10" + "s", "10%s" % x, "%s" % "10". Repetition is not among it: here "10" * 3 is 30.
    of_str = getattr(str, f"__{'r' if reflected else ''}{name}__", None) if name in ("add", "mod") else None

    def compute(self: DecimalText, other: Any) -> Any:
        if isinstance(other, DecimalText) and of_str is None and name != "add":
            other = other.number
        if _is_number(other):
            return of_number(other, self.number) if reflected else of_number(self.number, other)
        return of_str(self, other) if of_str is not None else NotImplemented

    return compute


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(DecimalText, _name, _comparison(_name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow"):
    setattr(DecimalText, f"__{_name}__", _arithmetic(_name, reflected=False))
    setattr(DecimalText, f"__r{_name}__", _arithmetic(_name, reflected=True))


def config_value(text: str) -> str:
    """The text as a config value: :class:`DecimalText` where it is a decimal number."""
    return DecimalText(text) if _is_decimal(text) else text


def _is_decimal(text: str) -> bool:
    """An optional sign, digits, and perhaps a point and digits."""
    if not text.isascii() or len(text) > 2 * _LONGEST:
        return False
    whole, point, fraction = text.removeprefix("-" if text[:1] == "-" else "+").partition(".")
    return whole.isdigit() and len(whole) <= _LONGEST and (fraction.isdigit() if point else True)


def _is_number(value: Any) -> bool:
    """int, float, and what computes like them (fractions, NumPy scalars); no text."""
    return isinstance(value, (int, float)) or (hasattr(value, "__float__") and not isinstance(value, str))
