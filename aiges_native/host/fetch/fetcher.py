"""Fetches for an event loop: threads do the waiting, the loop decides when it is over."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from aiges_native.host.fetch.download import Download
from aiges_native.host.fetch.errors import DRAINING, NO_ROOM, TIMEOUT, FetchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Future

    from aiges_native.host.fetch.origins import Origins

#: Fetches that run at once, each on a thread; and those that run or wait for one.
THREADS = 8
MOST = 64


class Fetcher:
    """Fetches from ``origins``, in up to ``attempts`` attempts each. Lives on one event loop."""

    def __init__(self, origins: Origins, *, attempts: int = 1, threads: int = THREADS, most: int = MOST) -> None:
        self._origins = origins
        self._attempts = attempts
        self._most = most
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="aiges-fetch")  # begun when first needed
        self._running: dict[asyncio.Future[bytes], bool] = {}

    async def fetch(self, url: str, seconds: float, limit: int, *, in_session: bool = False) -> bytes:
        """The data at an address of one of the origins, at most ``limit`` bytes of it, within ``seconds``.

        ``in_session``: a session that runs waits for it. Ends at once when it is cancelled. Raises FetchError.
        """
        if len(self._running) >= self._most:
            raise FetchError(NO_ROOM, f"{self._most} fetches are running or waiting already")
        loop = asyncio.get_running_loop()
        told: asyncio.Future[bytes] = loop.create_future()
        download = Download(self._origins, url, limit, monotonic() + seconds, self._attempts)

        def done(work: Future[bytes]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(_tell, told, work)

        self._running[told] = in_session
        late = FetchError(TIMEOUT, "the data did not come in time")
        timer = loop.call_later(max(0.0, seconds), _fail, told, late)
        work = self._threads.submit(download.run)
        work.add_done_callback(done)
        try:
            return await told
        finally:
            del self._running[told]
            timer.cancel()
            work.cancel()
            download.cancel()

    def drain(self) -> None:
        """Ends the fetches for requests that have no session yet: they would be refused now."""
        for told, in_session in self._running.items():
            if not in_session:
                _fail(told, FetchError(DRAINING, "the service is about to end"))


def _fail(told: asyncio.Future[bytes], error: FetchError) -> None:
    if not told.done():
        told.set_exception(error)


def _tell(told: asyncio.Future[bytes], work: Future[bytes]) -> None:
    if told.done() or work.cancelled():
        return
    error = work.exception()
    if error is None:
        told.set_result(work.result())
    else:
        told.set_exception(error)
