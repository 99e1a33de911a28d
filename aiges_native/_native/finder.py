"""Makes ``aiges`` and ``aiges_embed`` name ours in a process that runs wrappers.

A distribution called ``aiges`` may be installed in the same environment (old ``requirements.txt`` files name it) and
lie over ours. In a loaded wrapper the names resolve to the packages kept inside ``aiges_native/compat``.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_NAMES = ("aiges", "aiges_embed")
_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compat")


class CompatFinder:
    """Meta-path finder for the two names."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of our package, or None for every other name."""
        if name not in _NAMES:
            return None
        folder = os.path.join(_FOLDER, name)
        return importlib.util.spec_from_file_location(
            name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )


def install() -> None:
    """Puts the finder first; does nothing when it is there."""
    if CompatFinder not in sys.meta_path:
        sys.meta_path.insert(0, CompatFinder)
