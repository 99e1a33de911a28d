"""What a session of a request pool knows about itself."""

from __future__ import annotations

import copy
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Context:
    """Id, parameters and present data of a session, and whether it has been destroyed."""

    def __init__(self) -> None:
        self.reset_ctx()

    def reset_ctx(self) -> None:
        """Makes it the context of a new session; copies made for the old one are left as they are."""
        self.sid = ""
        self.params: dict[str, Any] = {}
        self.data: Any = None
        self.callback_handle: Any = ""
        self._destroyed = threading.Event()

    def set_sid(self, sid: str) -> None:
        """Sets ``sid``."""
        self.sid = sid

    def set_params(self, params: dict[str, Any]) -> None:
        """Sets ``params``."""
        self.params = params

    def set_data(self, data: Any) -> None:
        """Sets ``data``."""
        self.data = data

    def set_callback_handle(self, s: Any) -> None:
        """Sets ``callback_handle``."""
        self.callback_handle = s

    @property
    def session_destroyed(self) -> bool:
        """Whether the session has ended; seen by all copies."""
        return self._destroyed.is_set()

    def set_destroyed(self) -> None:
        """Marks the session as ended, here and in all copies made of it."""
        self._destroyed.set()

    def with_data(self, data: Any) -> Context:
        """A copy for one piece of data, of the same session."""
        copied = copy.copy(self)
        copied.data = data
        return copied
