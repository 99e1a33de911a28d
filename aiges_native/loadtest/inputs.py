"""What is sent: texts, files, or the files of a folder, whole or cut into frames."""

from __future__ import annotations

import random
from pathlib import Path

from .problem import plan_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ORDERS = ("random", "ascending", "descending")

Documents = tuple[tuple[bytes, ...], ...]


def read_source(source: Path, order: str = "ascending", separator: str = "", seed: int = 0) -> list[bytes]:
    """The file, or the files of the folder that are not empty; names that begin with a number before ``separator``
    (``2_a.txt``, ``10_b.txt``) go by it. Raises LoadTestError."""
    try:
        if not source.is_dir():
            return [source.read_bytes()]
        files = [path for path in source.iterdir() if path.is_file() and path.stat().st_size]
        files.sort(key=lambda path: _place(path.name, separator), reverse=order == "descending")
        if order == "random":
            random.Random(seed).shuffle(files)
        found = [path.read_bytes() for path in files]
    except OSError as error:
        raise plan_error(
            f"'{source}' cannot be read: {(error.strerror or str(error)).lower()}", "another path"
        ) from error
    if not found:
        raise plan_error(f"folder '{source}' has no file that is not empty", "a folder of inputs")
    return found


def _place(name: str, separator: str) -> tuple[int, str]:
    number = name.partition(separator)[0] if separator else ""
    return (int(number) if number.isdecimal() else 0, name)


def whole(contents: Sequence[bytes]) -> Documents:
    """Each content is a document of one frame."""
    return tuple((content,) for content in contents)


def sliced(contents: Sequence[bytes], size: int) -> Documents:
    """Each content is a document, cut into frames of ``size`` bytes."""
    return tuple(
        tuple(content[at : at + size] for at in range(0, len(content), size)) or (b"",) for content in contents
    )


def lines(contents: Sequence[bytes]) -> Documents:
    """Each content is a document of which every line that is not empty is a frame."""
    return tuple(tuple(line for line in content.splitlines() if line) or (b"",) for content in contents)


def one_document(contents: Sequence[bytes]) -> Documents:
    """All contents are the frames of one document."""
    return (tuple(contents),)
