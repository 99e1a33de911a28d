"""Lines of keys, which TOML parsers do not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiges_native.host.config.lines import key_lines, line_of
from aiges_native.sdk.settings import flatten, parse

TEXT = '''\
top = 1
[a] # comment
x = 1
 "y.z" = 2
p.q = [ # [not.a.header]
  [1, 2],
  [3]
]
[ b . "c.d" ]
text = """
[no]
k = 1
"""
literal = \'\'\'
x = [
\'\'\'
last = "a # b [ {"   # c
'single' = { inner = 1 }
[[list]]
one = 1
[[list]]
one = 2
two = "\\"["
end = 1'''


def test_lines_of_all_forms() -> None:
    lines = key_lines(TEXT)
    assert lines == {
        "top": 1, "a": 2, "a.x": 3, "a.y.z": 4, "a.p.q": 5, "b.c.d": 9, "b.c.d.text": 10, "b.c.d.literal": 14,
        "b.c.d.last": 17, "b.c.d.single": 18, "list": 19, "list.one": 20, "list.two": 23, "list.end": 24,
    }  # fmt: skip
    assert key_lines(TEXT.replace("\n", "\r\n")) == lines


def test_every_key_of_real_files_is_found() -> None:
    for path in sorted((Path(__file__).parent / "samples").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        lines, rows = key_lines(text), text.splitlines()
        for name, _ in flatten(parse(text, path)):
            assert name.rpartition(".")[2] in rows[lines[name] - 1], (path.name, name)


def test_what_is_not_found_has_the_line_around_it() -> None:
    lines = key_lines("[a]\nb = { c = 1 }\n")
    assert line_of(lines, "a.b.c") == 2 and line_of(lines, "a.z") == 1 and line_of(lines, "z") == 0
    assert line_of(key_lines("[a]\nx = 1\nb.c = 1\n"), "a.b") == 3


@pytest.mark.parametrize(
    "text", ["", "[", "]", "=", "a = [", 'a = "', "a = '''", "\n\n", "[a", "é = 1", "a = {", "\x00"]
)
def test_broken_texts_do_no_harm(text: str) -> None:
    assert all(line > 0 for line in key_lines(text).values())
