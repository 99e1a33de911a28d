"""What a load test does: the target, what is sent, how fast, and for how long. Made from flags or from xtest.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .problem import plan_error
from .quantity import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .chaos import Chaos
    from .pacing import Profile

KINDS = ("text", "audio", "image", "video", "other")

_SCHEMES = {"http": "http", "https": "http", "ws": "websocket", "wss": "websocket"}

#: How requests can be written, by kind of target: the first is what everybody speaks.
FORMS = {"engine": ("json",), "http": ("json", "raw", "multipart"), "websocket": ("json", "binary")}


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
    mode: str = "once"  # or "stream", or "events": once, and answered in pieces
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
    form: str = "json"  # or, without base64, "raw", "multipart" (http), "binary" (websocket)
    chaos: Chaos | None = None

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
        if self.mode != "stream":
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
        self._check_way()
        _check_inputs(self)
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
        if self.chaos is not None:
            self.chaos.checked(self)
        return self

    def _check_way(self) -> None:
        if self.kind == "http" and self.mode == "stream":
            raise plan_error("a stream does not go over http", "the same address with ws://")
        if self.kind != "http" and self.mode == "events":
            raise plan_error("server-sent events come over http", "the same address with http://")
        if self.form not in FORMS[self.kind]:
            cure = f"one of: {', '.join(FORMS[self.kind])}" if self.kind != "engine" else "a service"
            raise plan_error(f"requests to this target ({self.kind}) are not written as '{self.form}'", cure)


def _check_address(target: str) -> None:
    try:
        parts = urlsplit(target)
        found = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        found = None
    if not found:
        raise plan_error(f"'{target}' is no address", "http://HOST:PORT/v1/private/SERVICE")
    if not all("!" <= letter <= "~" and letter != "#" for letter in target):
        raise plan_error(f"'{target}' holds what no address may", "%xx for every such byte")


def _check_inputs(plan: Plan) -> None:
    """What the form of the requests has a place for."""
    keys = [stream.key for stream in plan.streams]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise plan_error(f"there are two inputs '{twice}'", "another key for one of them")
    if plan.form == "multipart" and "json" in keys:
        raise plan_error("the part 'json' of a form is not for an input", "another key, or --body json")
    if plan.form == "multipart" and not all(key.isprintable() for key in keys):
        raise plan_error("the name of a form's part holds a control character", "another key, or --body json")
    if plan.form != "raw":
        return
    if len(keys) != 1:
        raise plan_error(f"a raw body is one input, and there are {len(keys)}", "--body multipart")
    attributes = plan.streams[0].attributes.keys() - {"encoding"}
    lost = {"the header": plan.header, "an expected output": plan.expects, "attributes": attributes}
    for what, found in lost.items():
        if found:
            raise plan_error(f"a raw body has no place for {what}", "--body multipart")
