"""One engine as clients see it."""

from __future__ import annotations

from time import perf_counter, perf_counter_ns

from aiges_native.host.core import Service
from aiges_native.host.fronts.budget import Budget
from aiges_native.host.protocol import BODY_LIMIT
from aiges_native.host.protocol import Service as Codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.fetch import Fetcher


_TIMED_ONE_IN = 8


class FrontSettings:
    """What holds for all engines. Times in seconds, sizes in bytes.

    ``request_timeout``: longest once request; ``read_timeout``: longest wait for a frame of a stream;
    ``session_timeout``: longest stream; ``write_stall``: longest wait for a client to read;
    ``body_limit``: of one request; ``buffer_bytes``: of all requests together, kept in ``budget``; ``cors``: the value
    of ``Access-Control-Allow-Origin``, or empty; ``legacy_status``: every error is HTTP 500; ``close_compat``: every
    WebSocket close is 1000; ``fetcher``: fetches data that requests name by its address, needed where a
    codec lets them.
    """

    def __init__(
        self,
        *,
        request_timeout: float = 120.0,
        read_timeout: float = 15.0,
        session_timeout: float = 180.0,
        write_stall: float = 10.0,
        body_limit: int = BODY_LIMIT,
        buffer_bytes: int = 1 << 30,
        cors: str = "*",
        legacy_status: bool = False,
        close_compat: bool = False,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.request_timeout = request_timeout
        self.read_timeout = read_timeout
        self.session_timeout = session_timeout
        self.write_stall = write_stall
        self.body_limit = body_limit
        self.budget = Budget(buffer_bytes)
        self.cors = cors.encode("latin-1")
        self.legacy_status = legacy_status
        self.close_compat = close_compat
        self.fetcher = fetcher


class Ending:
    """How a request ended: what logs and counters want to know.

    ``kind``: once or stream; ``code``: 0 or the failure's; ``seconds``: from its first byte to its last;
    ``first_output``: seconds from the first input to the first piece, of a stream that had one; ``bytes_in``,
    ``bytes_out``: of bodies and frames; ``stages``: (name, ns) of some once requests.
    """

    __slots__ = (
        "_began",
        "_input",
        "_marked",
        "bytes_in",
        "bytes_out",
        "client",
        "code",
        "first_output",
        "kind",
        "seconds",
        "service",
        "sid",
        "stages",
        "transport",
    )

    def __init__(self, exhibit: Exhibit, scope: dict[str, Any], transport: str, kind: str, sid: str) -> None:
        self.service = exhibit.name
        self.transport = transport
        self.kind = kind
        self.sid = sid
        client = scope.get("client")
        self.client = f"{client[0]}:{client[1]}" if client else ""
        self.code = 0
        self.seconds = 0.0
        self.first_output = 0.0
        self._began = self._input = perf_counter()
        self.bytes_in = 0
        self.bytes_out = 0
        self.stages: list[tuple[str, int]] | None = None
        self._marked = 0

    def end(self) -> None:
        """The last byte has left."""
        self.seconds = perf_counter() - self._began

    def note_input(self) -> None:
        """The first frame is there: until now the client had a connection and nothing to ask."""
        self._input = perf_counter()

    def note_output(self) -> None:
        """A piece is there for the client."""
        if not self.first_output:
            self.first_output = perf_counter() - self._input

    def time_stages(self) -> None:
        """Has :meth:`mark` keep times."""
        self.stages = []

    def mark(self, stage: str = "") -> None:
        """A stage has ended that began at the last mark; without a name the next one begins."""
        if self.stages is not None:
            now = perf_counter_ns()
            if stage:
                self.stages.append((stage, now - self._marked))
            self._marked = now

    def mark_call(self, began: int, ended: int) -> None:
        """The engine's call ran from ``began`` to ``ended`` (CLOCK_MONOTONIC, ns; 0: not known) since the last mark."""
        if self.stages is not None and began and ended:
            self.stages += (("queue", began - self._marked), ("engine", ended - began))


class Exhibit:
    """An engine with its ``routes`` (paths), ``codec`` (bytes to requests), ``core`` (its sessions) and ``openapi``
    (the document of its own paths). ``finished(ending)`` is told of every request's end. ``streams``: it may have
    sessions; an engine that is known to have none is served without WebSocket."""

    def __init__(
        self,
        routes: tuple[str, ...],
        codec: Codec,
        core: Service,
        openapi: dict[str, Any],
        finished: Callable[[Ending], object] | None = None,
        streams: bool = True,
    ) -> None:
        self.routes = routes
        self.codec = codec
        self.core = core
        self.openapi = openapi
        self.finished = finished or _nobody
        self.streams = streams
        self._untimed = 0

    def new_ending(self, scope: dict[str, Any], sid: str) -> Ending:
        """The ending of a once request; the stages of one in eight are timed, which costs it some microseconds."""
        ending = Ending(self, scope, "http", "once", sid)
        self._untimed -= 1
        if self._untimed < 0:
            self._untimed = _TIMED_ONE_IN - 1
            ending.time_stages()
        return ending

    @property
    def name(self) -> str:
        """The service's name."""
        return self.core.name


def _nobody(ending: Ending) -> None:
    pass
