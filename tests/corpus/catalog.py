"""The wrappers of the corpus: each a folder with ``wrapper.py`` and ``scenario.py``.

A ``scenario.py`` says ``SCENARIOS`` (name -> :class:`Scenario`), and, where they are not empty, ``FIELDS`` (the keys
that schemas must hold, by kind), ``ERRORS`` and ``WARNINGS`` (words of what a check finds).
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

from corpus.scenario import Scenario

WRAPPERS = Path(__file__).parent / "wrappers"


@dataclass(frozen=True)
class Case:
    name: str
    file: Path
    scenarios: dict[str, Scenario]
    fields: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    has_class: bool = True


def _case(folder: Path) -> Case:
    spec = importlib.util.spec_from_file_location(f"corpus_scenario_{folder.name}", folder / "scenario.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Case(
        folder.name,
        folder / "wrapper.py",
        module.SCENARIOS,
        getattr(module, "FIELDS", {}),
        getattr(module, "ERRORS", []),
        getattr(module, "WARNINGS", []),
        getattr(module, "HAS_CLASS", True),
    )


CASES = {folder.name: _case(folder) for folder in sorted(WRAPPERS.iterdir()) if (folder / "scenario.py").is_file()}

#: (case, scenario) by a name for reports.
SCENARIOS = {
    f"{case.name}-{name}".rstrip("-"): (case, scenario)
    for case in CASES.values()
    for name, scenario in case.scenarios.items()
}
GOOD = [name for name, case in CASES.items() if not case.errors]
