"""Health and metrics of a host, served by a process of its own, which answers while the host hangs or is dead.

from aiges_native.host.monitor import start_monitor

monitor = start_monitor(page, "127.0.0.1:1889")
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .launch import MonitorHandle, start_monitor

__all__ = ["MonitorHandle", "start_monitor"]


def __getattr__(name: str) -> Any:
    # Imported on first use: the monitor itself needs none of it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import launch

    return getattr(launch, name)
