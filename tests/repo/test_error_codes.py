"""errors.h and ERRORS.md say the same: every code with its message, cause, outcome and cure."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADER = {
    name: int(value)
    for name, value in re.findall(r"AIGES_ERR_(\w+) = (-\d+)", (ROOT / "include/aiges/errors.h").read_text())
}
PAGE = (ROOT / "include/aiges/ERRORS.md").read_text()
SECTIONS = {
    name: (int(code), body)
    for code, name, body in re.findall(r"^### (-\d+) (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def test_every_code_is_documented_and_nothing_else():
    assert {name: code for name, (code, _) in SECTIONS.items()} == HEADER


def test_codes_are_unique_and_in_their_blocks():
    assert len(set(HEADER.values())) == len(HEADER)
    assert all(-20199 <= code <= -20001 for code in HEADER.values())


@pytest.mark.parametrize("name", HEADER)
def test_section_has_all_its_parts(name):
    body = SECTIONS[name][1]
    assert re.match(r"\n`[a-z].*`\n", body), "the message comes first"
    for part in ("Cause", "Outcome", "What to do"):
        assert re.search(rf"^- \*\*{part}\.\*\* \S.*\.$", body, re.MULTILINE), part


@pytest.mark.parametrize("name", HEADER)
def test_message_is_what_the_library_says(name):
    path = ROOT / "aiges_native/lib/libaiges.so"
    if not path.exists():
        pytest.skip("libaiges.so is not built (make build)")
    library = ctypes.CDLL(str(path))
    library.aiges_engine_error.restype = ctypes.c_char_p
    code, body = SECTIONS[name]
    assert f"`{library.aiges_engine_error(None, code).decode()}`" == body.strip().splitlines()[0]
