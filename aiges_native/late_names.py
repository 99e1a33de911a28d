"""Names that a package imports when they are first used, so that importing the package costs next to nothing."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def late_names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package; ``homes``: each name's module, relative to the package or whole.

    A module has no name of those that live in it: the import would put the module in the name's place.
    """
    names = vars(sys.modules[package])

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = homes[name]
        value = getattr(import_module(home if home.startswith("aiges_native.") else f"{package}.{home}"), name)
        names[name] = value
        return value

    def names_of() -> list[str]:
        return sorted({*names, *homes})

    return get, names_of
