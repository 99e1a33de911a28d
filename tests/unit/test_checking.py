"""What `check` finds without running a wrapper's model."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from aiges_native.sdk import Finding, WrapperBase, bind, capabilities, check

GOOD = """
    try:
        from aiges_embed import Response, ResponseData
    except:
        from aiges.dto import Response, ResponseData
    try:
        import no_such_accelerator
    except ImportError:
        no_such_accelerator = None
    from aiges.sdk import WrapperBase, StringBodyField, StringParamField

    class Request:
        mode = StringParamField("mode", value="a")
        text = StringBodyField("text", b"x")

    class Answer:
        result = StringBodyField("result")

    class Wrapper(WrapperBase):
        serviceId = "good"
        version = "v1"
        requestCls = Request()
        responseCls = Answer()

        def wrapperInit(self, config):
            raise AssertionError("called by a check")

        def wrapperOnceExec(self, params, reqData, persId=0):
            params["mode"], params.get("sid"), reqData.get("text")
            params["made here"] = 1
            return Response([ResponseData("result", b"x")])
"""


@pytest.fixture
def written(tmp_path):
    def write(source: str, name: str = "wrapper.py") -> Path:
        (tmp_path / name).write_text(textwrap.dedent(source), encoding="utf-8")
        return tmp_path

    return write


def texts(findings: list[Finding], level: str) -> list[str]:
    return [finding.text for finding in findings if finding.level == level]


def test_a_good_wrapper_is_described_and_not_called(written):
    findings = check(written(GOOD))
    assert not texts(findings, "error") and not texts(findings, "warning")
    assert texts(findings, "note") == [
        "found Wrapper of wrapper.py",
        "wrapperInit(config) is called with (config)",
        "wrapperOnceExec(params, reqData, persId=0) is called with (params, data, pers_id)",
    ]
    assert str(findings[0]).startswith("note: ") and "note" in repr(findings[0])


def test_objects_are_checked_too():
    class Wrapper(WrapperBase):
        pass

    found = check(Wrapper())
    assert texts(found, "error") == [
        "the wrapper answers nothing: define wrapperOnceExec, wrapperOnceExecAsync or wrapperCreate"
    ]
    assert any("serviceId" in text for text in texts(found, "warning"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("class Wrapper:\n    def wrapperOnceExec(self, params, req", "cannot read"),
        (
            "import no_such_one, os\nfrom no_such_two.part import x\n",
            "line 1 imports 'no_such_one', which is not installed",
        ),
        ("import cv2_none as cv2\nclass Wrapper: pass\n", "pip install cv2_none"),
        ("raise ValueError('at import')\n", "ValueError: at import"),
        ("x = 1\n", "has no class 'Wrapper'"),
        ("class Wrapper:\n    def __init__(self): raise ValueError('in init')\n", "in init"),
        (
            "class Wrapper:\n    def wrapperOnceExec(self, a, b, c, d, e, f, g): pass\n",
            "cannot bind method 'wrapperOnceExec': found (a, b, c, d, e, f, g)",
        ),
        ("class Wrapper:\n    async def wrapperOnceExec(self, params, reqData): pass\n", "is 'async def'"),
    ],
)
def test_what_does_not_load_is_an_error(source, words, written):
    errors = texts(check(written(source)), "error")
    assert errors and any(words in text for text in errors), errors


def test_nothing_there_is_an_error(tmp_path):
    assert "holds neither" in texts(check(tmp_path), "error")[0]
    assert "there is no" in texts(check(tmp_path / "none.py"), "error")[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('reqData.get("text")', 'reqData.get("test")', "uses the input 'test', which requestCls does not declare"),
        ('params["mode"],', 'params["mood"],', "uses the param 'mood', which requestCls does not declare"),
        (
            'ResponseData("result"',
            'ResponseData("wrong"',
            "uses the output 'wrong', which responseCls does not declare",
        ),
        ('serviceId = "good"', "", "no serviceId"),
        ('"mode", value="a"', '"mode", enums=["b"], value="a"', "expected one of 'b'"),
        (
            "def wrapperOnceExec(",
            "def wrapperonceExec(self): pass\n    def wrapperOnceExec(",
            "is it 'wrapperOnceExec'?",
        ),
        ("def wrapperOnceExec(", "def wrapperWrite(self, h, r): pass\n    def wrapperOnceExec(", "no wrapperCreate"),
        (
            "def wrapperOnceExec(",
            "def wrapperCreate(self, params, sid): pass\n    def wrapperOnceExec(",
            "no wrapperWrite",
        ),
        (
            "def wrapperInit(",
            "def late(self):\n        import no_such_late\n    def wrapperInit(",
            "imports 'no_such_late'",
        ),
    ],
)
def test_what_is_probably_meant_otherwise_is_a_warning(old, new, words, written):
    source = textwrap.dedent(GOOD)
    assert old in source
    findings = check(written(source.replace(old, new, 1)))
    assert not texts(findings, "error")
    assert any(words in text for text in texts(findings, "warning")), findings


def test_requirements_that_bring_another_aiges_are_named(written):
    folder = written(GOOD)
    (folder / "requirements.txt").write_text("numpy\naiges==0.16.0  # the SDK\n")
    (warning,) = texts(check(folder), "warning")
    assert "line 2" in warning and "replace 'aiges==0.16.0  # the SDK' by 'aiges-native'" in warning


def test_another_distribution_of_the_name_is_named(written, tmp_path, monkeypatch):
    other = tmp_path / "site" / "aiges-0.16.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: aiges\nVersion: 0.16.0\n")
    monkeypatch.syspath_prepend(str(other.parent))
    assert any("'aiges' 0.16.0 is installed too" in text for text in texts(check(written(GOOD)), "warning"))


def test_a_schema_that_cannot_be_made_is_an_error(written):
    source = textwrap.dedent(GOOD).replace('serviceId = "good"', 'serviceId = "serviceId"')
    assert any("the schema" in text for text in texts(check(written(source)), "error"))


def test_capabilities_are_the_methods_of_its_own():
    class Once(WrapperBase):
        def wrapperOnceExec(self, params, reqData):
            pass

    class Stream:
        def wrapperCreate(self, params, sid):
            pass

        def wrapperRead(self, handle):
            pass

        def wrapperLoadRes(self, reqData, resId):
            pass

        wrapperOnceExecAsync = print

    assert capabilities(WrapperBase()) == set() == capabilities(object())
    assert capabilities(Once()) == {"once"} == capabilities(Once)
    assert capabilities(Stream()) == {"stream", "read", "resources", "async"}


def test_bind_is_what_the_loader_uses():
    assert bind(lambda params, reqData, persId=0: 0, "wrapperOnceExec") == (["params", "data", "pers_id"], [])


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aiges_native", "check", *words], cwd=folder, capture_output=True, text=True, timeout=60
    )


def test_command_says_so_and_ends_with_its_code(written):
    folder = written(GOOD)
    done = command(folder)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.endswith("fit to run: 0 errors, 0 warnings\n")
    (folder / "wrapper.py").write_text("import none_such\n")
    done = command(folder)
    assert done.returncode == 1 and done.stdout.endswith("FAILED: 1 error, 0 warnings\n")
    done = command(folder, "--json")
    assert done.returncode == 1 and '"level": "error"' in done.stdout
