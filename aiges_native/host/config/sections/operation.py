"""What operators watch and where the service is announced: ``[log]``, ``[metrics]``, ``[trace]``, ``[otel]``,
``[discovery]``, ``[config]``."""

from __future__ import annotations

from typing import Literal

from .units import Count, CountAboveZero, Days, Label, Megabytes, Names, SecondsAboveZero, Section, Share


class Log(Section, frozen=True, kw_only=True):
    """``[log]``. ``size`` in megabytes, ``die`` in days."""

    level: Literal["debug", "info", "warn", "error", "fatal"] = "warn"
    file: str = ""
    """Empty: stderr. A missing folder is made."""
    format: Literal["text", "json"] = "text"
    size: Megabytes = 10
    """A file that has grown so large is closed and a new one begun."""
    count: Count = 10
    """Closed files that are kept."""
    die: Days = 10
    """Closed files are removed after so long."""
    caller: bool = False
    """Each line names its place in the source."""


class Metrics(Section, frozen=True, kw_only=True):
    """``[metrics]``: labels of all metrics; an empty one is none."""

    able: bool = True
    """``/metrics`` is answered, by the monitor and by the HTTP port."""
    idc: Label = ""
    sub: Label = ""
    cs: Label = ""


class Trace(Section, frozen=True, kw_only=True):
    """``[trace]``: of AIservice's tracing only the switch is left, which also turns ``[otel]`` off."""

    able: bool = True


class Otel(Section, frozen=True, kw_only=True):
    """``[otel]``: OpenTelemetry, off without ``endpoint``."""

    endpoint: str = ""
    sample: Share = 1
    """Part of the requests that are traced, 0 to 1."""


class Discovery(Section, frozen=True, kw_only=True):
    """``[discovery]``: how the service is announced when ``finder`` is 1. ``lease`` in seconds."""

    source: str = ""
    """``etcd://…`` or ``zk://…``; empty: that of ``[config]``."""
    advertise: str = ""
    """``HOST:PORT`` that others reach; empty: the bound address."""
    version: Label = ""
    """Empty: the engine's."""
    weight: CountAboveZero = 100
    labels: Names = ()
    """``name=value`` each."""
    lease: SecondsAboveZero = 10


class Centre(Section, frozen=True, kw_only=True):
    """``[config]``: where the configuration itself comes from."""

    source: str = ""
    """``file:PATH``, ``etcd://…`` or ``zk://…``; empty: the file."""
    project: str = ""
    group: str = ""
    prefix: str = ""
    cache: str = ""
    """Folder of the last good configuration; empty: the user's own cache folder."""
    require: bool = False
    """Start only if the centre answers."""
