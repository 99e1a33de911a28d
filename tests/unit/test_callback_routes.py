"""Whose receiver a callback reaches when several engines of one process use the same names."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

import aiges_native

WRAPPER = """
    from aiges_native.sdk import Response, ResponseData, callback, cancelled

    class Wrapper:
        def wrapperInit(self, config):
            self.name = config["name"]
            return 0
        def wrapperCreate(self, params, sid, persId, usrTag):
            self.names = {"tag": usrTag, "sid": sid, "handle": "handle"}
            return "handle"
        def wrapperWrite(self, handle, req):
            callback(Response([ResponseData("k", self.name, status=1)]), self.names[req.list[0].data.decode()])
            return 0
"""


@pytest.fixture
def engines(tmp_path: Path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "wrapper.py").write_text(textwrap.dedent(WRAPPER))
    with aiges_native.open(tmp_path / "a", {"name": "a"}) as a, aiges_native.open(tmp_path / "b", {"name": "b"}) as b:
        yield a, b


@pytest.mark.parametrize("by", ["tag", "sid", "handle"])
def test_each_engine_has_its_own_names(engines, by):
    got: dict[str, list[bytes]] = {"a": [], "b": []}
    sessions = [
        engine.create({"sid": "s"}, usr_tag="t", on_result=lambda result, name=name: got[name].append(result.data))
        for name, engine in zip("ab", engines, strict=True)
    ]
    for session in sessions * 2:
        session.write(by)
    for session in sessions:
        session.close()
    assert got == {"a": [b"a", b"a"], "b": [b"b", b"b"]}


def test_the_other_engines_session_is_found_all_the_same(engines):
    """A wrapper may answer for another one of the process: what it has no session for is looked up everywhere."""
    got: list[bytes] = []
    a, b = engines
    with (
        a.create({"sid": "of a"}, usr_tag="a"),
        b.create({"sid": "s"}, usr_tag="a", on_result=lambda r: got.append(r.data)),
    ):
        pass
    with b.create(usr_tag="x", on_result=lambda result: got.append(result.data)), a.create(usr_tag="x") as deaf:
        deaf.write("tag")
    assert got == [b"a"]


SLOW = """
    from aiges_native.sdk import Response, ResponseData, callback

    class Wrapper:
        def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
            return 0
"""


def test_a_request_is_cancelled_in_its_own_engine(tmp_path):
    engines = []
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "wrapper.py").write_text(textwrap.dedent(SLOW))
        engines.append(aiges_native.open(tmp_path / name))
    for engine in engines:
        engine.exec_async(b"x", usr_tag="t", on_result=lambda value: None, timeout=0.5)
    assert [engine.cancel("t") for engine in engines] == [True, True]
    for engine in engines:
        engine.close()
