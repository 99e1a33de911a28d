"""Which wrapper is meant, and which settings belong to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

from aiges_native._native.loading import import_file, imported, wrapper_of
from aiges_native.sdk.settings import as_text, find_settings, read_settings, wrapper_config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class UsageError(ValueError):
    """What was asked for cannot be run: the text says what to change."""


class Target:
    """A wrapper's object, the file it comes from (None: no file), and the settings of its ``aiges.toml``."""

    def __init__(self, wrapper: Any, file: Path | None, settings_file: Path | None = None) -> None:
        self.wrapper = wrapper
        self.file = file
        self.settings_file = settings_file or _find_settings(file)
        self.settings: dict[str, dict[str, Any]] = read_settings(self.settings_file) if self.settings_file else {}

    @property
    def name(self) -> str:
        """How to call it in messages: ``Wrapper of wrapper.py``."""
        kind = "functions" if isinstance(self.wrapper, ModuleType) else type(self.wrapper).__qualname__
        return f"{kind} of {self.file.name}" if self.file else kind

    def config(self, more: dict[str, Any] | None = None) -> dict[str, str]:
        """The config of a start: ``aiges.toml`` < the class attribute ``config`` < ``more``, all as text."""
        own = getattr(self.wrapper, "config", None)
        merged: dict[str, Any] = dict(wrapper_config(self.settings))
        merged.update(own if isinstance(own, dict) else {})
        merged.update(more or {})
        return {str(key): as_text(value) for key, value in merged.items()}


def target_of(wrapper: Any, settings_file: Path | None = None) -> Target:
    """The target of an object that exists already."""
    module = wrapper if isinstance(wrapper, ModuleType) else _module_of(type(wrapper))
    file = getattr(module, "__file__", None)
    return Target(wrapper, Path(file).resolve() if file else None, settings_file)


def _module_of(cls: type) -> ModuleType | None:
    """The module that has the class as its ``Wrapper``, which may have imported it; else the one that defines it."""
    for module in (sys.modules["__main__"], *imported()):
        if vars(module).get("Wrapper") is cls:
            return module
    return sys.modules.get(cls.__module__)


def load_target(path: str | os.PathLike[str], settings_file: Path | None = None) -> Target:
    """Imports a wrapper's file and makes its object. LoadFault when that fails, UsageError when there is none."""
    file = find_wrapper(Path(path))
    return Target(wrapper_of(import_file(str(file))), file, settings_file)


def find_wrapper(path: Path) -> Path:
    """The wrapper's file: ``path`` itself, or in a folder ``wrapper.py`` or ``wrapper/wrapper.py``."""
    if path.is_file():
        return path.resolve()
    for place in (path / "wrapper.py", path / "wrapper" / "wrapper.py"):
        if place.is_file():
            return place.resolve()
    if path.is_dir():
        raise UsageError(f"'{path}' holds neither 'wrapper.py' nor 'wrapper/wrapper.py'; name the wrapper's file")
    raise UsageError(f"there is no '{path}'; name a wrapper.py, its folder, or an archive made by 'pack'")


def _find_settings(file: Path | None) -> Path | None:
    folders = [Path.cwd()]
    if file is not None:
        folders += [file.parent, file.parent.parent]
    return find_settings(*folders)
