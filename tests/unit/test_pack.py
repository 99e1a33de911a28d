"""Archives: faithful, reproducible, and taken out again only where nothing leaves the folder."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
from pathlib import Path

import pytest

from aiges_native.project import ProjectError
from aiges_native.project.pack import pack, unpack


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in {
        "wrapper/wrapper.py": "class Wrapper: pass\n",
        "wrapper/data/a.txt": "one",
        "data/a.txt": "another of that name",
        "data/größe.txt": "4",
        f"data/{'long' * 40}.txt": "5",
        "run.sh": "#!/bin/sh\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "empty").mkdir()
    (folder / "run.sh").chmod(0o700)
    (folder / "wrapper/link.txt").symlink_to("../data/a.txt")
    return folder


def tree(folder: Path) -> dict[str, str]:
    """Every path below a folder: its text, where its link leads, or / for a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        text = f"-> {path.readlink()}" if path.is_symlink() else "/" if path.is_dir() else path.read_text()
        found[str(path.relative_to(folder))] = text
    return found


def test_what_is_packed_comes_out_again(project: Path, tmp_path: Path) -> None:
    packed = pack(project, tmp_path)
    assert packed.path == tmp_path / "pywrapper.tar.gz"
    out = unpack(packed.path, tmp_path / "out" / "deep")
    assert tree(out) == tree(project)
    assert packed.names == tuple(sorted(tree(project), key=lambda name: Path(name).parts))
    assert stat.S_IMODE((out / "run.sh").stat().st_mode) & 0o100
    assert not stat.S_IMODE((out / "data/a.txt").stat().st_mode) & 0o111


