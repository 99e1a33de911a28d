"""What a wrapper can do, told by the methods it defines."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_METHOD_OF = {
    "once": "wrapperOnceExec",
    "async": "wrapperOnceExecAsync",
    "stream": "wrapperCreate",
    "read": "wrapperRead",
    "resources": "wrapperLoadRes",
}


def defines(wrapper: Any, method: str) -> bool:
    """Whether the wrapper has that method of its own: not the base class's, which only declares it."""
    found = getattr(wrapper, method, None)
    return callable(found) and not getattr(found, "__aiges_missing__", False)


def capabilities(wrapper: Any) -> set[str]:
    """A subset of ``once``, ``async``, ``stream``, ``read``, ``resources``. ``wrapper``: object, class or module."""
    return {name for name, method in _METHOD_OF.items() if defines(wrapper, method)}
