"""Numbers as they come from code and from configuration."""

from __future__ import annotations

import operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def whole_number(value: Any, name: str, least: int) -> int:
    """``value``, an int or digits, as an int. Raises ValueError when it is neither or below ``least``."""
    try:
        number = int(value) if isinstance(value, str) else operator.index(value)
    except (ValueError, TypeError):
        number = least - 1
    if number < least:
        raise ValueError(f"'{name}' is {value!r}; it must be a whole number, {least} or more")
    return number
