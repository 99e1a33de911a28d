"""The commands create, pack and config, as `aiges-native` and as `python -m aiges`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aiges_native import cli, paths


def run(*words: str, cwd: Path, module: str = "aiges") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def fails(code: int, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command line that ends with that code."""
    assert cli.main(words) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("cannot ") and "; try " in line
    return line


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- python -m aiges ----------------------------------------------------------------------------------------------


def test_no_command_is_a_usage_error(tmp_path: Path) -> None:
    shown = run(cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.startswith("usage: python -m aiges ")
    assert "  create " in shown.stderr and "python -m aiges COMMAND --help" in shown.stderr


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["create"], "usage: python -m aiges create "),
        (["create", "-n"], "usage: python -m aiges create "),
        (["create", "-n", "a", "--template", "twice"], "usage: python -m aiges create "),
        (["pack", "x"], "usage: python -m aiges pack "),
        (["config", "set", "a.b"], "usage: python -m aiges config set "),
        (["config", "nonsense"], "usage: python -m aiges config "),
        (["nonsense"], "usage: python -m aiges "),
    ],
)
def test_wrong_usage(words: list[str], usage: str, tmp_path: Path) -> None:
    shown = run(*words, cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.startswith(usage) and "Traceback" not in shown.stderr
    assert not list(tmp_path.iterdir())


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    shown = run("--version", cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (0, f"{paths.__version__}\n")


@pytest.mark.parametrize("module", ["aiges", "aiges_native"])
def test_both_names_do_the_same(module: str, tmp_path: Path) -> None:
    shown = run("create", "-n", "demo", cwd=tmp_path, module=module)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert (tmp_path / "demo/wrapper/wrapper.py").is_file()


def test_help_names_the_templates(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["create", "--help"])
    shown = capsys.readouterr().out
    assert caught.value.code == 0
    assert all(f"\n  {name} " in shown for name in ("once", "stream", "async", "c-engine"))


# --- create -------------------------------------------------------------------------------------------------------


def test_create_tells_what_it_made(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "sub").mkdir()
    assert cli.main(["create", "-n", "demo", "-p", "sub"]) == 0
    first, *files, last = capsys.readouterr().out.splitlines()
    assert first == "created 'sub/demo' from template 'once':"
    assert "  wrapper/wrapper.py" in files and all((here / "sub/demo" / name.strip()).is_file() for name in files)
    assert last.startswith("next, in it: ")


def test_create_takes_a_template(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["create", "-n", "demo", "--template", "c-engine"]) == 0
    assert "make && pytest" in capsys.readouterr().out
    assert (here / "demo/engine.c").is_file()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_create_refuses_bad_names(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fails(2, ["create", "-n", name], capsys)
    assert not list(here.iterdir())


def test_create_refuses_a_missing_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "mkdir -p 'missing'" in fails(2, ["create", "-n", "a", "-p", "missing"], capsys)


def test_create_overwrites_only_by_force(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a").mkdir()
    (here / "a/README.md").write_text("mine")
    assert "--force" in fails(2, ["create", "-n", "a"], capsys)
    assert (here / "a/README.md").read_text() == "mine"
    assert cli.main(["create", "-n", "a", "--force"]) == 0
    assert (here / "a/README.md").read_text() != "mine"


# --- pack ---------------------------------------------------------------------------------------------------------


def test_pack_prints_files_size_and_digest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["create", "-n", "a"])
    capsys.readouterr()
    assert cli.main(["pack", "-l", "a"]) == 0
    *names, last = capsys.readouterr().out.splitlines()
    assert "wrapper/test_data/test.png" in names
    size, digest = (here / "pywrapper.tar.gz").stat().st_size, last.rpartition(" ")[2]
    assert last == f"pywrapper.tar.gz: {size:,} bytes, SHA-256 {digest}" and len(digest) == 64


@pytest.mark.parametrize(("out", "made"), [("out", "out/pywrapper.tar.gz"), ("out/b.tgz", "out/b.tgz")])
def test_pack_honours_out(out: str, made: str, here: Path) -> None:
    cli.main(["create", "-n", "a"])
    (here / "out").mkdir()
    assert cli.main(["pack", "-l", "a", "-o", out]) == 0
    assert [str(path.relative_to(here)) for path in here.rglob("*gz")] == [made]


def test_pack_needs_a_wrapper(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no wrapper.py" in fails(1, ["pack"], capsys)
    assert not list(here.iterdir())


# --- config -------------------------------------------------------------------------------------------------------


def test_config_shows_reads_and_edits(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def shown(*words: str) -> str:
        assert cli.main(["config", *words]) == 0
        return capsys.readouterr().out

    assert shown("init") == "aiges.toml: written\n"
    written = (here / "aiges.toml").read_text()
    keys = shown().splitlines()
    assert 'wrapper.common.lic = "10"' in keys and "svcName.port = 5090" in keys
    assert shown("set", "wrapper.common.lic", "20") == "aiges.toml: wrapper.common.lic = 20\n"
    assert shown("set", "fc.wave", "-5") == "aiges.toml: fc.wave = -5\n"
    assert shown("get", "wrapper.common.lic") == "20\n"
    changed = set(shown().splitlines()) ^ set(keys)
    assert changed == {'wrapper.common.lic = "10"', 'wrapper.common.lic = "20"', "fc.wave = -5"}
    assert (here / "aiges.toml").read_text().count("#") == written.count("#")


@pytest.mark.parametrize("words", [["--toml", "b.toml", "get", "s.k"], ["get", "s.k", "--toml", "b.toml"]])
def test_config_takes_another_file(words: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "b.toml").write_text("[s]\nk = 1\n")
    assert cli.main(["config", *words]) == 0
    assert capsys.readouterr().out == "1\n"


def test_config_without_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["get", "a.b"], ["set", "a.b", "1"]):
        assert "try aiges-native config init" in fails(1, ["config", *words], capsys)
    assert not list(here.iterdir())


def test_config_init_replaces_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "aiges.toml").write_text("mine = 1\n")
    assert "was not changed" in fails(1, ["config", "init"], capsys)
    assert (here / "aiges.toml").read_text() == "mine = 1\n"


def test_config_names_unknown_keys_and_broken_places(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "aiges.toml").write_text("[wrapper]\nlic = 1\n")
    assert "'wrapper.lik'" in fails(1, ["config", "get", "wrapper.lik"], capsys)
    (here / "aiges.toml").write_text("[wrapper]\nlic = \n")
    for words in ([], ["get", "wrapper.lic"], ["set", "wrapper.lic", "1"]):
        assert "at line 2, column 7" in fails(1, ["config", *words], capsys)
