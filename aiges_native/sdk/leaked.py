"""Names of the standard library that ``from aiges.sdk import *`` has always brought along and wrappers use.

The two whose modules are heavy stand in for themselves until they are used.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
import threading
import time
from importlib import import_module
from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Lock", "Process", "base64", "json", "os", "pprint", "queue", "sys", "threading", "time"]


class _Late:
    """A function or class that is imported when it is called, subclassed, asked about or looked into."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def _real(self) -> Any:
        return getattr(import_module(self._module), self._name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._real()(*args, **keywords)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, self._real())


pprint = _Late("pprint", "pprint")
Process = _Late("multiprocessing", "Process")
