"""Local runs of wrappers: what a host would do, in the wrapper's own process."""

from aiges_native.sdk.runner.judge import Judge
from aiges_native.sdk.runner.local_run import LocalRun, run, run_wrapper, usage_errors_end
from aiges_native.sdk.runner.modes import MODES, choose_mode
from aiges_native.sdk.runner.opening import open_target
from aiges_native.sdk.runner.outcome import RunResult
from aiges_native.sdk.runner.target import Target, UsageError, find_wrapper, load_target, target_of

__all__ = [
    "MODES",
    "Judge",
    "LocalRun",
    "RunResult",
    "Target",
    "UsageError",
    "choose_mode",
    "find_wrapper",
    "load_target",
    "open_target",
    "run",
    "run_wrapper",
    "target_of",
    "usage_errors_end",
]
