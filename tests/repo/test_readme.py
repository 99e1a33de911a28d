"""The examples of the documents, run as they stand.

A fenced block is run when a comment stands just before it:

    <!-- test: python -->          a program; `print(...)  # expected` says what a line prints
    <!-- test: python-wrapper -->  a wrapper.py, opened from Python and given b"abc" under the key `data`
    <!-- test: c -->               a program against libaiges.so, built with `aiges-native`'s pkg-config file
    <!-- test: sh -->              commands, stopped at the first that fails

Each in a folder of its own that has the tree's examples/, with an engine `echo` and the tree's library/ on
AIGES_LIBRARY_PATH.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import aiges_native
from aiges_native.paths import pkgconfig_dir

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- test: ([\w-]+) -->\n```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"python": "python", "python-wrapper": "python", "c": "c", "sh": "sh"}


@dataclass
class Example:
    kind: str
    language: str
    text: str
    place: str


def examples() -> list[Example]:
    found = []
    places = ("*.md", "include/aiges/*.md", "library/*.md", "examples/*/*.md")
    for path in sorted(path for place in places for path in ROOT.glob(place)):
        text = path.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            found.append(Example(block[1], block[2], block[3], f"{path.relative_to(ROOT)}:{line}"))
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """AIGES_LIBRARY_PATH: a folder with the C echo, then the tree's library/."""
    folder = tmp_path_factory.mktemp("library")
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
    flags = ["-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", f"-I{ROOT}/include"]
    subprocess.run(["cc", *flags, ROOT / "csrc/engines/echo.c", "-o", folder / "libecho.so", "-lm"], check=True)
    return f"{folder}:{ROOT / 'library'}"


def run(command: list[str], folder: Path, library: str) -> str:
    environment = {
        **os.environ,
        "AIGES_LIBRARY_PATH": library,
        "PKG_CONFIG_PATH": str(pkgconfig_dir()),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def expected_lines(text: str) -> list[str]:
    """What the comments after print() promise."""
    return [found[1] for found in re.finditer(r"^\s*print\(.*\)\s+# (.*)$", text, re.MULTILINE)]


def run_python(example: Example, folder: Path, library: str) -> None:
    (folder / "example.py").write_text(example.text)
    printed = run([sys.executable, "example.py"], folder, library)
    assert printed.splitlines() == expected_lines(example.text)


def run_wrapper(example: Example, folder: Path, library: str) -> None:
    (folder / "wrapper.py").write_text(example.text)
    with aiges_native.open(folder) as engine:
        assert len(engine.exec(b"abc")) > 0


def run_c(example: Example, folder: Path, library: str) -> None:
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config is not installed (Debian, Ubuntu: apt-get install pkg-config)")
    (folder / "host.c").write_text(example.text)
    flags = run(["pkg-config", "--cflags", "--libs", "aiges"], folder, library).split()
    run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "host.c", "-o", "host", *flags], folder, library)
    assert run(["./host"], folder, library)


def run_sh(example: Example, folder: Path, library: str) -> None:
    for program, package in (("curl", "curl"),):
        if program in example.text and shutil.which(program) is None:
            pytest.skip(f"'{program}' is not on PATH (Debian, Ubuntu: apt-get install {package})")
    (folder / "examples").symlink_to(ROOT / "examples")
    run(["sh", "-e", "-c", example.text], folder, library)


RUNNERS = {"python": run_python, "python-wrapper": run_wrapper, "c": run_c, "sh": run_sh}


@pytest.mark.parametrize("example", examples(), ids=lambda example: f"{example.place}-{example.kind}")
def test_examples(example: Example, tmp_path: Path, library: str) -> None:
    assert example.kind in KINDS, f"{example.place}: '{example.kind}' is none of {', '.join(KINDS)}"
    assert example.language == KINDS[example.kind], f"{example.place}: the fence says '{example.language}'"
    RUNNERS[example.kind](example, tmp_path, library)


def test_every_marked_block_is_found() -> None:
    marks = sum(path.read_text(encoding="utf-8").count("<!-- test:") for path in ROOT.glob("*.md"))
    assert marks == sum(1 for example in examples() if "/" not in example.place), "a comment without a fence below it"
    assert {"python", "c"} <= {example.kind for example in examples() if example.place.startswith("README.md")}
