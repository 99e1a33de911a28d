"""What every declared field of a request or response has."""

from __future__ import annotations

from aiges_native.sdk.fields.values import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Field:
    """One named value of a request or a response.

    ``key`` is its name on the wire, a non-empty str (else TypeError). ``data_type`` is an int of ``Types`` for payloads
    and the name of a JSON type for parameters. Constructors judge nothing else: what is wrong with the content of a
    declaration is told by :meth:`findings`, so that it never stops a load.
    """

    # Defaults on the class serve subclasses whose __init__ does not call ours.
    key: str = ""
    data_type: Any = None
    title: str = ""
    description: str = ""

    #: How sentences call a field of this kind.
    noun = "field"

    def __init__(self, key: str, data_type: Any, title: str = "", description: str = "") -> None:
        if not isinstance(key, str) or not key:
            raise TypeError(
                f"the key of a {type(self).__name__} is {shown(key)} ({type(key).__name__}), expected a non-empty str"
            )
        self.key = key
        self.data_type = data_type
        self.title = title
        self.description = description

    def __repr__(self) -> str:
        return f"<{type(self).__name__}:{self.key}>"

    @property
    def test_value(self) -> Any:
        """What a local run sends: bytes for payloads, the declared value for parameters."""
        raise NotImplementedError(f"{type(self).__name__} defines no 'test_value'")

    @property
    def has_test_value(self) -> bool:
        """Whether reading ``test_value`` would succeed now."""
        try:
            return self.test_value is not None
        except (NotImplementedError, OSError, ValueError):
            return False

    def findings(self) -> list[str]:
        """One sentence for each thing wrong with the content of the declaration; empty if all is well."""
        return [
            self._finding(f"{name} is {shown(text)}, expected a str")
            for name, text in (("title", self.title), ("description", self.description))
            if not isinstance(text, str)
        ]

    def _finding(self, clause: str) -> str:
        return f"{self.noun} '{self.key}': {clause}"
