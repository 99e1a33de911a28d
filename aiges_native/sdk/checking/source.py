"""What a wrapper's source says: imports that are not installed, keys that nobody declared."""

from __future__ import annotations

import ast
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from aiges_native.sdk.checking.finding import Finding, error, warning
from aiges_native.sdk.fields import collect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_OURS = {"aiges", "aiges_embed", "aiges_native"}
_REQUEST_NAMES = {"reqData", "req", "datas", "reqdata", "data"}

#: Names to install where they differ from the names to import.
_DISTRIBUTION = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
}


def missing_imports(file: Path, tree: ast.Module) -> list[Finding]:
    """An error for each import at the top of the file that finds nothing, a warning for one inside a function.

    An import inside ``try`` may fail: its author has thought of that.
    """
    found = []
    for name, line, late in _imports(tree.body, late=False):
        root = name.partition(".")[0]
        if root in _OURS or root in sys.builtin_module_names or root in sys.modules or _is_there(root, file.parent):
            continue
        told = warning if late else error
        install = _DISTRIBUTION.get(root, root)
        cure = f"pip install {install}, and add it to requirements.txt"
        found.append(told(f"line {line} imports '{root}', which is not installed: {cure}"))
    return found


def _imports(body: list[ast.stmt], late: bool) -> Iterator[tuple[str, int, bool]]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, late
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module, node.lineno, late
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _imports(node.body, late=True)
        elif isinstance(node, (ast.If, ast.For, ast.While)):
            yield from _imports(node.body + node.orelse, late)
        elif isinstance(node, (ast.ClassDef, ast.With)):
            yield from _imports(node.body, late)


def _is_there(root: str, folder: Path) -> bool:
    try:
        return PathFinder.find_spec(root, [str(folder), *sys.path]) is not None
    except (ImportError, ValueError):
        return False


def undeclared_keys(wrapper: Any, tree: ast.Module) -> list[Finding]:
    """A warning for each key in the source, given as a literal, that the wrapper's fields do not declare."""
    fields = collect(wrapper)
    kinds = (
        ("input", "requestCls", {field.key for field in fields.inputs}, _keys_read(tree)),
        ("param", "requestCls", {field.key for field in fields.params} | {"sid"}, _params_read(tree)),
        ("output", "responseCls", {field.key for field in fields.accepts}, _keys_written(tree)),
    )
    found = []
    for kind, where, declared, used in kinds:
        if not declared - {"sid"}:
            continue  # it declares none of that kind at all
        for key, line in used:
            if key not in declared:
                keys = ", ".join(f"'{each}'" for each in sorted(declared))
                found.append(
                    warning(f"line {line} uses the {kind} '{key}', which {where} does not declare: it has {keys}")
                )
    return found


def _keys_read(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """``reqData.get("key")``"""
    node: Any
    for node in ast.walk(tree):
        if _is_get(node) and isinstance(node.func.value, ast.Name) and node.func.value.id in _REQUEST_NAMES:
            yield from _literal(node.args[0] if node.args else None)


def _params_read(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """``params["key"]`` (read, not assigned) and ``params.get("key")``"""
    node: Any
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_params(node.value) and isinstance(node.ctx, ast.Load):
            yield from _literal(node.slice)
        elif _is_get(node) and _is_params(node.func.value):
            yield from _literal(node.args[0] if node.args else None)


def _keys_written(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """``item.key = "key"`` and ``ResponseData("key", ...)``"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            if any(isinstance(target, ast.Attribute) and target.attr == "key" for target in node.targets):
                yield from _literal(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ResponseData":
            keyword = next((each.value for each in node.keywords if each.arg == "key"), None)
            yield from _literal(node.args[0] if node.args else keyword)


def _is_get(node: Any) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"


def _is_params(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "params"


def _literal(node: ast.expr | None) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, node.lineno
