"""What a load test does: the target, what is sent, how fast, and for how long. Made from flags or from xtest.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .problem import plan_error
from .quantity import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .pacing import Profile

KINDS = ("text", "audio", "image", "video", "other")

_SCHEMES = {"http": "http", "https": "http", "ws": "websocket", "wss": "websocket"}


@dataclass(frozen=True)
class Stream:
    """One named input. ``documents``: what request 0, 1, ... sends, each a tuple of frames; they are used in turn.
    ``interval``: ns from one frame to the next."""

    key: str
    kind: str
    documents: tuple[tuple[bytes, ...], ...]
    attributes: dict[str, str] = field(default_factory=dict)
    interval: int = 0


@dataclass(frozen=True)
class Expect:
    """One output asked for. ``attributes``: encoding, compress, format."""

    key: str
    kind: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything a worker needs to know. Times in ns; ``None`` for ``duration`` or ``count``: no such limit."""

    target: str  # a URL, or the path or name of an engine
    mode: str = "once"  # or "stream"
    streams: tuple[Stream, ...] = ()
    expects: tuple[Expect, ...] = ()
    header: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    service: str = "service"  # the name under `parameter` of a request
    users: int = 1
    ramp: int = 0
    profile: Profile | None = None  # an open loop; None: a closed one
    poisson: bool = False
    duration: int | None = 10 * SECOND
    count: int | None = None
    warmup: int = 0
    timeout: int = 10 * SECOND
    processes: int = 0  # 0: as many as suit the target and the machine
    seed: int = 0
    keep_requests: bool = False  # a line for every request; costs memory
    callback: bool = False  # an engine delivers the results of a stream; False: they are read
    insecure: bool = False  # accept any certificate

    @property
    def kind(self) -> str:
        """``engine``, ``http`` or ``websocket``."""
        scheme, separator, _ = self.target.partition("://")
        if not separator:
            return "engine"
        if scheme not in _SCHEMES:
            raise plan_error(f"there is no target '{scheme}://'", "http://, https://, ws://, wss://, or an engine")
        return _SCHEMES[scheme]

    @property
    def length(self) -> int:
        """How long the longest session feeds its input, in ns."""
        if self.mode == "once":
            return 0
        return max((s.interval * (len(document) - 1) for s in self.streams for document in s.documents), default=0)

    @property
    def pace(self) -> str:
        """The way requests start, in words."""
        if self.profile is None:
            joining = f", joining in {self.ramp / SECOND:g} s" if self.ramp else ""
            return f"closed loop, {self.users} user{'s' * (self.users > 1)}{joining}"
        rates = ",".join(
            f"{stage.first:g}..{stage.last:g}" if stage.first != stage.last else f"{stage.first:g}"
            for stage in self.profile.stages
        )
        return f"open loop, {rates}/s {'poisson' if self.poisson else 'constant'}, at most {self.users} at once"

    def checked(self) -> Plan:
        """The plan itself. Raises LoadTestError when it cannot be carried out."""
        if self.kind != "engine":
            _check_address(self.target)
        if self.kind == "http" and self.mode == "stream":
            raise plan_error("a stream does not go over http", "the same address with ws://")
        if self.users < 1 or self.processes < 0:
            raise plan_error(f"{self.users} users in {self.processes} processes", "--users 1 or more")
        if self.duration is None and self.count is None:
            raise plan_error("the run has no end", "--duration or --requests")
        if self.count is not None and self.count < 1:
            raise plan_error(f"{self.count} requests", "--requests 1 or more")
        if self.duration is not None and self.warmup >= self.duration:
            raise plan_error("the warm-up is as long as the run", "a longer --duration or a shorter --warmup")
        if self.timeout <= 0:
            raise plan_error("requests have no time to be answered", "--timeout 1s or more")
        return self


def _check_address(target: str) -> None:
    try:
        parts = urlsplit(target)
        found = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        found = None
    if not found:
        raise plan_error(f"'{target}' is no address", "http://HOST:PORT/v1/private/SERVICE")
