"""What a wrapper leaves behind when it ends."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def stop_owned(wrapper: Any) -> None:
    """Calls ``shutdown()`` of the pools that a wrapper keeps in its attributes, once ``wrapperFini`` has returned.

    Pools say of themselves that they want it, by the class attribute ``stops_with_wrapper``.
    """
    for value in list(getattr(wrapper, "__dict__", {}).values()):
        if getattr(type(value), "stops_with_wrapper", False):
            value.shutdown()
