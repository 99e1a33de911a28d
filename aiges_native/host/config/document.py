"""A configuration file: its sections, and the line of each key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aiges_native.sdk.settings import SettingsError, parse, read_text

from .errors import unreadable
from .lines import key_lines, line_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True)
class Document:
    """What a file holds. Without a path it is empty."""

    path: Path | None = None
    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path | None) -> Document:
        """Raises ConfigError: the file cannot be read, is not UTF-8 or not TOML."""
        if path is None:
            return cls()
        path = Path(path)
        try:
            text = read_text(path)
            return cls(path, parse(text, path), key_lines(text))
        except SettingsError as error:
            _, why, cure = error.parts
            raise unreadable(path, why, cure, error.line) from error

    def line(self, name: str) -> int:
        """The line of a section or ``section.key`` as the file names it; 0 if nothing is known."""
        return line_of(self.lines, name)

    def place(self, name: str) -> str:
        """``path:line`` of a name."""
        line = self.line(name)
        return f"{self.path}:{line}" if line else str(self.path or "")
