"""What a local run came to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native import Result


class RunResult:
    """What a local run came to.

    ``ok``; ``mode``; ``responses``: list of :class:`aiges_native.Result`, in their order; ``timings``: seconds by step;
    ``warnings``; ``reason``: why it failed, or None; ``code``: the failure's code, or 0; ``error``: the wrapper's own
    exception, if it raised one; ``metrics``, ``traces``: sums by key of what the wrapper reported.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.ok = True
        self.responses: list[Result] = []
        self.timings: dict[str, float] = {}
        self.warnings: list[str] = []
        self.reason: str | None = None
        self.code = 0
        self.error: BaseException | None = None
        self.metrics: dict[str, int] = {}
        self.traces: dict[str, int] = {}

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"<RunResult {self.mode} {'verified' if self.ok else 'FAILED: ' + str(self.reason)}>"
