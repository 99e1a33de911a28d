"""libwrapper.so in front of a C engine: config key `engine`, or the variable AIGES_ENGINE."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from embedding import Drive


@pytest.fixture
def with_echo(place: Path, programs: Path) -> Path:
    shutil.copy(programs / "libecho.so", place)
    return place


def test_configured_engine_takes_the_fifteen_functions(drive: Drive, with_echo: Path) -> None:
    drive("front", "engine=libecho.so", cwd=with_echo)


def test_engine_of_the_environment(drive: Drive, with_echo: Path) -> None:
    drive("front", cwd=with_echo, AIGES_ENGINE="libecho.so")
    drive("front", cwd=with_echo, AIGES_ENGINE=str(with_echo / "libecho.so"))


def test_engine_in_the_library_folder(drive: Drive, with_echo: Path) -> None:
    (with_echo / "library").mkdir()
    (with_echo / "libecho.so").rename(with_echo / "library" / "libecho.so")
    drive("front", "engine=libecho.so", cwd=with_echo)


def test_python_engine_afterwards(drive: Drive, with_echo: Path) -> None:
    drive("front", "python", "engine=libecho.so", cwd=with_echo)


def test_missing_engine_is_explained(drive: Drive, place: Path) -> None:
    code, text, *_ = drive("init-fails", "engine=libmissing.so", cwd=place).out.splitlines()
    assert code == "-20101" and "libmissing.so" in text


def test_engine_that_is_none_is_explained(drive: Drive, place: Path) -> None:
    code, text, *_ = drive("init-fails", "engine=libm.so.6", cwd=place).out.splitlines()
    assert code == "-20102" and "wrapper" in text
