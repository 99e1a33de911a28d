"""Parameters: values that reach a wrapper as texts, with the constraints their authors declare."""

from __future__ import annotations

from aiges_native.sdk.fields.field import Field
from aiges_native.sdk.fields.values import decoded, length_limit, listed, param_text, shown, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

JSON_TYPES = ("string", "number", "integer", "boolean")

#: More allowed values than these are cut in sentences.
SHOWN_CHOICES = 10


class ParamField(Field):
    """A parameter. With ``enums`` its value is one of them, and limits are not looked at.

    ``value`` is what a local run sends and what schemas give as the default; it is None, or the empty value of the
    class, until one is declared.
    """

    noun = "param"
    #: What a text must be, for sentences.
    expected = "a value"

    value: Any = None
    enums: Sequence[Any] = ()
    required: bool = False

    def __init__(
        self,
        key: str,
        data_type: str,
        enums: Any = None,
        required: bool = False,
        value: Any = None,
        title: str = "",
        description: str = "",
    ) -> None:
        super().__init__(key, data_type, title, description)
        self.enums = [decoded(item) for item in listed(enums)]
        self.required = bool(required)
        if value is not None:  # else the class has it
            self.value = decoded(value)

    @property
    def test_value(self) -> Any:
        """The declared value, or the empty value of the class."""
        return self.value

    @property
    def has_test_value(self) -> bool:
        """Always: a parameter without a declared value has an empty one."""
        return True

    def declared_value(self) -> Any:
        """The value an author gave, None if there is none; ``value`` does not tell a declared 0 from an absent one."""
        return vars(self).get("value")

    def parse(self, text: str) -> Any:
        """What ``text`` means, None if it is no value of this type."""
        return text

    def choices(self) -> list[Any]:
        """``enums`` as values of this type: in order, each once, without those that are none."""
        parsed = (self.parse(param_text(item)) for item in self.enums)
        return list(dict.fromkeys(item for item in parsed if item is not None))

    def schema_default(self) -> Any:
        """The declared value as JSON; None if there is none, or it breaks the field's own constraints."""
        declared = self.declared_value()
        if declared is None or self._complaint(text := param_text(declared)) is not None:
            return None
        return self.parse(text)

    def constraints(self) -> dict[str, Any]:
        """The JSON schema of a value: ``enum``, or else the limits; then ``type``."""
        choices = self.choices()
        schema = {"enum": choices} if choices else self._limits()
        return {**schema, "type": self.data_type} if self.data_type in JSON_TYPES else schema

    def problem(self, text: Any) -> str | None:
        """None if a request may carry ``text``, else one sentence that says what is wrong.

        ``text`` is the parameter as a wrapper receives it, None if the request has none; values of other types are
        taken as :func:`param_text` writes them.
        """
        if text is None:
            return f"param '{self.key}' is missing, and is required" if self.required else None
        complaint = self._complaint(param_text(text))
        return None if complaint is None else f"param '{self.key}' is {complaint}"

    def findings(self) -> list[str]:
        return super().findings() + self._choice_findings() + self._limit_findings() + self._value_findings()

    def _complaint(self, text: str) -> str | None:
        """``found, expected …``, or None."""
        value = self.parse(text)
        if value is None:
            return f"{shown(text)}, expected {self.expected}"
        choices = self.choices()
        if not choices:
            return self._limit_complaint(text, value)
        if value in choices:
            return None
        more = ", …" if len(choices) > SHOWN_CHOICES else ""
        return f"{shown(text)}, expected one of {', '.join(map(shown, choices[:SHOWN_CHOICES]))}{more}"

    def _limits(self) -> dict[str, Any]:
        """The limits as JSON schema; those that are not declared, or make no sense, are left out."""
        return {}

    def _limit_complaint(self, text: str, value: Any) -> str | None:
        return None

    def _limit_findings(self) -> list[str]:
        return []

    def _choice_findings(self) -> list[str]:
        return [
            self._finding(f"{shown(item)} in enums can never be sent, expected {self.expected}")
            for item in self.enums
            if self.parse(param_text(item)) is None
        ]

    def _value_findings(self) -> list[str]:
        declared = self.declared_value()
        complaint = None if declared is None else self._complaint(param_text(declared))
        return [] if complaint is None else [self._finding(f"value is {complaint}")]


class StringParamField(ParamField):
    """A text of ``minLength`` to ``maxLength`` characters, or one of ``enums``."""

    expected = "a text"
    value: Any = ""

    def __init__(
        self,
        key: str,
        minLength: Any = 0,
        maxLength: Any = 1024,
        enums: Any = None,
        required: bool = False,
        value: Any = None,
        description: str = "",
        title: str = "",
    ) -> None:
        super().__init__(key, "string", enums, required, value, title, description)
        self.min_length = minLength
        self.max_length = maxLength

    @property
    def minLength(self) -> Any:
        """The least number of characters, as declared."""
        return self.min_length

    @property
    def maxLength(self) -> Any:
        """The greatest number of characters, as declared."""
        return self.max_length

    def _limits(self) -> dict[str, Any]:
        limits = {"maxLength": length_limit(self.max_length), "minLength": length_limit(self.min_length)}
        return {name: value for name, value in limits.items() if value is not None}

    def _limit_complaint(self, text: str, value: Any) -> str | None:
        low, high = length_limit(self.min_length), length_limit(self.max_length)
        if (low is None or len(value) >= low) and (high is None or len(value) <= high):
            return None
        return f"{shown(text)} (length {len(value)}), expected {span(low or None, high)} characters"

    def _limit_findings(self) -> list[str]:
        low, high = length_limit(self.min_length), length_limit(self.max_length)
        found = [
            self._finding(f"{name} is {shown(declared)}, expected a whole number from 0; there is no such limit now")
            for name, declared, used in (("minLength", self.min_length, low), ("maxLength", self.max_length, high))
            if declared is not None and used is None and declared != float("inf")
        ]
        if low is not None and high is not None and low > high:
            found.append(self._finding(f"minLength {low} is greater than maxLength {high}; no text is allowed"))
        return found

    def _value_findings(self) -> list[str]:
        declared = self.declared_value()
        if isinstance(declared, (dict, list, tuple, set)):
            return [self._finding(f"value is {shown(declared)} ({type(declared).__name__}), expected a str")]
        return super()._value_findings()


class BooleanParamField(ParamField):
    """``true`` or ``false``. ``default`` is the value of requests without one; ``value`` goes before it."""

    expected = "true or false"

    def __init__(
        self,
        key: str,
        title: str = "",
        default: Any = False,
        required: bool = False,
        value: Any = None,
        description: str = "",
    ) -> None:
        super().__init__(key, "boolean", None, required, value, title, description)
        self.default = decoded(default)

    @property
    def test_value(self) -> Any:
        """``value`` if it is given, else ``default``; 0 and 1 count as False and True."""
        value = self.default if self.value is None else self.value
        return bool(value) if isinstance(value, int) and value in (0, 1) else value

    def declared_value(self) -> Any:
        return self.test_value

    def parse(self, text: str) -> bool | None:
        return {"true": True, "false": False}.get(text)
