"""Packs a project into one archive and takes it out again.

The same tree gives the same bytes (with the same zlib): names are sorted, owner, times and file modes are fixed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import ProjectError
from .files import new_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator

ARCHIVE_NAME = "pywrapper.tar.gz"
#: Never packed: made by tools, or made again by them.
LEFT_OUT = frozenset({".git", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})

_1980 = 315532800  # the earliest time that every archive format knows
_ENDINGS = (".tar.gz", ".tgz")


@dataclass(frozen=True)
class _Member:
    """What is packed under a name; ``link`` is the text of a link that stays one."""

    name: PurePosixPath
    path: Path
    link: str | None


@dataclass(frozen=True)
class Packed:
    """An archive: its files and folders, relative to what was packed, its size in bytes and its SHA-256."""

    path: Path
    names: tuple[str, ...]
    size: int
    sha256: str


def pack(folder: Path, out: Path = Path()) -> Packed:
    """Packs a folder with a ``wrapper.py`` (or ``wrapper/wrapper.py``), every path relative to it.

    ``out`` is the archive if it ends in ``.tar.gz`` or ``.tgz``, else the folder for ``pywrapper.tar.gz``. Links that
    lead to another part of the folder stay links; of others the content is packed. Left out: LEFT_OUT, ``*.pyc``,
    virtual environments, the archive itself and an earlier ``pywrapper.tar.gz``.
    Raises ProjectError: no wrapper.py, a file that cannot be read or is no file, a place that cannot be written.
    """
    what = f"pack '{folder}'"
    if not any((folder / path).is_file() for path in ("wrapper.py", "wrapper/wrapper.py")):
        raise ProjectError(what, "it has no wrapper.py and no wrapper/wrapper.py", "-l with the project's folder")
    target = out if out.name.endswith(_ENDINGS) and not out.is_dir() else out / ARCHIVE_NAME
    if not target.parent.is_dir():
        raise ProjectError(what, f"'{target.parent}' is no folder", f"mkdir -p '{target.parent}'")
    try:
        with new_file(target) as new:
            place = target.parent.resolve()
            working = {place / target.name, place / new.parent.name, folder.resolve() / ARCHIVE_NAME}
            members = list(_members(folder.resolve(), what, working))
            _write(new, members)
        return Packed(target, tuple(str(member.name) for member in members), target.stat().st_size, _sha256(target))
    except OSError as error:
        why = f"'{error.filename or target}': {(error.strerror or str(error)).lower()}"
        raise ProjectError(what, why, "mending its permissions, or -o with another folder") from error


def unpack(archive: Path, folder: Path) -> Path:
    """Unpacks an archive into a folder, which is made or must be empty, and returns the folder.

    Raises ProjectError: no such archive, a damaged one, one with a member that leaves the folder or is no file, folder
    or link, or a folder that is not empty or cannot be written. Nothing is written for an unsafe archive.
    """
    import tarfile
    import zlib

    what = f"unpack '{archive}'"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(what, f"'{folder}' is not an empty folder", "another one")
    try:
        with tarfile.open(archive, "r:*") as file:
            members = file.getmembers()
            _check_members(members, what)
            safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            folder.mkdir(parents=True, exist_ok=True)
            file.extractall(folder, members, **safe)  # type: ignore[arg-type]
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ProjectError(what, f"it is no whole archive ({error})", "packing it again") from error
    except OSError as error:
        why = f"'{error.filename or archive}': {(error.strerror or str(error)).lower()}"
        raise ProjectError(what, why, "another path") from error
    return folder


def _members(root: Path, what: str, working: set[Path]) -> Iterator[_Member]:
    """All that is packed, in the order of the names."""

    def walk(folder: Path, name: PurePosixPath, above: tuple[Path, ...]) -> Iterator[_Member]:
        if folder.resolve() in above:
            raise ProjectError(what, f"'{name}' links to a folder that it lies in", "removing the link")
        above = (*above, folder.resolve())
        for path in sorted(folder.iterdir(), key=lambda each: each.name):
            child = name / path.name
            if _is_left_out(path) or above[-1] / path.name in working:
                continue
            _check_kind(path, child, what)
            link = _link_text(child, path, root)
            yield _Member(child, path, link)
            if path.is_dir() and link is None:
                yield from walk(path, child, above)

    yield from walk(root, PurePosixPath(), ())


def _check_kind(path: Path, name: PurePosixPath, what: str) -> None:
    if not path.exists():
        raise ProjectError(what, f"link '{name}' leads nowhere", "removing the link")
    if not path.is_dir() and not path.is_file():
        raise ProjectError(what, f"'{name}' is no file, folder or link", "removing it")


def _is_left_out(path: Path) -> bool:
    return path.name in LEFT_OUT or path.name.endswith(".pyc") or (path / "pyvenv.cfg").is_file()


def _link_text(name: PurePosixPath, path: Path, root: Path) -> str | None:
    """The text of a link that leads to something that is packed as well, by a way that unpack() takes; else None."""
    if not path.is_symlink():
        return None
    text, target = str(path.readlink()), path.resolve()
    if _link_fault(name, text) or (target != root and root not in target.parents):
        return None
    inside = [each for each in (target, *target.parents) if root in each.parents]
    return None if any(map(_is_left_out, inside)) else text


def _write(target: Path, members: list[_Member]) -> None:
    import gzip
    import tarfile

    with (
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=_1980) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member in members:
            info = tarfile.TarInfo(str(member.name))
            info.mtime, info.uname, info.gname = _1980, "root", "root"
            if member.link is not None:
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, member.link, 0o777
                archive.addfile(info)
            elif member.path.is_dir():
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(info)
            else:
                _add_file(archive, info, member.path)


def _add_file(archive: tarfile.TarFile, info: tarfile.TarInfo, path: Path) -> None:
    with path.open("rb") as file:
        stat = os.fstat(file.fileno())
        info.size, info.mode = stat.st_size, 0o755 if stat.st_mode & 0o100 else 0o644
        archive.addfile(info, file)


def _sha256(path: Path) -> str:
    import hashlib

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _check_members(members: list[tarfile.TarInfo], what: str) -> None:
    """Refuses what could write outside the folder: by its name, by a link, or through one."""
    links = {PurePosixPath(member.name) for member in members if member.issym()}
    for member in members:
        name, why = PurePosixPath(member.name), ""
        if name.is_absolute() or ".." in name.parts:
            why = "lies outside the folder"
        elif links.intersection(name.parents):
            why = "lies behind a link"
        elif member.issym():
            why = _link_fault(name, member.linkname)
        elif not member.isreg() and not member.isdir():
            why = "is no file, folder or link"
        if why:
            raise ProjectError(what, f"member '{member.name}' {why}", "an archive made by aiges-native pack")


def _link_fault(name: PurePosixPath, target: str) -> str:
    """Why a link is not safe. Steps up may come first only: later ones would start from wherever a link leads."""
    parts = PurePosixPath(target).parts
    ups = next((i for i, part in enumerate(parts) if part != ".."), len(parts))
    if target.startswith("/") or ups >= len(name.parts) or ".." in parts[ups:]:
        return f"links to '{target}', outside the folder"
    return ""
