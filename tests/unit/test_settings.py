"""aiges.toml: read for a wrapper, shown and edited by the command."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aiges_native.project import ProjectError, settings
from aiges_native.sdk.settings import SettingsError, find_settings, read_settings, wrapper_config

FULL = """\
# the file of a service
top = 1

[wrapper] # what wrapperInit gets
"common.lic" = "10"   # quoted # twice
model.path = "/models/a#b"
ratio = 0.5
fast = true # or false
names = [
    "a", # first
    "b",
]
text = \"\"\"
[no.header]
lic = 3
\"\"\"

[wrapper.deep]
key = 'it # is'

[fc]
max = 4

[[list]]
max = 1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "aiges.toml"
    path.write_text(FULL, encoding="utf-8")
    return path


def test_config_of_a_wrapper_is_text(file: Path) -> None:
    assert wrapper_config(read_settings(file)) == {
        "common.lic": "10",
        "model.path": "/models/a#b",
        "ratio": "0.5",
        "fast": "true",
        "names": '["a", "b"]',
        "text": "[no.header]\nlic = 3\n",
        "deep.key": "it # is",
    }


def test_a_file_without_the_section_gives_no_config(tmp_path: Path) -> None:
    path = tmp_path / "aiges.toml"
    path.write_text("[fc]\nmax = 1\n")
    assert read_settings(path) == {"fc": {"max": 1}}
    assert wrapper_config(read_settings(path)) == {}


def test_keys_without_section_are_kept_apart(file: Path) -> None:
    assert read_settings(file)[""] == {"top": 1, "list": [{"max": 1}]}


def test_the_first_folder_with_a_file_counts(file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert find_settings(tmp_path / "empty", tmp_path / "missing", tmp_path) == file
    assert find_settings(str(tmp_path / "empty")) is None
    assert find_settings() is None


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"[wrapper]\nkey = \n", 2, 7),
        (b"[wrapper]\nkey = 1\nkey = 2\n", 3, 8),
        (b"[wrapper", 1, 9),
        (b'[wrapper]\nkey = """a\n', 3, 1),
        (b'# \xc3\xa4\n"\xc3\xa4\xff" = 1\n', 2, 3),
    ],
)
def test_broken_files_are_placed(tmp_path: Path, content: bytes, line: int, column: int) -> None:
    path = tmp_path / "aiges.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert (caught.value.path, caught.value.line, caught.value.column) == (path, line, column)
    text = str(caught.value)
    assert text.startswith(f"cannot read '{path}': ") and f" at line {line}, column {column}; try " in text


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file or directory; try aiges-native config init") as caught:
        read_settings(tmp_path / "aiges.toml")
    assert caught.value.line == 0 and "at line" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a directory"):
        read_settings(tmp_path)


def test_editors_marks_and_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "aiges.toml"
    path.write_bytes(b'\xef\xbb\xbf[wrapper]\r\nkey = "a" # b\r\n')
    assert wrapper_config(read_settings(path)) == {"key": "a"}
    settings.set_value(path, "wrapper.key", "c")
    settings.set_value(path, "wrapper.more", "d")
    assert path.read_bytes() == b'\xef\xbb\xbf[wrapper]\r\nkey = "c" # b\r\nmore = "d"\r\n'


def test_reading_needs_no_parser_until_it_reads() -> None:
    code = "import sys, aiges_native.sdk.settings as s; print({'tomllib', 'tomli', 'json', 're'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert "toml" not in shown.stdout


# --- get, set, init -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [("wrapper.common.lic", "10"), ("wrapper.fast", "true"), ("wrapper.deep.key", "it # is"), ("fc.max", "4")],
)
def test_get(file: Path, key: str, value: str) -> None:
    assert settings.get(file, key) == value


def test_get_proposes_the_key_that_was_meant(file: Path) -> None:
    with pytest.raises(ProjectError, match=r"has no such key; try wrapper\.common\.lic"):
        settings.get(file, "wrapper.comon.lic")
    with pytest.raises(ProjectError, match="which shows all keys"):
        settings.get(file, "zzz")


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("wrapper.common.lic", "20", '"10"   # quoted', '"20"   # quoted'),
        ("wrapper.model.path", 'C:\\x "y" # z', '"/models/a#b"', '"C:\\\\x \\"y\\" # z"'),
        ("wrapper.ratio", "0.25", "ratio = 0.5", "ratio = 0.25"),
        ("wrapper.ratio", "1.10", "ratio = 0.5", 'ratio = "1.10"'),
        ("wrapper.fast", "false", "fast = true #", "fast = false #"),
        ("wrapper.fast", "yes", "fast = true #", 'fast = "yes" #'),
        ("wrapper.names", "[1, 2]", '[\n    "a", # first\n    "b",\n]', "[1, 2]"),
        ("wrapper.text", "one\nline", '"""\n[no.header]\nlic = 3\n"""', '"one\\nline"'),
        ("wrapper.deep.key", "", "'it # is'", '""'),
        ("fc.max", "8", "max = 4", "max = 8"),
        ("fc.max", '"8"', "max = 4", 'max = "8"'),
        ("fc.max", "007", "max = 4", 'max = "007"'),
        ("fc.max", "1979-05-27", "max = 4", 'max = "1979-05-27"'),
    ],
)
def test_set_changes_the_value_and_nothing_else(file: Path, key: str, value: str, old: str, new: str) -> None:
    assert FULL.count(old) == 1
    settings.set_value(file, key, value)
    assert file.read_text(encoding="utf-8") == FULL.replace(old, new)
    assert settings.get(file, key) == (value.strip('"') if value == '"8"' else value)


