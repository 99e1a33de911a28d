"""The walls of the house: what each folder may include or import. The table is that of the architecture; csrc/README.md
and the README.md of each room say it in words."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: C and C++: room -> rooms whose headers it may include. Nobody includes the headers of loader and embed but they.
MAY_INCLUDE = {
    "include": set(),
    "common": {"include"},
    "buffers": {"include", "common"},
    "stats": {"include", "common"},
    "symbols": {"include", "common"},
    "loader": {"include", "common", "buffers", "stats", "symbols"},
    "embed": {"include", "common", "buffers", "stats", "symbols"},
    "executor": {"include", "common"},
    "worker": {"include", "common", "buffers", "loader"},
    "engines": {"include"},
    "hosts": {"include"},
}

#: Python: room -> rooms it may import. "" is the package's own modules: errors, paths, the names of the public API.
MAY_IMPORT = {
    "": {"_native", "cli"},
    "_abi": set(),
    "_native": {"_abi", ""},
    "sdk": {"_native", ""},
    "testing": {"sdk", "_native", ""},
    "project": {"sdk", ""},
    "gpu": {"_native", ""},
    "host": {"", "host", "sdk"},
    "loadtest": {"", "sdk"},
    "cli": {"", "_native", "sdk", "project", "gpu", "host", "loadtest"},
    "compat": {"sdk", "cli", "_native", ""},
}

#: Modules with Python.h or pybind11 in them; everything else in csrc is built without Python.
WITH_PYTHON = "csrc/embed/module/"

#: Imported inside functions only, where somebody asks for an array.
LATE = {"numpy"}

#: What a room's Python may need besides the standard library. pyproject.toml names the same.
THIRD_PARTY = {
    "sdk": {"tomli"},
    "testing": {"pytest"},
    "cli": {"tomli", "numpy", "rich"},
    "host": {"fastjsonschema", "httptools", "msgspec", "pybase64", "uvicorn", "uvloop"},
    "loadtest": {"httptools", "msgspec", "rich", "uvloop", "websockets"},
}


def sources(folder: str, *endings: str) -> list[Path]:
    return sorted(path for ending in endings for path in (ROOT / folder).rglob(f"*{ending}"))


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "csrc" else parts[0]


C_FILES = sources("include", ".h") + sources("csrc", ".c", ".h", ".cpp", ".hpp")


def test_every_c_room_is_in_the_table() -> None:
    rooms = {path.name for path in (ROOT / "csrc").iterdir() if path.is_dir()} - {"package"}
    assert rooms <= set(MAY_INCLUDE), "a new room: say in this table and in csrc/README.md what it may see"


@pytest.mark.parametrize("path", C_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_includes(path: Path) -> None:
    room = room_of(path)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not found:
            continue
        where, name = f"{path.relative_to(ROOT)}:{number}", found[2]
        if name == "Python.h" or name.startswith("pybind11/"):
            assert str(path.relative_to(ROOT)).startswith(WITH_PYTHON), f"{where}: Python belongs into {WITH_PYTHON}"
        if name == "dlfcn.h":
            assert room not in ("buffers", "stats"), f"{where}: this room loads nothing"
        if found[1] == "<":
            assert room == "include" or not (ROOT / "include" / name).exists(), f'{where}: ours are included with ""'
            continue
        places = (path.parent / name, ROOT / "csrc" / name, ROOT / "include" / name)
        target = next((place for place in places if place.exists()), None)
        assert target is not None, f"{where}: there is no '{name}'"
        seen = room_of(target.resolve())
        assert seen == room or seen in MAY_INCLUDE[room], f"{where}: {room} may not see {seen}"


@pytest.mark.parametrize("path", sources("include", ".h"), ids=lambda path: path.name)
def test_public_headers_are_plain_c(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "Python.h" not in text
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert "//" not in re.sub(r'"[^"]*"', "", code), "C comments only"
    assert "#ifdef __cplusplus" in text or "version.h" in path.name or "errors.h" in path.name


# --- Python -----------------------------------------------------------------------------------------------------------


def cython_imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(module, line, at module level) of every import and cimport."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = re.match(r"(\s*)(?:from\s+([\w.]+)\s+c?import\b|c?import\s+([\w.]+))", line)
        if found:
            yield found[2] or found[3], number, not found[1]


def python_imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set()
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        top |= {id(each) for each in ast.walk(node) if not isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            name = node.module or ""
            if node.level:
                package = path.relative_to(ROOT).with_suffix("").parts[: -node.level]
                name = ".".join((*package, name)).rstrip(".")
            yield name, node.lineno, id(node) in top


def python_room(module: str) -> str:
    parts = module.split(".")
    if parts[0] in ("aiges", "aiges_embed"):
        return "compat"
    return parts[1] if len(parts) > 1 and (ROOT / "aiges_native" / parts[1]).is_dir() else ""


#: Templates are data: the text of projects that are not ours.
TEMPLATES = ROOT / "aiges_native/project/templates"
PYTHON_FILES = [path for path in sources("aiges_native", ".py", ".pyx", ".pxd") if TEMPLATES not in path.parents]


def test_every_python_room_is_in_the_table() -> None:
    folders = {path.name for path in (ROOT / "aiges_native").iterdir() if path.is_dir()}
    rooms = folders - {"lib", "include", "__pycache__"}
    assert rooms <= set(MAY_IMPORT), "a new room: say in this table what it may see"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports(path: Path) -> None:
    parts = path.relative_to(ROOT / "aiges_native").parts
    room = parts[0] if len(parts) > 1 else ""
    read = python_imports if path.suffix == ".py" else cython_imports
    for module, number, top in read(path):
        where, package = f"{path.relative_to(ROOT)}:{number}", module.split(".")[0]
        if package in ("aiges_native", "aiges", "aiges_embed"):
            seen = python_room(module)
            assert seen == room or seen in MAY_IMPORT[room], f"{where}: {room or 'the package'} may not see {seen}"
        elif package in LATE:
            assert not top, f"{where}: {package} is imported inside functions only"
        elif path.suffix == ".py" or package not in ("libc", "cpython", "cython"):
            allowed = sys.stdlib_module_names | THIRD_PARTY.get(room, set())
            assert package in allowed, f"{where}: {package} is no part of the standard library"


def test_no_pyx_includes_another() -> None:
    for path in sources("aiges_native", ".pyx", ".pxd"):
        assert not re.search(r"^\s*include\s+['\"]", path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_declarations_hold_no_logic() -> None:
    for path in sources("aiges_native/_abi", ".pxd"):
        text = path.read_text(encoding="utf-8")
        assert "nogil" in text or "inline" not in text
        assert not re.search(r"^\s*(cdef inline|cpdef|def) ", text, re.MULTILINE), path
    assert not sources("aiges_native/_abi", ".pyx")


# --- every room says what it is ---------------------------------------------------------------------------------------

ROOMS = [
    "include/aiges", "csrc", *(f"csrc/{room}" for room in MAY_INCLUDE if room != "include"), "aiges_native",
    *(f"aiges_native/{room}" for room in MAY_IMPORT if room), "library", "tests", "benchmarks", "examples/clients",
]  # fmt: skip


@pytest.mark.parametrize("room", [room for room in ROOMS if (ROOT / room).is_dir()])
def test_every_room_has_a_readme(room: str) -> None:
    text = (ROOT / room / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ") and len(text) > 150
