"""Which engines are served, when nobody names them: everything in ``library/``."""

from __future__ import annotations

import os
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Found:
    """An engine that lies somewhere: its ``name`` and the ``path`` to open."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path

    def __repr__(self) -> str:
        return f"<Found {self.name} at {self.path}>"


def engines_in(folders: Iterable[Path]) -> list[Found]:
    """Libraries (``libNAME.so``, ``NAME.so``), wrapper folders (``NAME/wrapper.py``) and ``NAME.py``, by name.

    Of equal names the first counts, as it does when an engine is opened by name.
    """
    found: dict[str, Found] = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = _name_of(path)
            if name and name not in found:
                found[name] = Found(name, path)
    return list(found.values())


def library_folders() -> list[Path]:
    """Where engines are found by name: ``AIGES_LIBRARY_PATH``, then ``library`` here."""
    listed = os.environ.get("AIGES_LIBRARY_PATH", "")
    return [*(Path(folder) for folder in listed.split(":") if folder), Path("library")]


def _name_of(path: Path) -> str:
    if path.is_dir():
        return path.name if (path / "wrapper.py").is_file() or (path / "libwrapper.so").is_file() else ""
    if path.suffix == ".so":
        return path.name.removesuffix(".so").removeprefix("lib")
    return path.stem if path.suffix == ".py" and not path.name.startswith("_") else ""
