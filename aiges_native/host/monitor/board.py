"""What the monitor knows of the host: the pages attached to it, and whether the process is alive."""

from __future__ import annotations

import os
import sys
import time

from ..telemetry.exposition import render
from ..telemetry.health import Verdict, is_live, judge_host
from ..telemetry.layout import DEAD, LOADING
from ..telemetry.mapping import NotAPageError
from ..telemetry.native_stats import NativeStats
from ..telemetry.page_reader import PageReader
from ..telemetry.process_stats import ProcessStats
from .channel import Channel, ChannelClosed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any

    from ..telemetry.family import Source

#: The name under which a host attaches its own telemetry page.
HOST = "host"
_MOST_PAGES = 256


class Board:
    """Health and metrics of one host, which may end and be started again."""

    def __init__(self) -> None:
        self._host: PageReader | None = None
        self._pages: dict[str, NativeStats] = {}
        self._process: ProcessStats | None = None
        self._absent = Verdict(LOADING, time.monotonic_ns(), "the host is starting")
        self._hidden = False

    # --- the process ------------------------------------------------------------------------------------------------

    def host_started(self, pid: int) -> None:
        """A host runs from now on; its pages will come."""
        self._forget()
        self._process = ProcessStats(pid)
        self._absent = Verdict(LOADING, time.monotonic_ns(), "the host is starting")

    def host_ended(self, reason: str) -> None:
        """The host has ended."""
        self._forget()
        self._absent = Verdict(DEAD, time.monotonic_ns(), reason)

    def drains(self) -> bool:
        """Whether the host has said that it is about to end, or has not said anything yet."""
        return self._host is None or bool(self._host.host().draining)

    def _forget(self) -> None:
        self._host = self._process = None
        self._pages.clear()

    # --- pages ------------------------------------------------------------------------------------------------------

    def follow(self, loop: AbstractEventLoop, channel: Channel, ended: Callable[[], None]) -> None:
        """Takes what a host sends, now and as it comes. At the end of the channel closes it and calls ``ended``."""

        def readable() -> None:
            try:
                self._take_all(channel)
            except ChannelClosed:
                loop.remove_reader(channel.fileno())
                channel.close()
                ended()

        loop.add_reader(channel.fileno(), readable)
        readable()

    def _take_all(self, channel: Channel) -> None:
        while (received := channel.receive()) is not None:
            message, fd = received
            try:
                self._take(message, fd)
            except NotAPageError as error:
                print(f"aiges-native: monitor: {error}", file=sys.stderr)
            finally:
                if fd >= 0:
                    os.close(fd)

    def _take(self, message: dict[str, Any], fd: int) -> None:
        name = str(message.get("name", HOST))
        if message.get("attach") == "telemetry":
            self._host = PageReader(fd)
        elif message.get("attach") == "native" and len(self._pages) < _MOST_PAGES:
            labels = message.get("labels") or {}
            self._pages[name] = NativeStats(fd, {str(key): str(value) for key, value in labels.items()})
        elif "detach" in message:
            self._pages.pop(str(message["detach"]), None)

    # --- answers ----------------------------------------------------------------------------------------------------

    def verdicts(self) -> dict[str, Verdict]:
        """How each service is now; empty while the host is absent."""
        return self._host.verdicts(time.monotonic_ns()) if self._host else {}

    def verdict(self) -> Verdict:
        """How the host is now as a whole."""
        if self._host is None:
            return self._absent
        return judge_host(self.verdicts(), self._host.host())

    def is_live(self) -> bool:
        """Whether the host is alive and should be left running."""
        if self._host is None:
            return self._absent.state != DEAD
        return is_live(self.verdicts(), self._host.host())

    def metrics(self, accept: str) -> tuple[bytes, str] | None:
        """(body, content type) of all metrics; None: the host wants nobody to get them, or did so when it ended."""
        host = self._host
        if host is None:  # how its metrics are labelled is not known
            return None if self._hidden else render([], accept)
        self._hidden = host.hidden
        if self._hidden:
            return None
        sources: list[Source] = [host, *self._pages.values()]
        if self._process is not None:
            sources.append(self._process)
        return render(sources, accept, host.labels)
