"""Shows readers that the event loop runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle

    from .page import Page


class Heart:
    """Beats in a page as long as an event loop gets to it. To be started and stopped on the loop's thread."""

    def __init__(self, page: Page, loop: AbstractEventLoop, interval: float = 0.1) -> None:
        self._page = page
        self._loop = loop
        self._interval = interval
        self._timer: TimerHandle | None = None

    def start(self) -> None:
        """Beats now and every ``interval`` seconds from now on; idempotent."""
        if self._timer is None:
            self._beat()

    def stop(self) -> None:
        """Stops beating: readers will take the loop for hung, unless the process says that it drains."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self) -> None:
        self._page.beat()
        self._timer = self._loop.call_later(self._interval, self._beat)
