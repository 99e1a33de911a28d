"""Wrappers as users write them, under three hosts: a C program, Python, and a local run.

What each must see is written by hand, beside the wrapper.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from aiges_native import sdk
from aiges_native.testing import Subject
from corpus.catalog import SCENARIOS, Case
from corpus.hosts import items_of, open_engine, seen_by_c_host, seen_by_python_host
from corpus.scenario import Failure, Scenario


def compare(seen: list[Any], scenario: Scenario) -> None:
    """Every observation is the expected one, and there are no others."""
    expected: list[Any] = [scenario.init if scenario.init is not None else ()]
    names = ["init"]
    if scenario.init is None:
        expected += [step.expected() for step in scenario.steps] + [() if scenario.fini is None else scenario.fini]
        names += [f"step {number}, {step.verb}" for number, step in enumerate(scenario.steps)] + ["fini"]
    for name, one, other in zip(names, seen, expected, strict=False):
        if isinstance(other, list):
            one = [_same_text(each, want) for each, want in zip(one, other, strict=False)] + list(one[len(other) :])
        assert (name, _same_text(one, other)) == (name, other)
    assert seen[len(expected) :] == [], "results that no step asked for"
    assert len(seen) == len(expected)


def _same_text(seen: Any, expected: Any) -> Any:
    """Where any text will do, one that is there is the expected one; ``...TEXT...`` is a part of it."""
    if not isinstance(seen, Failure) or not isinstance(expected, Failure):
        return seen
    if (expected.text == "" and seen.text != "") or (
        expected.text.startswith("...") and expected.text.strip(".") in seen.text
    ):
        return Failure(seen.code, expected.text)
    return seen


@pytest.fixture(params=SCENARIOS)
def played(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, Scenario]:
    case, scenario = SCENARIOS[request.param]
    for name, value in scenario.environment.items():
        monkeypatch.setenv(name, value)
    return case, scenario


def test_in_a_c_host(played, c_host: Path, environment: dict[str, str], tmp_path: Path) -> None:
    case, scenario = played
    compare(seen_by_c_host(c_host, case.file, scenario, environment, tmp_path), scenario)


def test_in_a_python_host(played, environment: dict[str, str]) -> None:
    case, scenario = played
    compare(seen_by_python_host(lambda: open_engine(case.file, scenario), scenario), scenario)
    gc.collect()


def test_in_the_local_harness(played, environment: dict[str, str]) -> None:
    """The object of the test's own process, as authors test it."""
    case, scenario = played
    compare(seen_by_python_host(lambda: Subject(case.file, scenario.config).engine, scenario), scenario)
    gc.collect()


LOCAL = {
    f"{name}-{number}": (case, scenario, local)
    for name, (case, scenario) in SCENARIOS.items()
    for number, local in enumerate(scenario.local)
}


@pytest.mark.parametrize("name", LOCAL)
def test_a_local_run(name: str, environment: dict[str, str], tmp_path: Path, monkeypatch, capfd) -> None:
    case, scenario, local = LOCAL[name]
    for key, value in scenario.environment.items():
        monkeypatch.setenv(key, value)
    options = {"config": scenario.config, "timeout": 60.0, **local.options}
    if "res" in options:
        options["res"] = tmp_path / "resource"
        options["res"].write_bytes(local.options["res"])
    outcome = sdk.run(case.file, check=False, **options)
    told = capfd.readouterr()
    assert (outcome.ok, outcome.mode) == (local.ok, local.mode), (outcome.reason, told.err[-2000:])
    if local.results is not None:
        assert [items_of(result) for result in outcome.responses] == [tuple(each) for each in local.results]
    assert outcome.code == local.code
    assert local.reason in (outcome.reason or ""), outcome.reason
    assert type(outcome.error).__name__ == local.error or not local.error
    for words in local.warnings:
        assert any(words in warning for warning in outcome.warnings), (words, outcome.warnings)
    assert (outcome.metrics, outcome.traces) == (local.metrics, local.traces)
    last = [line for line in told.out.splitlines() if line.startswith(("verified", "FAILED"))]
    assert last and last[-1].startswith("verified" if local.ok else "FAILED: ")
