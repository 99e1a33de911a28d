"""The command line: what it prints for C builds, and install-wrapper."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aiges_native import cli, paths

SIDECAR = "libwrapper.python"


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aiges_native", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_prints_what_a_c_build_needs(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--includes", "--libs", "--libdir", "--cmakedir", "--pkgconfigdir", "--version"]
    assert cli.main(options) == 0
    includes, libs, libdir, cmakedir, pkgconfigdir, version = capsys.readouterr().out.splitlines()
    assert (Path(includes.removeprefix("-I")) / "aiges" / "wrapper.h").is_file()
    assert libs.split() == [f"-L{libdir}", f"-Wl,-rpath,{libdir}", "-laiges"]
    assert (Path(libdir) / "libaiges.so").is_file()
    assert (Path(cmakedir) / "aigesConfig.cmake").is_file()
    assert (Path(pkgconfigdir) / "aiges.pc").is_file()
    assert version.count(".") == 2


def test_module_and_command_are_the_same_program(tmp_path: Path) -> None:
    shown = run("--libdir", cwd=tmp_path)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"{paths.lib_dir()}\n", "")


def test_without_arguments_shows_help_and_fails(tmp_path: Path) -> None:
    shown = run(cwd=tmp_path)
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert "install-wrapper" in shown.stderr


@pytest.mark.parametrize("words", [["--nonsense"], ["nonsense"], ["install-wrapper"]])
def test_wrong_usage_is_exit_code_2(words: list[str], tmp_path: Path) -> None:
    shown = run(*words, cwd=tmp_path)
    assert shown.returncode == 2
    assert shown.stdout == ""


def test_unknown_command_names_the_known_ones(tmp_path: Path) -> None:
    shown = run("nonsense", cwd=tmp_path)
    assert "'nonsense' (there is create, run, check, serve, config, pack, demo, install-wrapper, bench" in shown.stderr


def test_install_wrapper_copies_with_sidecar(tmp_path: Path) -> None:
    assert cli.main(["install-wrapper", str(tmp_path)]) == 0
    library = tmp_path / "libwrapper.so"
    assert not library.is_symlink()
    assert library.read_bytes() == (paths.lib_dir() / "libwrapper.so").read_bytes()
    assert (tmp_path / SIDECAR).read_text() == f"{sys.executable}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [SIDECAR, "libwrapper.so"]


def test_install_wrapper_can_link(tmp_path: Path) -> None:
    assert cli.main(["install-wrapper", str(tmp_path), "--symlink"]) == 0
    assert (tmp_path / "libwrapper.so").readlink() == paths.lib_dir() / "libwrapper.so"
    assert (tmp_path / SIDECAR).read_text() == f"{sys.executable}\n"


@pytest.mark.parametrize("how", ["--copy", "--symlink"])
def test_install_wrapper_replaces_what_is_there(how: str, tmp_path: Path) -> None:
    old = tmp_path / "libwrapper.so"
    old.write_bytes(b"old")
    with old.open("rb") as held:  # a running host keeps the file it has mapped
        assert cli.main(["install-wrapper", str(tmp_path), how]) == 0
        assert held.read() == b"old"
    assert old.read_bytes() == (paths.lib_dir() / "libwrapper.so").read_bytes()


def test_install_wrapper_replaces_its_own_link_by_a_copy(tmp_path: Path) -> None:
    assert cli.main(["install-wrapper", str(tmp_path), "--symlink"]) == 0
    assert cli.main(["install-wrapper", str(tmp_path)]) == 0
    assert not (tmp_path / "libwrapper.so").is_symlink()
    assert (paths.lib_dir() / "libwrapper.so").stat().st_size > 0


def fails(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("cannot ")
    assert "; try " in line
    return line


def test_install_wrapper_refuses_a_missing_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing"
    assert f"into '{missing}': there is no such folder" in fails(["install-wrapper", str(missing)], capsys)
    assert not missing.exists()


def test_install_wrapper_refuses_the_package_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert "own folder" in fails(["install-wrapper", str(paths.lib_dir()), "--symlink"], capsys)
    assert (paths.lib_dir() / "libwrapper.so").is_file()


def test_install_wrapper_reports_what_the_system_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "libwrapper.so" / "in the way").mkdir(parents=True)
    assert "irectory" in fails(["install-wrapper", str(tmp_path)], capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == [SIDECAR, "libwrapper.so"]


def test_install_wrapper_says_when_the_package_has_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paths, "lib_dir", lambda: tmp_path / "nowhere")
    assert "libwrapper.so' is missing" in fails(["install-wrapper", str(tmp_path)], capsys)