@pytest.mark.parametrize(
    ("key", "after", "line"),
    [
        ("wrapper.new.key", 'lic = 3\n"""\n', '"new.key" = 5\n'),
        ("wrapper.new", 'lic = 3\n"""\n', "new = 5\n"),
        ("fc.best", "max = 4\n", "best = 5\n"),
        ("fc.deep.best", "max = 4\n", "deep.best = 5\n"),
    ],
)
def test_set_adds_a_key_to_its_section(file: Path, key: str, after: str, line: str) -> None:
    settings.set_value(file, key, "5")
    assert file.read_text() == FULL.replace(after, after + line)


def test_set_adds_a_section(file: Path) -> None:
    settings.set_value(file, "http.listen", "127.0.0.1:1888")
    assert file.read_text() == FULL + '\n[http]\nlisten = "127.0.0.1:1888"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[wrapper]\n"a.b" = 1\n'),
        ("[wrapper]", '[wrapper]\n"a.b" = 1\n'),
        ("x = 1", 'x = 1\n\n[wrapper]\n"a.b" = 1\n'),
    ],
)
def test_set_in_files_without_an_end(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "aiges.toml"
    path.write_text(before)
    settings.set_value(path, "wrapper.a.b", "1")
    assert path.read_text() == after


def test_a_key_of_another_table_goes_into_that_table(tmp_path: Path) -> None:
    path = tmp_path / "aiges.toml"
    path.write_text("[engines]\n\n[engines.ocr]\nmax = 1\n\n[engines.tts]\n")
    settings.set_value(path, "engines.ocr.workers", "2")
    assert path.read_text() == "[engines]\n\n[engines.ocr]\nmax = 1\nworkers = 2\n\n[engines.tts]\n"


@pytest.mark.parametrize("key", ["wrapper", "", ".", "wrapper.", ".lic", "wrapper..lic"])
def test_set_needs_a_section_and_a_key(file: Path, key: str) -> None:
    with pytest.raises(ProjectError, match=r"a key is section\.key; try wrapper\."):
        settings.set_value(file, key, "1")
    assert file.read_text() == FULL


@pytest.mark.parametrize("key", ["list.max", "top.x", "wrapper.model"])
def test_what_one_edit_cannot_do_is_refused(file: Path, key: str) -> None:
    with pytest.raises(ProjectError, match="allows no single edit; try editing the file by hand"):
        settings.set_value(file, key, "1")
    assert file.read_text() == FULL


def test_an_inline_table_is_left_to_its_author(tmp_path: Path) -> None:
    path = tmp_path / "aiges.toml"
    path.write_text("wrapper = { lic = 1 }\n")
    with pytest.raises(ProjectError, match="by hand"):
        settings.set_value(path, "wrapper.lic", "2")


def test_set_refuses_what_is_no_text(file: Path) -> None:
    with pytest.raises(ProjectError, match="not UTF-8"):
        settings.set_value(file, "wrapper.key", "\udcff")


def test_set_keeps_permissions_and_links(file: Path, tmp_path: Path) -> None:
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file.name)
    settings.set_value(link, "fc.max", "9")
    assert link.is_symlink() and stat.S_IMODE(file.stat().st_mode) == 0o640
    assert settings.get(file, "fc.max") == "9"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aiges.toml", "link.toml"]


def test_set_says_when_it_cannot_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ProjectError, match="cannot be written: permission denied"):
        settings.set_value(file, "fc.max", "9")
    assert file.read_text() == FULL and len(list(file.parent.iterdir())) == 1


def test_init_writes_a_commented_default(tmp_path: Path) -> None:
    path = tmp_path / "aiges.toml"
    settings.init(path)
    assert wrapper_config(read_settings(path)) == {"common.lic": "10"}
    assert path.read_text().startswith("#")


def test_init_replaces_nothing(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="there is one already, and it was not changed"):
        settings.init(file)
    assert file.read_text() == FULL
    with pytest.raises(ProjectError, match="no such file or directory"):
        settings.init(tmp_path / "missing" / "aiges.toml")
