"""The engines and how many sessions they get: ``[aiges]``, ``[fc]``, ``[engine]``, ``[resource]``."""

from __future__ import annotations

from typing import Literal

import msgspec

from .units import (
    Count,
    CountAboveZero,
    Label,
    Milliseconds,
    MillisecondsAboveZero,
    Names,
    Seconds,
    SecondsAboveZero,
    Section,
    cpu_count,
)

Kind = Literal["auto", "c", "python", "go-plugin", "remote", "group"]
Isolate = Literal["auto", "none", "process"]
Router = Literal["sessionManager", "qpsLimiter"]
OnWedge = Literal["exit", "stay"]


class Aiges(Section, frozen=True, kw_only=True):
    """``[aiges]``: how the engine is called. ``wrapperDelayDetectPeriod`` in seconds."""

    async_mode: bool = msgspec.field(default=False, name="asyncMode")
    sess_mode: bool = msgspec.field(default=False, name="sessMode")
    """For readers of the file: once and stream requests are always taken."""
    real_time_rlt: bool = msgspec.field(default=True, name="realTimeRlt")
    """Results leave as they come; false: after the last input."""
    usr_cfg: str = msgspec.field(default="", name="usrCfg")
    """A TOML file whose ``[section] key`` reach the engine as ``section.key``, in place of ``[wrapper]``."""
    header_pass: Names = msgspec.field(default=(), name="headerPass")
    """Names of the request header that become params of the engine, with those of a file ``headerPass.wrapper``."""
    python_plugin_cmd: str = msgspec.field(default="", name="pythonPluginCmd")
    """Command of an engine of kind go-plugin; for others only its interpreter counts."""
    wrapper_delay_detect_period: SecondsAboveZero = msgspec.field(default=60, name="wrapperDelayDetectPeriod")
    """A call that goes on so long after its deadline counts as hung."""
    http_retry: Count = msgspec.field(default=1, name="httpRetry")
    """How often data named by an address is tried to be fetched; 0 counts as 1."""
    gray: bool = False
    """All metrics have the label ``gray="true"``."""
    storage_data: bool = msgspec.field(default=False, name="storageData")
    storage_dir: str = msgspec.field(default="", name="storageDir")
    """Where inputs are stored when ``storageData`` is set; empty: nothing is."""


class Fc(Section, frozen=True, kw_only=True):
    """``[fc]``: how many sessions run at once, what the others get, how load is published. Times in milliseconds."""

    able: int | bool = 0
    """Taken as it is: slots are counted whatever it says."""
    router: Router = "sessionManager"
    """qpsLimiter: at most ``max`` requests in each ``ttl``, instead of ``max`` at once."""
    max: CountAboveZero = msgspec.field(default_factory=cpu_count)
    """Sessions at once. Absent: the number of CPUs."""
    best: Count = 0
    """Sessions up to which the node is at its best, for balancers. Absent or 0: ``max``."""
    ttl: MillisecondsAboveZero = 15000
    """An idle session of RPC ends."""
    wave: Count = 10
    """Change of load that is published at once."""
    report: MillisecondsAboveZero = 1000
    """Load is published so often."""
    strategy: Literal[0, 1, 2] = 0
    """Load is published 0 at intervals, 1 when it changes by ``wave``, 2 as ``[lbv2]`` does."""
    filterwin: Milliseconds = 10000
    """After a start the published idle slots grow for so long."""
    queue: Count = 0
    """Requests that may wait for a slot."""
    queue_wait: Milliseconds = msgspec.field(default=1000, name="queueWait")


class Engine(Section, frozen=True, kw_only=True):
    """``[engine]``: what is loaded and where it runs; the ladder for calls that do not end. Times in seconds."""

    kind: Kind = "auto"
    """auto: what ``path`` turns out to be."""
    path: str = ""
    """A library, a folder of a wrapper, or a name found in ``library/``."""
    version: Label = ""
    """What discovery and metadata tell of the engine."""
    isolate: Isolate = "auto"
    """auto: C engines in this process, Python wrappers in processes of their own."""
    workers: CountAboveZero | Literal["auto"] = 1
    """Processes of an isolated engine; auto: one for each CPU."""
    free_on_call_thread: bool = msgspec.field(default=False, name="freeOnCallThread")
    on_wedge: OnWedge = msgspec.field(default="exit", name="onWedge")
    stall_after: SecondsAboveZero = msgspec.field(default=10, name="stallAfter")
    interrupt_after: Seconds = msgspec.field(default=2, name="interruptAfter")
    """A call of a Python wrapper that goes on so long after its cancel is interrupted; 0: never."""
    kill_after: Seconds = msgspec.field(default=10, name="killAfter")
    gil_stall: SecondsAboveZero = msgspec.field(default=30, name="gilStall")
    canary: Seconds = 0
    """A request of the service itself so often, with the test values that the wrapper declares; 0: none. Three failures
    in a row are a wedge."""
    numa: Label = ""
    """NUMA node to which CPU and memory are bound; empty: none."""


class Resource(Section, frozen=True, kw_only=True):
    """``[resource]``: whether clients may load and unload personal resources."""

    able: bool = False
