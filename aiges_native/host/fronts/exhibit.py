"""One engine as clients see it."""

from __future__ import annotations

from aiges_native.host.core import Service
from aiges_native.host.protocol import BODY_LIMIT
from aiges_native.host.protocol import Service as Codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.fetch import Fetcher


class FrontSettings:
    """What holds for all engines. Times in seconds, sizes in bytes.

    ``request_timeout``: longest once request; ``read_timeout``: longest wait for a frame of a stream;
    ``session_timeout``: longest stream; ``write_stall``: longest wait for a client to read; ``cors``: the value of
    ``Access-Control-Allow-Origin``, or empty; ``legacy_status``: every error is HTTP 500; ``close_compat``: every
    WebSocket close is 1000; ``fetcher``: fetches data that requests name by its address, needed where a codec lets
    them.
    """

    def __init__(
        self,
        *,
        request_timeout: float = 120.0,
        read_timeout: float = 15.0,
        session_timeout: float = 180.0,
        write_stall: float = 10.0,
        body_limit: int = BODY_LIMIT,
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
        self.cors = cors.encode("latin-1")
        self.legacy_status = legacy_status
        self.close_compat = close_compat
        self.fetcher = fetcher


class Ending:
    """How a request ended: what logs and counters want to know. ``kind``: once or stream; ``code``: 0 or the failure's;
    ``seconds``: from its first byte to its last; ``bytes_in``, ``bytes_out``: of bodies and frames."""

    __slots__ = ("bytes_in", "bytes_out", "client", "code", "kind", "seconds", "service", "sid", "transport")

    def __init__(self, exhibit: Exhibit, scope: dict[str, Any], transport: str, kind: str, sid: str) -> None:
        self.service = exhibit.name
        self.transport = transport
        self.kind = kind
        self.sid = sid
        client = scope.get("client")
        self.client = f"{client[0]}:{client[1]}" if client else ""
        self.code = 0
        self.seconds = 0.0
        self.bytes_in = 0
        self.bytes_out = 0


class Exhibit:
    """An engine with its ``routes`` (paths), ``codec`` (bytes to requests), ``core`` (its sessions) and ``openapi``
    (the document of its own paths). ``finished(ending)`` is told of every request's end."""

    def __init__(
        self,
        routes: tuple[str, ...],
        codec: Codec,
        core: Service,
        openapi: dict[str, Any],
        finished: Callable[[Ending], object] | None = None,
    ) -> None:
        self.routes = routes
        self.codec = codec
        self.core = core
        self.openapi = openapi
        self.finished = finished or _nobody

    @property
    def name(self) -> str:
        """The service's name."""
        return self.core.name


def _nobody(ending: Ending) -> None:
    pass
