"""`config show`, `config init` and the default file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from aiges_native import cli
from aiges_native.host.config import default_file
from aiges_native.sdk.settings import read_settings, wrapper_config


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str], list[str]]:
    pytest.importorskip("msgspec")
    code = cli.main(["config", "show", *words])
    shown = capsys.readouterr()
    return code, shown.out.splitlines(), shown.err.splitlines()


def test_the_default_file_loads_without_findings(here: Path) -> None:
    pytest.importorskip("msgspec")
    from aiges_native.host.config import load
    from aiges_native.host.config.sections.units import cpu_count

    Path("aiges.toml").write_text(default_file())
    loaded = load("aiges.toml", service="svcName", strict=True)
    assert loaded.findings == ()
    config = loaded.config
    assert (config.fc.max, config.fc.ttl, config.log.level) == (cpu_count(), 15000, "info")
    assert config.wrapper == {"common.lic": "10"} and config.listen.grpc.port == 5090


def test_what_the_default_file_comments_out_are_the_defaults(here: Path) -> None:
    pytest.importorskip("msgspec")
    from aiges_native.host.config import describe, load

    text = default_file()
    opened = re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE)
    assert opened.count("\n#") < text.count("\n#") - 20
    Path("a.toml").write_text(text)
    Path("b.toml").write_text(opened)
    plain, full = load("a.toml", strict=True), load("b.toml", strict=True)
    assert [row[:3] for row in describe(plain)] == [row[:3] for row in describe(full)]
    assert full.findings == ()


def test_the_default_file_has_the_wrapper_section_of_projects(here: Path) -> None:
    assert cli.main(["config", "init"]) == 0
    assert cli.main(["create", "-n", "a"]) == 0
    assert wrapper_config(read_settings("aiges.toml")) == wrapper_config(read_settings("a/aiges.toml"))


def test_show_tells_values_and_where_they_come_from(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("aiges.toml").write_text('[svcName]\nport = 1\n[fc]\nmax = 2\nmaxx = 1\n[wrapper]\nname = "é"\n')
    monkeypatch.setenv("AIGES_LOG__LEVEL", "error")
    code, out, err = show(capsys)
    assert code == 0 and err == ["aiges.toml:5: [fc].maxx: unknown, did you mean max?"]
    assert "svcName.port = 1  # file aiges.toml:2" in out
    assert 'log.level = "error"  # env AIGES_LOG__LEVEL' in out
    assert "fc.ttl = 15000  # default" in out
    assert 'wrapper.name = "é"  # file aiges.toml:7' in out


@pytest.mark.parametrize("words", [["-c", "b.toml"], ["--config", "b.toml"], ["--toml", "b.toml"]])
def test_show_takes_another_file_and_service(words: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.toml").write_text("[fc]\nmax = 2\n[svc]\nport = 3\n")
    code, out, err = show(capsys, *words, "-s", "svc")
    assert (code, err) == (0, []) and "svc.port = 3  # file b.toml:4" in out


def test_show_without_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = show(capsys)
    assert code == 0 and err == ["there is no aiges.toml here: defaults and environment"]
    assert all(line.endswith("# default") for line in out)
    code, out, err = show(capsys, "-c", "b.toml")
    assert code == 78 and out == [] and "cannot read 'b.toml': no such file or directory" in err[0]


def test_show_ends_with_78_when_something_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("aiges.toml").write_text("[fc]\nmax = 0\nmaxx = 1\n")
    expected = "aiges.toml:2: [fc].max = 0: expected a whole number, 1 or more"
    assert show(capsys) == (78, [], [expected])
    assert show(capsys, "--strict")[2] == [expected, "aiges.toml:3: [fc].maxx: unknown, did you mean max?"]
    assert show(capsys, "-s", "svc")[0] == 78
    Path("aiges.toml").write_text("[svcName]\nprot = 1\n[fc]\nmax = 1\n")
    assert show(capsys)[0] == 0
    assert show(capsys, "--strict") == (78, [], ["aiges.toml:2: [svcName].prot: unknown, did you mean port?"])


def test_only_show_needs_msgspec(here: Path) -> None:
    program = (
        "import sys; sys.modules['msgspec'] = None\nfrom aiges_native.cli import main\nsys.exit(main(sys.argv[1:]))"
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", program, "config", *words], capture_output=True, text=True)

    assert run("init").returncode == 0
    assert run("set", "fc.max", "3").returncode == 0
    assert run("get", "fc.max").stdout == "3\n"
    assert run().returncode == 0
    done = run("show")
    assert (done.returncode, done.stdout) == (1, "")
    expected = "cannot show the values of the service: msgspec is not installed; try pip install aiges-native[host]\n"
    assert done.stderr == expected
