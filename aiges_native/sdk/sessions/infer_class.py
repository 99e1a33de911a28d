"""What a :class:`~aiges_native.sdk.sessions.worker.Worker` calls."""

from __future__ import annotations

import abc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class InferClass(abc.ABC):
    """A model behind a Worker: derive from it and define :meth:`predict`."""

    handle: Any = None

    @abc.abstractmethod
    def predict(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        """Works on one item, given as ``req=``. Returns (output, whether that was the last one)."""

    def setHandle(self, hdl: Any) -> None:
        """Keeps the session's handle as ``handle``."""
        self.handle = hdl
