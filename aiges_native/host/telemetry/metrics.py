"""The metrics of serving, in one table: names, labels and what they count.

What engines count is not here: it comes from the native statistics page (``native_stats.py``). Nor is what follows from
the states of services (``page_reader.py``): ``aiges_slots``, ``aiges_slots_max``, ``aiges_engine_state``,
``aiges_config_age_seconds``. An application, a user or a session is never a label.
"""

from __future__ import annotations

import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from .instruments import CounterFamily, Gauge
    from .page import Page

    T = TypeVar("T")

#: attribute of Telemetry: (name, help, labels, how many label sets are told apart)
COUNTERS = {
    "requests": (
        "aiges_requests_total",
        "Requests answered, by result code; kind is once or stream.",
        ("service", "transport", "kind", "code"),
        512,
    ),
    "rejected": (
        "aiges_rejected_total",
        "Requests refused before an engine saw them.",
        ("service", "reason"),
        128,
    ),
    "cancelled": (
        "aiges_cancelled_total",
        "Sessions ended before the engine was done.",
        ("service", "cause"),
        128,
    ),
    "engine_restarts": (
        "aiges_engine_restarts_total",
        "Engine workers started again.",
        ("service", "cause"),
        128,
    ),
    "copied_bytes": (
        "aiges_copied_bytes_total",
        "Bytes of payload copied on their way.",
        ("stage",),
        32,
    ),
    "output_dropped": (
        "aiges_output_dropped_total",
        "Output pieces that no client got.",
        ("service", "reason"),
        128,
    ),
    "schema_violation": (
        "aiges_schema_violation_total",
        "Violations of a service's schema in requests that were served all the same.",
        ("service",),
        64,
    ),
    "config_reload": (
        "aiges_config_reload_total",
        "Attempts to take over a changed configuration.",
        ("result",),
        8,
    ),
}
HISTOGRAMS = {
    "request_seconds": (
        "aiges_request_seconds",
        "From the last byte of a request to the last byte of its answer.",
        ("service", "transport", "kind"),
        64,
    ),
    "first_output_seconds": (
        "aiges_first_output_seconds",
        "From the first byte of input to the first piece of output.",
        ("service", "transport"),
        64,
    ),
    "stage_seconds": (
        "aiges_stage_seconds",
        "Where the time of once requests goes, timed on one in eight: parse, queue, engine, encode, write.",
        ("service", "stage"),
        128,
    ),
}
GAUGES = {
    "sessions": ("aiges_sessions", "Sessions open, by their state.", ("service", "state"), 128),
    "buffer_bytes": ("aiges_buffer_bytes", "Bytes held in buffers.", ("kind",), 32),
    "registered": ("aiges_registered", "1 while the service is registered for discovery.", ("service",), 64),
}

#: Keys of `callback_metric` that get a metric of their own.
MAX_USER_METRICS = 128


class Telemetry:
    """Everything the serving process counts with, in one page. ``telemetry.requests.labels("ocr", ...).add()``.

    Keep what ``labels`` returns where the labels do not change: an update then costs a third.
    """

    def __init__(self, page: Page, version: str = "") -> None:
        self.page = page
        counter, histogram, gauge = _from(COUNTERS, page.counters), _from(HISTOGRAMS, page.histograms), page.gauges
        self.requests = counter("requests")
        self.rejected = counter("rejected")
        self.cancelled = counter("cancelled")
        self.engine_restarts = counter("engine_restarts")
        self.copied_bytes = counter("copied_bytes")
        self.output_dropped = counter("output_dropped")
        self.schema_violation = counter("schema_violation")
        self.config_reload = counter("config_reload")
        self.request_seconds = histogram("request_seconds")
        self.first_output_seconds = histogram("first_output_seconds")
        self.stage_seconds = histogram("stage_seconds")
        self.sessions = gauge(*GAUGES["sessions"])
        self.buffer_bytes = gauge(*GAUGES["buffer_bytes"])
        self.registered = gauge(*GAUGES["registered"])
        self._user: dict[str, CounterFamily] = {}
        python = ".".join(map(str, sys.version_info[:3]))
        page.info("aiges_build_info", "What is running.", version=version, python=python)

    def stage(self, service: str, stage: str) -> Callable[[int], None]:
        """``observe`` (ns) of one stage of a service."""
        return self.stage_seconds.labels(service, stage).observe

    def session_state(self, service: str, state: str) -> Gauge:
        """The gauge of a service's sessions in one state."""
        return self.sessions.labels(service, state)

    def user_metric(self, key: str) -> CounterFamily:
        """The family ``aiges_user_<key>``, label ``service``, of a key that an engine reports.

        Characters that a metric's name may not have become ``_``. Keys beyond a bound are one family, ``other``.
        """
        found = self._user.get(key)
        if found is None:
            if len(self._user) >= MAX_USER_METRICS:
                key = "other"
            name = f"aiges_user_{re.sub('[^a-zA-Z0-9_]', '_', key)[:100]}"
            found = self.page.untyped(name, "Reported by the engine.", ("service",))
            if len(self._user) <= MAX_USER_METRICS:
                self._user[key] = found
        return found


def _from(
    table: dict[str, tuple[str, str, tuple[str, ...], int]], make: Callable[[str, str, tuple[str, ...], int], T]
) -> Callable[[str], T]:
    return lambda attribute: make(*table[attribute])
