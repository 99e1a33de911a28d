"""Puts an engine or a service under load and says how it did: ``run(Plan(target=..., streams=...))``.

README.md tells how it measures; ``aiges-native bench`` is the command.
"""

from __future__ import annotations

from .plan import Expect, Plan, Stream
from .problem import LoadTestError
from .run import Run, run

__all__ = ["Expect", "LoadTestError", "Plan", "Run", "Stream", "run"]