def test_size_and_digest_are_those_of_the_file(project: Path, tmp_path: Path) -> None:
    packed = pack(project, tmp_path)
    content = packed.path.read_bytes()
    assert (packed.size, packed.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_same_files_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    first = pack(project, tmp_path / "a.tgz").path.read_bytes()
    for number, path in enumerate(sorted(project.rglob("*"))):
        os.utime(path, (number, number), follow_symlinks=False)
    (project / "data/a.txt").chmod(0o600)
    project.rename(tmp_path / "elsewhere")
    assert pack(tmp_path / "elsewhere", tmp_path / "b.tar.gz").path.read_bytes() == first


def test_owner_and_times_are_fixed(project: Path, tmp_path: Path) -> None:
    with tarfile.open(pack(project, tmp_path).path) as archive:
        facts = {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in archive.getmembers()}
    assert facts == {(0, 0, "root", "root", 315532800)}


def test_packing_twice_into_the_folder_itself(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    first = pack(Path())
    assert first.path == Path("pywrapper.tar.gz")
    assert pack(Path()).sha256 == first.sha256
    assert pack(Path(), Path("data/other.tgz")).sha256 == first.sha256
    assert not [name for name in first.names if "tar" in name]


def test_what_tools_made_is_left_out(project: Path, tmp_path: Path) -> None:
    before = pack(project, tmp_path).names
    for name in (".git/HEAD", "wrapper/__pycache__/wrapper.pyc", "old.pyc", ".pytest_cache/x", "data/env/pyvenv.cfg"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    assert pack(project, tmp_path).names == before


def test_wrapper_at_the_top_will_do(tmp_path: Path) -> None:
    (tmp_path / "wrapper.py").write_text("")
    assert pack(tmp_path, tmp_path).names == ("wrapper.py",)


@pytest.mark.parametrize("folder", [".", "missing", "wrapper.py"])
def test_without_a_wrapper_nothing_is_packed(tmp_path: Path, folder: str) -> None:
    (tmp_path / "wrapper.py").mkdir()
    with pytest.raises(ProjectError, match=r"it has no wrapper\.py and no wrapper/wrapper\.py; try -l"):
        pack(tmp_path / folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["wrapper.py"]


def test_a_missing_place_is_told(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="is no folder; try mkdir -p"):
        pack(project, tmp_path / "missing")
    with pytest.raises(ProjectError, match="is no folder; try mkdir -p"):
        pack(project, tmp_path / "missing" / "a.tgz")


def test_links_that_lead_out_are_packed_as_what_they_show(project: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/weights").write_text("big")
    (project / "model").symlink_to(tmp_path / "model")
    (project / "absolute").symlink_to(project / "data/a.txt")
    (project / "weights").symlink_to("../model/weights")
    (project / "cached").symlink_to("__pycache__/x")
    (project / "__pycache__").mkdir()
    (project / "__pycache__/x").write_text("kept")
    out = tree(unpack(pack(project, tmp_path).path, tmp_path / "out"))
    assert out["model/weights"] == out["weights"] == "big"
    assert out["absolute"] == "another of that name"
    assert out["cached"] == "kept" and "__pycache__" not in out


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.symlink_to("nowhere"), "link 'odd' leads nowhere"),
        (lambda path: path.symlink_to(path.parent.resolve()), "'odd' links to a folder that it lies in"),
        (os.mkfifo, "'odd' is no file, folder or link"),
    ],
    ids=["dangling", "circle", "fifo"],
)
def test_what_cannot_be_packed_is_named(project: Path, tmp_path: Path, make: object, why: str) -> None:
    make(project / "odd")  # type: ignore[operator]
    with pytest.raises(ProjectError, match=why):
        pack(project, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_an_unreadable_file_leaves_the_old_archive(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pack(project, tmp_path).path.read_bytes()
    real = Path.open

    def refuse(path: Path, *arguments: object, **keywords: object) -> object:
        if path.name == "run.sh":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **keywords)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ProjectError, match=r"run\.sh': permission denied; try"):
        pack(project, tmp_path)
    monkeypatch.undo()
    assert (tmp_path / "pywrapper.tar.gz").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project", "pywrapper.tar.gz"]


# --- archives of others -------------------------------------------------------------------------------------------


def archive_of(path: Path, *members: tuple[str, bytes, str]) -> Path:
    """An archive with (name, type, link) members, files holding `x`."""
    with tarfile.open(path, "w:gz") as archive:
        for name, kind, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, kind == tarfile.REGTYPE
            archive.addfile(info, io.BytesIO(b"x") if info.size else None)
    return path


FILE, LINK, HARD, FIFO = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("../x", FILE, "")], "lies outside"),
        ([("/tmp/x", FILE, "")], "lies outside"),
        ([("a/../../x", FILE, "")], "lies outside"),
        ([("a", LINK, "/etc")], "links to '/etc', outside"),
        ([("a", LINK, "../x")], "links to '../x', outside"),
        ([("b/a", LINK, "../../x")], "outside"),
        ([("a", LINK, "b/../../x")], "outside"),
        ([("d", LINK, "."), ("z", LINK, "d/..")], "outside"),
        ([("d", LINK, "."), ("d/d/y", LINK, "../..")], "lies behind a link"),
        ([("d", LINK, "e"), ("d/x", FILE, "")], "lies behind a link"),
        ([("a", FILE, ""), ("b", HARD, "a")], "is no file, folder or link"),
        ([("a", FIFO, "")], "is no file, folder or link"),
    ],
)
def test_unsafe_archives_write_nothing(tmp_path: Path, members: list[tuple[str, bytes, str]], why: str) -> None:
    archive = archive_of(tmp_path / "a.tar.gz", ("good", FILE, ""), *members)
    with pytest.raises(ProjectError, match=why):
        unpack(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


def test_links_inside_are_taken(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.tgz", ("d/x", FILE, ""), ("d/y", LINK, "../d/x"), ("z", LINK, "d"))
    assert (unpack(archive, tmp_path / "out") / "z/y").read_text() == "x"


def test_damaged_archives_are_told(project: Path, tmp_path: Path) -> None:
    whole = pack(project, tmp_path).path.read_bytes()
    broken = tmp_path / "broken.tgz"
    for content in (b"", b"no archive", whole[:100], whole[:-200], gzip.compress(b"\0" * 100 + b"x" * 900)):
        broken.write_bytes(content)
        with pytest.raises(ProjectError, match="it is no whole archive"):
            unpack(broken, tmp_path / "out")


def test_unpack_needs_an_archive_and_an_empty_folder(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no such file"):
        unpack(tmp_path / "missing.tgz", tmp_path / "out")
    archive = pack(project, tmp_path).path
    for taken in (project, archive):
        with pytest.raises(ProjectError, match="is not an empty folder"):
            unpack(archive, taken)
    (tmp_path / "empty").mkdir()
    assert tree(unpack(archive, tmp_path / "empty")) == tree(project)
