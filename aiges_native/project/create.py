"""Makes a project from a template: a folder with the author's code, its test and its settings, which runs as it is."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import ProjectError
from .files import TEMPLATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Template:
    """A kind of project. ``layers``: folders of templates/, each over the one before; ``about``: what it does."""

    layers: tuple[str, ...]
    about: str


TEMPLATES_BY_NAME = {
    "once": Template(
        ("common", "once"), "One request, one answer: it reads the size of a picture and puts it behind a text."
    ),
    "stream": Template(
        ("common", "stream"), "Sessions: sound comes in pieces, and each piece is answered with its loudness."
    ),
    "async": Template(
        ("common", "async"), "One request, one answer that comes later: a thread of its own counts the words of a text."
    ),
    "c-engine": Template(("c-engine",), "An engine in C: it counts the words of a text that comes whole or in pieces."),
}

_PLACEHOLDER = re.compile(r"@([A-Z]+)@")
_LONGEST_NAME = 100


def create(name: str, parent: Path, template: str = "once", *, force: bool = False) -> list[Path]:
    """Makes the folder ``parent/name`` and returns the paths of its files.

    ``force`` allows a folder that is not empty: files of the template replace those of the same name, others stay.
    Raises ProjectError: the name, the template or the place cannot be used. Nothing is changed then.
    """
    what = f"create '{name}'"
    texts = _substitutes(name, what)
    if template not in TEMPLATES_BY_NAME:
        raise ProjectError(what, f"there is no template '{template}'", " or ".join(TEMPLATES_BY_NAME))
    if not parent.is_dir():
        raise ProjectError(what, f"'{parent}' is no folder", f"mkdir -p '{parent}'")
    target = parent / name
    _check_target(target, what, force)
    try:
        with tempfile.TemporaryDirectory(prefix=".create.", dir=parent) as folder:
            new = Path(folder) / "new"
            made = _write_tree(new, TEMPLATES_BY_NAME[template], texts)
            _put(new, target, made, Path(folder) / "old")
    except OSError as error:
        why = f"'{error.filename or target}': {(error.strerror or str(error)).lower()}"
        raise ProjectError(what, why, "-p with a folder you may write to") from error
    return [target / path for path in made]


def service_id(name: str) -> str:
    """The name as services may have it: ASCII letters, digits, ``_`` and ``-``; ``-`` for everything else."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _substitutes(name: str, what: str) -> Mapping[str, str]:
    """What the placeholders stand for. Raises ProjectError for a name that no folder or service should have."""
    service = service_id(name)
    if fault := _name_fault(name):
        raise ProjectError(what if name.isprintable() and name else "create a project", *fault)
    image = re.sub("[^a-z0-9]+", "-", service.lower()).strip("-")
    return {"NAME": name, "SERVICE": service, "IMAGE": image}


def _name_fault(name: str) -> tuple[str, str] | None:
    """(why, cure) if the name cannot be used."""
    if not name:
        return "its name is empty", "-n NAME"
    if name in (".", ".."):
        return "that is no name of a new folder", "-n NAME -p FOLDER"
    if "/" in name or "\\" in name:
        last = re.split(r"[/\\]", name)[-1].strip(".")
        return "a name holds no path separator", f"-n '{last or 'NAME'}' -p FOLDER"
    if not name.isprintable():
        return f"the name {name!r} holds control characters", f"-n '{''.join(filter(str.isprintable, name)) or 'NAME'}'"
    if name != name.strip() or name.startswith("-"):
        return "a name begins and ends with no space and begins with no '-'", f"-n '{name.strip(' -') or 'NAME'}'"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        return f"the name is longer than {_LONGEST_NAME} bytes", "a shorter one"
    if not re.search(r"[A-Za-z0-9]", service_id(name)):
        return "the name has no ASCII letter or digit, of which service names consist", "-n NAME"
    return None


def _check_target(target: Path, what: str, force: bool) -> None:
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise ProjectError(what, f"'{target}' is there and is no folder", "another name")
    if any(target.iterdir()) and not force:
        raise ProjectError(what, f"folder '{target}' is not empty", "another name, or --force to replace its files")


def _write_tree(folder: Path, template: Template, texts: Mapping[str, str]) -> list[Path]:
    """Writes the files of a template and returns their paths, relative to the folder."""
    made = set()
    for layer in template.layers:
        for path in _files(TEMPLATES / layer):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_fill((TEMPLATES / layer / path).read_bytes(), {**texts, "ABOUT": template.about}))
            made.add(path)
    return sorted(made)


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, relative to it; an installer's compiled copies are no part of it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder)


def _fill(content: bytes, texts: Mapping[str, str]) -> bytes:
    """Puts texts in the places of ``@PLACEHOLDERS@``; what is no text stays as it is."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return _PLACEHOLDER.sub(lambda found: texts[found[1]], text).encode()


def _put(new: Path, target: Path, files: list[Path], old: Path) -> None:
    """Moves the tree to its place: at once if the place is free, else file by file, and back if that fails."""
    if not target.is_dir() or not any(target.iterdir()):
        new.replace(target)
        return
    with ExitStack() as undo:
        for path in files:
            place = target / path
            for folder in [each for each in reversed(place.parents) if not each.exists()]:
                folder.mkdir()
                undo.callback(folder.rmdir)
            if os.path.lexists(place):
                kept = old / path
                kept.parent.mkdir(parents=True, exist_ok=True)
                _move_file(place, kept)
                undo.callback(shutil.move, kept, place)
            (new / path).replace(place)
            undo.callback(place.unlink)
        undo.pop_all()


def _move_file(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        raise IsADirectoryError(21, "a folder is in the way", str(source))
    source.replace(target)
