"""What a wrapper is before it is called: quiet to import, described by its schemas, judged by a check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiges_native.sdk.checking import check
from aiges_native.sdk.runner import load_target
from corpus.catalog import CASES, GOOD

WITH_SCHEMA = [name for name in GOOD if CASES[name].fields]


def test_importing_and_constructing_is_quiet(environment: dict[str, str], tmp_path: Path) -> None:
    """Nothing is written, and no handler, file or thread is left, whatever the wrapper imports of ours."""
    files = [str(CASES[name].file) for name in GOOD]
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "quiet.py", report, *files],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **environment, "PYTHONWARNINGS": "error,ignore::ResourceWarning"},
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    left = json.loads(report.read_text(encoding="utf-8"))
    found = {Path(path).parent.name: news for path, news in left.items() if news}
    assert found == {}
    assert not list((tmp_path / "log").iterdir())


@pytest.fixture
def wrapper(environment: dict[str, str], request: pytest.FixtureRequest) -> Any:
    return load_target(CASES[request.param].file).wrapper


@pytest.mark.parametrize("wrapper", WITH_SCHEMA, indirect=True)
def test_schemas_are_json(wrapper: Any) -> None:
    for text in (wrapper.schema(), wrapper.schema_legacy(), wrapper.schema_v2()):
        assert isinstance(json.loads(text), dict)
    assert wrapper.schema() == (wrapper.schema_legacy() if wrapper.legacy else wrapper.schema_v2())


def keys_in(value: Any) -> set[str]:
    """Every key, and every text, of a JSON document."""
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys_in(each))}
    if isinstance(value, list):
        return {key for each in value for key in keys_in(each)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("name", WITH_SCHEMA)
def test_schemas_hold_every_field(name: str, environment: dict[str, str]) -> None:
    case = CASES[name]
    wrapper = load_target(case.file).wrapper
    wanted = {key for keys in case.fields.values() for key in keys}
    for text in (wrapper.schema_legacy(), wrapper.schema_v2(), json.dumps(wrapper.openapi())):
        assert wanted - keys_in(json.loads(text)) == set()
    mappings = {kind: list(fields) for kind, fields in wrapper.__mappings__.items()}
    assert mappings == case.fields


@pytest.mark.parametrize("name", WITH_SCHEMA)
def test_openapi_is_a_document_a_reader_accepts(name: str, environment: dict[str, str]) -> None:
    document = load_target(CASES[name].file).wrapper.openapi()
    assert document["openapi"].startswith("3.0.")
    assert document["info"]["title"] and document["info"]["version"]
    assert document["paths"]
    for path, methods in document["paths"].items():
        assert path.startswith("/")
        post = methods["post"]
        assert post["requestBody"]["content"]
        assert "200" in post["responses"] and "default" in post["responses"]
    assert _references(document) <= {f"#/components/schemas/{name}" for name in _components(document)}
    assert "defaultVal" not in keys_in(document)


def _components(document: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    return schemas


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("name", CASES)
def test_a_check_names_the_fault_and_only_it(name: str, environment: dict[str, str]) -> None:
    case = CASES[name]
    findings = check(case.file)
    errors = [finding.text for finding in findings if finding.level == "error"]
    warnings = [finding.text for finding in findings if finding.level == "warning"]
    for words in case.errors:
        assert any(words in error for error in errors), (words, errors)
    for words in case.warnings:
        assert any(words in warning for warning in warnings), (words, warnings)
    if not case.errors:
        assert errors == []


def test_a_check_calls_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "wrapper.py"
    file.write_text(
        "from aiges.sdk import *\n"
        "class Wrapper(WrapperBase):\n"
        "    def wrapperInit(self, config): raise AssertionError('called')\n"
        "    def wrapperOnceExec(self, params, reqData): raise AssertionError('called')\n"
    )
    assert not [finding for finding in check(file) if finding.level == "error"]
