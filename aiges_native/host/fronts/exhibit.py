"""One engine as clients see it."""

from __future__ import annotations

from aiges_native.host.core import Service
from aiges_native.host.fronts.budget import Budget
from aiges_native.host.fronts.ending import Ending, Stages
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
            ending.stages = Stages()
        return ending

    @property
    def name(self) -> str:
        """The service's name."""
        return self.core.name


def _nobody(ending: Ending) -> None:
    pass
