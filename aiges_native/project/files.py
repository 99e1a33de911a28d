"""Files that appear whole or not at all."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: One folder per template, and what they share.
TEMPLATES = Path(__file__).resolve().parent / "templates"


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A path to write; when the block ends well, the file takes the target's place in one step. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        new = Path(folder) / target.name
        yield new
        new.replace(target)


def replace_file(target: Path, content: bytes) -> None:
    """Gives a file another content and keeps its permissions. Raises OSError."""
    with new_file(target) as new:
        new.write_bytes(content)
        if target.exists():
            new.chmod(target.stat().st_mode & 0o7777)
