"""Loads AI inference engines through one C ABI: C libraries and Python wrappers alike.

    import aiges_native

    with aiges_native.open("echo") as engine:
        result = engine.exec(b"hello")

Names are imported on first use, so `import aiges_native` itself costs next to nothing.
"""

from __future__ import annotations

from aiges_native.late_names import late_names

TYPE_CHECKING = False  # as type checkers take it; importing `typing` for its own would be most of this module's time
if TYPE_CHECKING:
    from ._native.engine import Engine, Session, open, stats_fd
    from ._native.executor import Executor
    from ._native.host_result import Result, ResultNode
    from ._native.node import DataListNode
    from ._native.response import lend
    from .errors import AigesError
    from .paths import __version__

_HOMES = {
    "open": "_native.engine",
    "stats_fd": "_native.engine",
    "Engine": "_native.engine",
    "Session": "_native.engine",
    "Executor": "_native.executor",
    "Result": "_native.host_result",
    "ResultNode": "_native.host_result",
    "DataListNode": "_native.node",
    "lend": "_native.response",
    "AigesError": "errors",
    "__version__": "paths",
}

__all__ = [
    "AigesError",
    "DataListNode",
    "Engine",
    "Executor",
    "Result",
    "ResultNode",
    "Session",
    "__version__",
    "lend",
    "open",
    "stats_fd",
]

__getattr__, __dir__ = late_names(__name__, _HOMES)
