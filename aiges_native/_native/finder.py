"""Makes ``aiges`` and ``aiges_embed`` name ours in a process that runs wrappers.

A distribution called ``aiges`` may be installed in the same environment (old ``requirements.txt`` files name it) and
lie over ours. In a loaded wrapper the names resolve to the packages kept inside ``aiges_native/compat``.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_NAMES = ("aiges", "aiges_embed")
_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compat")


def file_spec(name: str, path: str, package: bool = False) -> ModuleSpec:
    """The spec of a module in a source file. As ``importlib.util`` makes it, whose import costs milliseconds."""
    spec = ModuleSpec(name, SourceFileLoader(name, path), origin=path, is_package=package)
    spec.has_location = True
    if package:
        assert spec.submodule_search_locations is not None
        spec.submodule_search_locations.append(os.path.dirname(path))
    return spec


class CompatFinder:
    """Meta-path finder for the two names."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of our package, or None for every other name."""
        if name not in _NAMES:
            return None
        return file_spec(name, os.path.join(_FOLDER, name, "__init__.py"), package=True)


def install() -> None:
    """Puts the finder first; does nothing when it is there."""
    if CompatFinder not in sys.meta_path:
        sys.meta_path.insert(0, CompatFinder)
