"""What one engine is given: each key from ``[engines.<name>]``, else from the section that speaks for all engines."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from .sections.engine import Isolate, Kind, OnWedge, Router

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.schema import SchemaFile


class EngineConfig(Struct, frozen=True, kw_only=True):
    """All that holds for one engine. Every time is in seconds, whatever unit the file has it in."""

    name: str
    path: str | None
    """A library, a folder or a name; None: the engine is looked up by ``name``."""
    kind: Kind
    version: str
    isolate: Isolate
    """auto is left only where ``kind`` is auto: C engines in this process, Python wrappers in their own."""
    workers: int
    max: int
    """Sessions at once."""
    best: int
    ttl: float
    router: Router
    queue: int
    queue_wait: float
    rate: float
    """One more request is let in every so often; 0: no limit."""
    burst: int
    async_mode: bool
    real_time: bool
    header_pass: tuple[str, ...]
    routes: tuple[str, ...]
    schema: str
    validate: str
    declared: SchemaFile | None
    """What the file ``schema`` says, in place of the engine's own declarations."""
    wrapper: dict[str, str]
    """What ``wrapperInit`` gets."""
    python: str
    """Interpreter of a Python engine unless ``wrapper`` has ``python.executable``; empty: the one that is found."""
    hang_after: float
    stall_after: float
    interrupt_after: float
    kill_after: float
    gil_stall: float
    on_wedge: OnWedge
    canary: float
    numa: str
    free_on_call_thread: bool


class EngineKey(NamedTuple):
    """A key of ``[engines.<name>]``, and the field whose kind and, if ``shared``, whose value it takes."""

    key: str
    name: str  # of the field of EngineConfig
    section: str
    source: str  # the field of that section
    shared: bool = True
    per_second: int = 1  # how many of the file's unit are a second

    def scaled(self, value: Any) -> Any:
        """The value as EngineConfig has it."""
        return value / self.per_second if self.per_second != 1 else value


ENGINE_KEYS = (
    EngineKey("path", "path", "engine", "path", shared=False),
    EngineKey("kind", "kind", "engine", "kind", shared=False),
    EngineKey("version", "version", "engine", "version", shared=False),
    EngineKey("isolate", "isolate", "engine", "isolate"),
    EngineKey("workers", "workers", "engine", "workers"),
    EngineKey("max", "max", "fc", "max"),
    EngineKey("best", "best", "fc", "best"),
    EngineKey("ttl", "ttl", "fc", "ttl", per_second=1000),
    EngineKey("router", "router", "fc", "router"),
    EngineKey("queue", "queue", "fc", "queue"),
    EngineKey("queueWait", "queue_wait", "fc", "queue_wait", per_second=1000),
    EngineKey("rate", "rate", "service", "rate", per_second=1000),
    EngineKey("burst", "burst", "service", "burst"),
    EngineKey("asyncMode", "async_mode", "aiges", "async_mode"),
    EngineKey("realTimeRlt", "real_time", "aiges", "real_time_rlt"),
    EngineKey("headerPass", "header_pass", "aiges", "header_pass"),
    EngineKey("hangAfter", "hang_after", "aiges", "wrapper_delay_detect_period"),
    EngineKey("routes", "routes", "http", "routes", shared=False),
    EngineKey("schema", "schema", "http", "schema", shared=False),
    EngineKey("validate", "validate", "http", "validate"),
    EngineKey("stallAfter", "stall_after", "engine", "stall_after"),
    EngineKey("interruptAfter", "interrupt_after", "engine", "interrupt_after"),
    EngineKey("killAfter", "kill_after", "engine", "kill_after"),
    EngineKey("gilStall", "gil_stall", "engine", "gil_stall"),
    EngineKey("onWedge", "on_wedge", "engine", "on_wedge"),
    EngineKey("canary", "canary", "engine", "canary"),
    EngineKey("numa", "numa", "engine", "numa"),
    EngineKey("freeOnCallThread", "free_on_call_thread", "engine", "free_on_call_thread"),
)


def interpreter_of(command: str) -> str:
    """The interpreter that a plug-in command names; empty: none. ``/usr/bin/env python`` names none: the search for
    Python ends at the same place anyway."""
    import shlex
    from pathlib import PurePath

    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    program = PurePath(words[0]) if words else PurePath()
    return str(program) if program.is_absolute() and program.name.startswith("py") else ""


def placed(kind: str, isolate: str) -> str:
    """Where an engine runs when nobody said: a Python wrapper could stop every front of this process."""
    if isolate != "auto":
        return isolate
    return {"c": "none", "python": "process"}.get(kind, isolate)
