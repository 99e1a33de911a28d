"""The whole configuration, resolved: one object that the service reads and nobody changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from .addresses import Address
from .engine_config import EngineConfig
from .errors import Finding
from .sections.engine import Aiges, Engine, Fc, Resource
from .sections.fronts import Admin, Auth, Drain, Health, Http, Limits, Tls, Ws
from .sections.operation import Centre, Discovery, Log, Metrics, Otel, Trace
from .sections.service import Grpc, Lbv2, Service


class Listen(Struct, frozen=True, kw_only=True):
    """Where the service is reached. A port of 0 is one that is free when it starts.

    An empty host of ``grpc`` is that of ``[<service>] netcard``, else of the own host name.
    """

    grpc: Address
    http: Address
    health: Address
    admin: Address | None = None


class Config(Struct, frozen=True, kw_only=True):
    """Sections as the file names them (``[config]`` is ``centre``); their fields have the units of the file.

    ``engines`` has one entry named like the service, or one for each ``[engines.<name>]``; their times are in seconds.
    """

    name: str
    """The service: the name of its section."""
    service: Service
    http: Http
    ws: Ws
    grpc: Grpc
    health: Health
    aiges: Aiges
    fc: Fc
    engine: Engine
    resource: Resource
    limits: Limits
    drain: Drain
    tls: Tls
    auth: Auth
    admin: Admin
    log: Log
    metrics: Metrics
    trace: Trace
    otel: Otel
    lbv2: Lbv2
    discovery: Discovery
    centre: Centre
    wrapper: dict[str, str]
    engines: dict[str, EngineConfig]
    listen: Listen

    @property
    def tracing(self) -> bool:
        """Whether spans are sent: ``[otel] endpoint`` is set and ``[trace] able`` is not 0."""
        return bool(self.otel.endpoint) and self.trace.able


class Row(NamedTuple):
    """One value as ``config show`` tells it. ``section`` and ``key`` are those of the file."""

    section: str
    key: str
    value: Any
    origin: str


@dataclass(frozen=True)
class Loaded:
    """What :func:`load` gives: the configuration, what was odd in it, and where each value came from."""

    config: Config
    findings: tuple[Finding, ...]
    path: Path | None
    rows: tuple[Row, ...] = field(repr=False)

    def origin(self, key: str) -> str:
        """``flag``, ``env AIGES_FC__MAX``, ``file aiges.toml:93`` or ``default`` of a ``section.key``.

        The section of the service is ``service``, or has its own name. Raises KeyError: no such key.
        """
        section, _, rest = key.partition(".")
        if section == "service":
            key = f"{self.config.name}.{rest}"
        origins = {f"{row.section}.{row.key}": row.origin for row in self.rows}
        return origins[key]


def describe(loaded: Loaded) -> list[Row]:
    """Every value in force as (section, key, value, origin), in the order of the sections."""
    return list(loaded.rows)
