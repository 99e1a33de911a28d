"""What is wrong with a configuration, or odd in it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any


class Finding:
    """Something odd that does not stop the service.

    ``kind``: ``unknown`` (a key or section that means nothing), ``no effect`` (one that AIservice had), ``missing``, or
    ``doubtful``. ``key`` is ``section.key`` or a section, ``line`` that of the file (0: not of the file). ``str()`` is
    one line that names the place.
    """

    __slots__ = ("key", "kind", "line", "place", "text")

    def __init__(self, kind: str, key: str, text: str, place: str = "", line: int = 0) -> None:
        self.kind, self.key, self.text, self.place, self.line = kind, key, text, place, line

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text

    def __repr__(self) -> str:
        return f"Finding({self.kind!r}, {str(self)!r})"


class ConfigError(ValueError):
    """The configuration cannot be used; ``str()`` has one line for each fault, each with its place.

    ``key`` (``section.key``, or ``""``), ``value``, ``expected`` (a sentence) and ``line`` (0: not of the file) are of
    the first fault, ``faults`` are all of them.
    """

    def __init__(
        self,
        text: str,
        *,
        key: str = "",
        value: Any = None,
        expected: str = "",
        place: str = "",
        line: int = 0,
    ) -> None:
        super().__init__(f"{place}: {text}" if place else text)
        self.key, self.value, self.expected, self.line = key, value, expected, line
        self.faults: tuple[ConfigError, ...] = (self,)

    @classmethod
    def of(cls, faults: Sequence[ConfigError]) -> ConfigError:
        """One error that tells of all faults."""
        first = faults[0]
        joined = cls("\n".join(map(str, faults)), key=first.key, value=first.value, expected=first.expected)
        joined.line, joined.faults = first.line, tuple(faults)
        return joined


def unreadable(path: Path, why: str, cure: str, line: int = 0) -> ConfigError:
    """A file that cannot be read as what it should be."""
    return ConfigError(f"cannot read '{path}': {why}; try {cure}", line=line)


def nearest(name: str, known: Sequence[str]) -> str:
    """``, did you mean X?`` or nothing."""
    from difflib import get_close_matches

    spelled = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), list(spelled), n=1)
    return f", did you mean {spelled[found[0]]}?" if found else ""
