"""The command line of the service: flags of AIservice, and their modern forms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aiges_native.host.config import Flags, UsageError, parse
from aiges_native.host.config.flags import version_text

OLD, NEW = "AIservice", "aiges-native serve"


def refused(program: str, *argv: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse(argv, program)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("-m 0", {}),
        ("-m=0 -c a.toml -s svc", {"file": Path("a.toml"), "service": "svc"}),
        ("--m=0 --c a.toml --s=svc", {"file": Path("a.toml"), "service": "svc"}),
        ("-dc d.toml", {"default_file": Path("d.toml")}),
        ("-init", {"action": "init"}),
        ("-init=true", {"action": "init"}),
        ("-init=false", {}),
        ("-v", {"action": "version"}),
        ("-v=1", {"action": "version"}),
        ("--config a.toml --service svc --strict --supervise", {
            "file": Path("a.toml"), "service": "svc", "strict": True, "supervise": True,
        }),
        ("-p P -g G -polaris-prefix X", {
            "settings": {"config.project": "P", "config.group": "G", "config.prefix": "X"},
        }),
        ("-m 1 -u etcd://a:1 -p P", {"settings": {"config.source": "etcd://a:1", "config.project": "P"}}),
        ("-m 1 --config-source zk://a", {"settings": {"config.source": "zk://a"}}),
        ("-m 0 -u etcd://a:1", {"warnings": ("-u: no effect with -m 0, which reads a file",)}),
        ("-u etcd://a:1", {"warnings": ("-u: no effect with -m 0, which reads a file",)}),
        ("-plugin x -mnist -bvt=1 -bvtUrl u -m 0", {
            "warnings": ("-plugin: no effect", "-mnist: no effect", "-bvt: no effect", "-bvtUrl: no effect"),
        }),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_old_flags(line: str, fields: dict[str, Any]) -> None:
    assert parse(line.split(), OLD) == Flags(**{"file": Path("aiges.toml"), "service": "svcName", **fields})


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("", {}),
        ("echo library/ocr", {"engines": ("echo", "library/ocr")}),
        ("--version", {"action": "version"}),
        ("--project P --group G --prefix X --centre etcd://a --require-centre", {
            "settings": {
                "config.source": "etcd://a", "config.project": "P", "config.group": "G", "config.prefix": "X",
                "config.require": True,
            },
        }),
        ("--set fc.max=3 --set http.listen=:8080 --set wrapper.a=b=c", {
            "settings": {"fc.max": "3", "http.listen": ":8080", "wrapper.a": "b=c"},
        }),
        ("-s svc -- -bvt", {"service": "svc", "engines": ("-bvt",)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_modern_flags(line: str, fields: dict[str, Any]) -> None:
    assert parse(line.split(), NEW) == Flags(**fields)


def test_the_old_program_without_flags_prints_its_usage() -> None:
    text = refused(OLD)
    assert text.startswith("usage: AIservice") and "-polaris-prefix" in text
    assert refused("bin/AIservice").startswith("usage: bin/AIservice")
    assert refused(NEW, "--help").startswith("usage: aiges-native serve")


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["-m", "2"], "-m 2: a configuration source of one's own is not offered"),
        (["-m", "1"], "-m 1 needs the address of the centre: -u etcd://HOST:PORT"),
        (["-m", "3"], "invalid choice"),
        (["--colour"], "unrecognized arguments: --colour"),
        (["-c"], "expected one argument"),
        (["--set", "max=3"], "--set max=3: expected SECTION.KEY=VALUE"),
        (["--set", "fc.max"], "expected SECTION.KEY=VALUE"),
    ],
)
@pytest.mark.parametrize("program", [OLD, NEW])
def test_wrong_usage(argv: list[str], why: str, program: str) -> None:
    text = refused(program, *argv)
    assert text.startswith(f"usage: {program}") and why in text


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Flags().config_file() is None
    assert parse(["-m", "0"], OLD).config_file() == Path("aiges.toml"), "its absence is told"
    both = Flags(file=Path("a.toml"), default_file=Path("d.toml"))
    assert both.config_file() == Path("a.toml")
    Path("d.toml").touch()
    assert both.config_file() == Path("d.toml")
    Path("a.toml").touch()
    assert both.config_file() == Path("a.toml")
    Path("aiges.toml").touch()
    assert Flags().config_file() == Path("aiges.toml")


def test_version() -> None:
    from aiges_native.paths import __version__

    assert version_text().startswith(f"aiges_native {__version__}, engine ABI 1.0 to 1.")


def test_flags_and_the_default_file_need_no_msgspec() -> None:
    program = (
        "import sys; sys.modules['msgspec'] = None\n"
        "from aiges_native.host import config\n"
        "assert config.default_file() and config.parse(['-v'], 'AIservice')\n"
        "assert 'argparse' in sys.modules and 'tomllib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
