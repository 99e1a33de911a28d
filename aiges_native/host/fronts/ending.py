"""How a request ended: what logs and counters want to know."""

from __future__ import annotations

from time import perf_counter, perf_counter_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.fronts.exhibit import Exhibit


class Ending:
    """The end of one request, filled while it is served.

    ``transport``: http, sse or ws; ``kind``: once or stream; ``client``: (host, port) or None; ``client_sid``: the
    client's own name for it; ``code``: 0 or the failure's; ``seconds``: from its first byte to its last;
    ``first_output``: seconds from the first input to the first piece, of a stream that had one; ``bytes_in``,
    ``bytes_out``: of bodies and frames; ``stages``: of some once requests.
    """

    # What most requests leave as it is. Defaults of the class: to set each of them would cost more than all the rest.
    code = 0
    seconds = 0.0
    first_output = 0.0
    bytes_in = 0
    bytes_out = 0
    client_sid = ""
    stages: Stages | None = None

    def __init__(self, exhibit: Exhibit, scope: dict[str, Any], transport: str, kind: str, sid: str) -> None:
        self.service = exhibit.name
        self.transport = transport
        self.kind = kind
        self.sid = sid
        self.client: tuple[str, int] | None = scope.get("client")
        self._began = perf_counter()

    def end(self) -> None:
        """The last byte has left."""
        self.seconds = perf_counter() - self._began

    def note_input(self) -> None:
        """The first frame is there: until now the client had a connection and nothing to ask."""
        self._input = perf_counter()

    def note_output(self) -> None:
        """A piece is there for the client."""
        if not self.first_output:
            self.first_output = perf_counter() - getattr(self, "_input", self._began)


class Stages:
    """Where the time of one request went: ``times`` are pairs of a stage's name and its ns."""

    __slots__ = ("_marked", "times")

    def __init__(self) -> None:
        self.times: list[tuple[str, int]] = []
        self._marked = 0

    def begin(self) -> None:
        """A stage begins."""
        self._marked = perf_counter_ns()

    def end(self, stage: str) -> None:
        """It has ended, and another one begins."""
        now = perf_counter_ns()
        self.times.append((stage, now - self._marked))
        self._marked = now

    def call(self, began: int, ended: int) -> None:
        """The engine's call, which was asked for at the last mark (CLOCK_MONOTONIC, ns; 0: not known)."""
        if began and ended:
            self.times += (("queue", began - self._marked), ("engine", ended - began))
