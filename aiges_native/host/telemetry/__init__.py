"""Counters, states and health of the serving process, in memory that any process may read without asking it.

    from aiges_native.host.telemetry import Heart, Page, Telemetry

    page = Page()
    telemetry = Telemetry(page)
    requests = telemetry.requests.labels("ocr", "http", "once", "0")
    requests.add()
    page.service("ocr").set("ready")

Names are imported on first use: a reader does not load what writers need.
"""

from __future__ import annotations

from aiges_native.late_names import late_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exposition import render
    from .health import Verdict
    from .heart import Heart
    from .instruments import Counter, Gauge, Histogram
    from .mapping import NotAPageError
    from .metrics import Telemetry
    from .native_stats import NativeStats
    from .page import Page
    from .page_reader import PageReader
    from .process_stats import ProcessStats
    from .state import ServiceState

_HOMES = {
    "Counter": "instruments",
    "Gauge": "instruments",
    "Heart": "heart",
    "Histogram": "instruments",
    "NativeStats": "native_stats",
    "NotAPageError": "mapping",
    "Page": "page",
    "PageReader": "page_reader",
    "ProcessStats": "process_stats",
    "ServiceState": "state",
    "Telemetry": "metrics",
    "Verdict": "health",
    "render": "exposition",
}

__all__ = [
    "Counter",
    "Gauge",
    "Heart",
    "Histogram",
    "NativeStats",
    "NotAPageError",
    "Page",
    "PageReader",
    "ProcessStats",
    "ServiceState",
    "Telemetry",
    "Verdict",
    "render",
]

__getattr__, __dir__ = late_names(__name__, _HOMES)
