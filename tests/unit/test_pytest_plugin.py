"""The pytest plugin of wrapper authors, as they use it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

WRAPPER = """
    from aiges_native.sdk import *

    class Request:
        text = StringBodyField("text", "hello")

    class Wrapper(WrapperBase):
        requestCls = Request
        def wrapperInit(self, config):
            self.config = config
            return int(config.get("code", "0"))
        def wrapperFini(self):
            print("ended")
            return 0
        def wrapperOnceExec(self, params, reqData):
            text = reqData.get("text").data.decode()
            if text == "bad":
                raise LookupError("no such text")
            return Response([ResponseData("result", text.upper() + params.get("end", ""))])
        def wrapperOnceExecAsync(self, params, reqData, usrTag):
            callback(Response([ResponseData("result", "a", status=0)]), usrTag)
            return callback(Response([ResponseData("result", "b", status=2)]), usrTag)
        def wrapperCreate(self, params, sid, persId, usrTag):
            self.tag, self.seen = usrTag, []
            return "h"
        def wrapperWrite(self, handle, req):
            self.seen.append(req.list[0].status)
            callback(Response([ResponseData("result", req.get("text").data, status=req.list[0].status)]), self.tag)
            return 0
        def wrapperRead(self, handle):
            return Response([ResponseData("result", "read", status=self.seen.pop(0))] if self.seen else [])
"""

TESTS = """
    import pytest
    from aiges_native import AigesError

    def test_once(wrapper):
        assert wrapper.once()["result"].text() == "HELLO"
        assert wrapper.once({"text": "x"}, {"end": "!"})["result"].text() == "X!"

    def test_async(wrapper):
        assert [result.data for result in wrapper.run_async()] == [b"a", b"b"]

    def test_stream(wrapper):
        assert [result.data for result in wrapper.stream()] == [b"hello"] * 3
        assert len(wrapper.stream(frames=2, read=True)) == 2

    def test_failure_shows_the_wrappers_own_exception(wrapper):
        with pytest.raises(AigesError) as caught:
            wrapper.once({"text": "bad"})
        assert isinstance(caught.value.__cause__, LookupError)

    def test_settings_and_engine(wrapper):
        assert wrapper.object.config["level"] == "7"
        assert wrapper.engine.exec({"text": "raw"}).data == b"RAW"
        assert [f for f in wrapper.check() if f.level == "error"] == []

    def test_open_wrapper(open_wrapper, wrapper):
        other = open_wrapper(wrapper.file, {"level": 8})
        assert other.object.config["level"] == "8" and other.object is not wrapper.object
        with pytest.raises(AigesError) as caught:
            open_wrapper(wrapper.file, {"code": 5})
        assert caught.value.code == 5
"""


def pytest_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # No plugin of the surrounding run, nothing of its settings: what an author has who installed pytest and us.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rP", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def project(tmp_path) -> Path:
    (tmp_path / "wrapper").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "wrapper" / "wrapper.py").write_text(textwrap.dedent(WRAPPER))
    (tmp_path / "tests" / "test_it.py").write_text(textwrap.dedent(TESTS))
    (tmp_path / "aiges.toml").write_text("[wrapper]\nlevel = 7\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_the_fixture_calls_the_wrapper_as_a_host_does(project):
    done = pytest_in(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_a_failing_test_shows_the_line_in_the_wrapper(project):
    (project / "tests" / "test_it.py").write_text("def test_it(wrapper):\n    wrapper.once({'text': 'bad'})\n")
    done = pytest_in(project)
    assert done.returncode == 1
    assert 'raise LookupError("no such text")' in done.stdout and "wrapper.py:1" in done.stdout


def test_without_a_wrapper_it_says_where_it_looked(project):
    (project / "wrapper" / "wrapper.py").unlink()
    done = pytest_in(project, "-k", "once")
    assert done.returncode == 1 and "no wrapper.py or wrapper/wrapper.py in" in done.stdout
