"""How a schema writes what its readers disagree about: defaults and titles."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.sdk.fields import Field


class Form:
    """``default`` is the keyword for defaults, None to leave them out; ``titles`` whether titles are told; ``nulls``
    whether a tree of defaults has null where there is none, or nothing."""

    __slots__ = ("default", "nulls", "titles")

    def __init__(self, default: str | None, titles: bool, nulls: bool = True) -> None:
        self.default = default
        self.titles = titles
        self.nulls = nulls

    @classmethod
    def of(cls, wrapper: object) -> Form:
        """The form a wrapper asks for with ``is_aipaas`` and ``keep_schema_default_value`` (both true by default)."""
        aipaas = bool(getattr(wrapper, "is_aipaas", True))
        keep = bool(getattr(wrapper, "keep_schema_default_value", True))
        return cls(("defaultVal" if aipaas else "default") if keep else None, titles=not aipaas)

    def with_default(self, value: Any) -> dict[str, Any]:
        """``{keyword: value}``, or nothing where defaults, or this one, are left out."""
        if self.default is None or value is None:
            return {}
        return {self.default: value if self.nulls else _without_nulls(value)}

    def about(self, field: Field) -> dict[str, str]:
        """Title and description of a field, as far as they are declared and told."""
        texts = {"title": field.title if self.titles else "", "description": field.description}
        return {name: text for name, text in texts.items() if isinstance(text, str) and text}


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(item) for name, item in value.items() if item is not None}
