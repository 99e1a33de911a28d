"""Finding and importing a ``wrapper.py``, and building its object."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from types import ModuleType

from aiges_native._native import finder
from aiges_native._native.faults import LoadFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MODULE_MISSING = -20020
_MODULE_BROKEN = -20021
_CLASS_MISSING = -20022
_CONSTRUCTOR = -20023

#: Config key of an object that exists already; wrappers do not see it.
OBJECT_KEY = "wrapper.object"

#: Modules by the real path of their file: one is imported once per process, whatever number of engines runs it.
_modules: dict[str, ModuleType] = {}

#: Objects on offer, by the value of ``wrapper.object`` that names them.
_offered: dict[str, Any] = {}


def offer(wrapper: Any) -> str:
    """A value for the config key ``wrapper.object``: the engine of this process that gets it runs this very object."""
    name = f"{os.getpid()}-{id(wrapper):x}"
    _offered[name] = wrapper
    return name


def withdraw(name: str) -> None:
    """Takes an offer back."""
    _offered.pop(name, None)


def load(config: dict[str, str], library_path: str) -> Any:
    """The wrapper's object: ``Wrapper()``, or the module itself when it has functions and no class.

    ``config`` may name ``wrapper.file`` and ``wrapper.class``, or ``wrapper.object``. Raises :class:`LoadFault`.
    """
    finder.install()
    name = config.get(OBJECT_KEY)
    if name is not None:
        if name not in _offered:
            raise LoadFault(_MODULE_MISSING, f"no object is on offer as '{name}'; '{OBJECT_KEY}' is set by a local run")
        return _offered[name]
    return wrapper_of(import_file(config.get("wrapper.file") or _find(library_path)), config.get("wrapper.class"))


def wrapper_of(module: ModuleType, class_name: str | None = None) -> Any:
    """A new object of the module's wrapper class (default ``Wrapper``), or the module itself. Raises LoadFault."""
    name = class_name or "Wrapper"
    cls = getattr(module, name, None)
    if cls is None:
        if name == "Wrapper" and callable(getattr(module, "wrapperOnceExec", None)):
            return module
        raise LoadFault(
            _CLASS_MISSING,
            f"module '{module.__file__}' has no class '{name}' and no function 'wrapperOnceExec'; define one of them",
        )
    try:
        return cls()
    except BaseException as error:
        raise LoadFault(_CONSTRUCTOR, f"'{name}()' of '{module.__file__}' raised {_said(error)}") from error


def _find(library_path: str) -> str:
    folder = os.path.dirname(library_path)
    places = [
        os.path.join(os.getcwd(), "wrapper.py"),
        os.path.join(os.getcwd(), "wrapper", "wrapper.py"),
        os.path.join(folder, "wrapper.py"),
    ]
    for place in places:
        if os.path.isfile(place):
            return place
    spec = PathFinder.find_spec("wrapper")
    if spec is not None and spec.origin and os.path.isfile(spec.origin):
        return spec.origin
    searched = ", ".join(f"'{place}'" for place in [*places, *sys.path])
    raise LoadFault(
        _MODULE_MISSING, f"cannot find module 'wrapper'; looked for {searched}; set 'wrapper.file' to its path"
    )


def import_file(path: str) -> ModuleType:
    """The module of a wrapper's file, imported once per process. Raises :class:`LoadFault`."""
    real = os.path.realpath(path)
    if real in _modules:
        return _modules[real]
    if not os.path.isfile(real):
        raise LoadFault(_MODULE_MISSING, f"cannot find wrapper file '{path}'; set 'wrapper.file' to an existing file")
    folder = os.path.dirname(real)
    if _modules:
        _forget_namesakes(folder)
    for place in (folder, os.getcwd()):
        if place not in sys.path:
            sys.path.insert(0, place)
    name = "wrapper" if "wrapper" not in sys.modules else f"wrapper_{len(_modules)}"
    module = ModuleType(name)
    module.__spec__ = finder.file_spec(name, real)
    module.__loader__ = loader = SourceFileLoader(name, real)
    module.__file__ = real
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        raise LoadFault(_MODULE_BROKEN, f"cannot import '{real}': {_said(error)}{_place(error, real)}") from error
    _modules[real] = module
    return module


def imported() -> list[ModuleType]:
    """The wrappers' modules of this process, the newest first."""
    return [*reversed(_modules.values())]


def _forget_namesakes(folder: str) -> None:
    """Drops imported modules that lie beside other wrappers and whose names are those of modules in ``folder``.

    A wrapper's ``import model`` means the file beside it, also in a process that has imported another wrapper's
    ``model``. What that one has imported stays with it.
    """
    others = {os.path.dirname(path) for path in _modules} - {folder}
    namesakes = {
        name
        for name, module in list(sys.modules.items())
        if "." not in name and module not in _modules.values() and _home(module) in others and _holds(folder, name)
    }
    for name in list(sys.modules):
        if name.partition(".")[0] in namesakes:
            del sys.modules[name]


def _home(module: ModuleType) -> str:
    """The folder that a top-level module or package lies in; "" when that is not a file's."""
    file = getattr(module, "__file__", None)
    if not file:
        return ""
    home: str = os.path.dirname(os.path.realpath(file))
    return os.path.dirname(home) if hasattr(module, "__path__") else home


def _holds(folder: str, name: str) -> bool:
    """Whether ``import name`` would find a source file in ``folder``."""
    return any(os.path.isfile(os.path.join(folder, file)) for file in (f"{name}.py", os.path.join(name, "__init__.py")))


def _said(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # an exception whose text raises again
        return type(error).__name__


def _place(error: BaseException, path: str) -> str:
    """Where in the wrapper the import failed."""
    if isinstance(error, SyntaxError):
        return f" ({error.filename}, line {error.lineno})"
    import traceback

    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f" ({path}, line {lines[-1]})" if lines else ""
