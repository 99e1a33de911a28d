"""What stops a load test before it starts, or instead of a result."""

from __future__ import annotations


class LoadTestError(Exception):
    """A load test cannot be planned or run. ``parts`` are what, why and the cure; ``usage`` says whether it was asked
    for wrongly (exit code 2) or could not be done (1)."""

    def __init__(self, what: str, why: str, cure: str, usage: bool = True) -> None:
        self.parts = (what, why, cure)
        super().__init__("cannot {}: {}; try {}".format(*self.parts))
        self.usage = usage


def plan_error(why: str, cure: str) -> LoadTestError:
    """Something in the flags or the file makes no load test."""
    return LoadTestError("plan the load test", why, cure)


def missing_package(name: str, purpose: str) -> LoadTestError:
    """A package that a target needs is not installed."""
    cure = "pip install 'aiges-native[bench-tool]'"
    return LoadTestError(purpose, f"package '{name}' is not installed", cure, usage=False)
