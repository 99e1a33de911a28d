"""Parameters that are numbers."""

from __future__ import annotations

from aiges_native.sdk.fields.param import ParamField
from aiges_native.sdk.fields.values import INFINITY, limit, number_in, param_text, shown, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class NumberParamField(ParamField):
    """A finite number from ``minimum`` to ``maximum``, both allowed, or one of ``enums``."""

    json_type = "number"
    expected = "a number"
    value: Any = 0

    def __init__(
        self,
        key: str,
        minimum: Any = 0,
        maximum: Any = 100,
        enums: Any = None,
        required: bool = False,
        value: Any = None,
        title: str = "",
        description: str = "",
    ) -> None:
        super().__init__(key, self.json_type, enums, required, value, title, description)
        self.minimum = minimum
        self.maximum = maximum

    def parse(self, text: str) -> int | float | None:
        return number_in(text)

    def _limits(self) -> dict[str, Any]:
        limits = {"minimum": limit(self.minimum), "maximum": limit(self.maximum)}
        return {name: value for name, value in limits.items() if value is not None}

    def _limit_complaint(self, text: str, value: Any) -> str | None:
        low, high = limit(self.minimum), limit(self.maximum)
        if (low is None or value >= low) and (high is None or value <= high):
            return None
        return f"{shown(text)}, expected {span(low, high)}"

    def _limit_findings(self) -> list[str]:
        low, high = limit(self.minimum), limit(self.maximum)
        found = [
            self._finding(f"{name} is {shown(declared)}, expected a number; there is no such limit now")
            for name, declared, used in (("minimum", self.minimum, low), ("maximum", self.maximum, high))
            if used is None and declared is not None and declared not in (INFINITY, -INFINITY)
        ]
        if low is not None and high is not None and low > high:
            texts = f"minimum {param_text(low)} is greater than maximum {param_text(high)}"
            found.append(self._finding(f"{texts}; no number is allowed"))
        return found


class IntegerParamField(NumberParamField):
    """A whole number from ``minimum`` to ``maximum``, both allowed, or one of ``enums``."""

    json_type = "integer"
    expected = "a whole number"

    def parse(self, text: str) -> int | None:
        number = number_in(text)
        return number if isinstance(number, int) else None
