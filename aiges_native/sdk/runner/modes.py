"""The ways to run a wrapper, and which of them one has."""

from __future__ import annotations

from aiges_native.sdk.abilities import capabilities, defines
from aiges_native.sdk.runner.target import Target, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODES = ("once", "async", "stream", "read")
_NEEDS = {"once": "once", "async": "async", "stream": "stream", "read": "stream"}


def choose_mode(wrapper: Any, mode: str | None) -> str:
    """The mode of a run: as asked for, else by what the wrapper can do. UsageError for what it cannot."""
    can = capabilities(wrapper)
    if mode is None:
        mode = next((each for each in ("once", "async", "stream") if each in can), None)
        if mode is None:
            raise UsageError("the wrapper has no wrapperOnceExec, wrapperOnceExecAsync or wrapperCreate; define one")
    if mode not in MODES:
        raise UsageError(f"there is no mode '{mode}'; it is {', '.join(MODES)}")
    if _NEEDS[mode] not in can:
        method = {"once": "wrapperOnceExec", "async": "wrapperOnceExecAsync"}.get(mode, "wrapperCreate")
        has = ", ".join(each for each in ("once", "async", "stream") if each in can) or "none"
        raise UsageError(f"mode '{mode}' needs the method '{method}'; the wrapper's modes are: {has}")
    return mode


def wants_read(target: Target) -> bool:
    """Whether a session's results are fetched: set so, or the wrapper reads and knows no callback."""
    if target.settings.get("aiges", {}).get("asyncMode") is False:
        return True
    return defines(target.wrapper, "wrapperRead") and not _names_callback(target)


def _names_callback(target: Target) -> bool:
    """Whether the module's code names a callback, imported or called."""
    if target.file is None:
        return True
    try:
        pending: list[Any] = [compile(target.file.read_bytes(), str(target.file), "exec", dont_inherit=True)]
    except (OSError, SyntaxError, ValueError):
        return True
    while pending:
        code = pending.pop()
        if any("callback" in name.lower() for name in code.co_names):
            return True
        pending += [each for each in code.co_consts if hasattr(each, "co_names")]
    return False
