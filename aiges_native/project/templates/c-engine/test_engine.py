"""The engine as a host sees it; built before the first test."""

import subprocess
import sys
from pathlib import Path

import pytest

import aiges_native

HERE = Path(__file__).parent
LIBRARY = HERE / "lib@SERVICE@.so"


@pytest.fixture(scope="module")
def engine():
    subprocess.run(["make", "-s", "-C", HERE, f"PYTHON={sys.executable}", LIBRARY.name], check=True)
    with aiges_native.open(LIBRARY) as engine:
        yield engine


def test_counts_words(engine):
    assert engine.exec("to be or not to be")["words"].text() == "6"


def test_counts_long_words(engine):
    assert engine.exec("to be or not to be", {"min": "3"})["words"].text() == "1"


@pytest.mark.parametrize("wrong", ["many", "-1", ""])
def test_refuses_a_wrong_number(engine, wrong):
    with pytest.raises(aiges_native.AigesError, match="'min' is no whole number"):
        engine.exec("to be", {"min": wrong})


def test_session_is_read(engine):
    with engine.create() as session:
        counts = []
        for piece, last in (("to be o", False), ("r not", True)):
            session.write(piece, last=last)
            counts += [node.text() for node in session.read()]
        assert counts == ["2", "4"]


def test_session_with_callback(engine):
    results = []
    with engine.create(on_result=results.append) as session:
        session.write("to be o")
        session.write("r not", last=True)
    assert [result["words"].text() for result in results] == ["2", "4"]
    assert [result.final for result in results] == [False, True]


def test_nothing_after_the_end(engine):
    with engine.create() as session:
        session.write("to be", last=True)
        with pytest.raises(aiges_native.AigesError, match="had its last piece"):
            session.write("or not")
