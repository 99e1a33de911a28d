"""One fetch, from its address to its bytes, on a thread that may wait."""

from __future__ import annotations

import http.client
from time import monotonic
from urllib.parse import urljoin

from aiges_native import paths
from aiges_native.host.fetch.addresses import resolved
from aiges_native.host.fetch.connection import Connection, Cut, request_failed
from aiges_native.host.fetch.errors import BODY, STATUS, TIMEOUT, FetchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.fetch.origins import Origins

#: Redirects that one fetch follows.
MOST_HOPS = 5

_PIECE = 1 << 16
_MOVED = (301, 302, 303, 307, 308)
_AGAIN = (408, 429)
_HEADERS = {
    "User-Agent": f"aiges_native/{paths.__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class Download:
    """``run()`` fetches, and blocks; ``cancel()`` ends it from another thread.

    ``limit``: bytes it may have; ``end``: when it must be over, on the clock of ``time.monotonic``; ``attempts``: how
    often it is tried when another attempt may succeed.
    """

    def __init__(self, origins: Origins, url: str, limit: int, end: float, attempts: int) -> None:
        self._origins = origins
        self._url = url
        self._limit = limit
        self._end = end
        self._attempts = max(1, attempts)
        self._cut = Cut()

    def cancel(self) -> None:
        """Ends it soon, wherever it is; only the look-up of a name is not interrupted."""
        self._cut.now()

    def run(self) -> bytes:
        """The data. Raises FetchError."""
        for left in reversed(range(self._attempts)):
            try:
                return self._follow()
            except FetchError as error:
                if not left or not error.again or self._cut.done or monotonic() >= self._end:
                    raise
        raise AssertionError("there is always an attempt")

    def _follow(self) -> bytes:
        """The data at the end of all redirects, each of which leads to an origin that is listed."""
        url = self._url
        for _ in range(MOST_HOPS + 1):
            found = self._get(url)
            if isinstance(found, bytes):
                return found
            url = found
        raise FetchError(STATUS, f"the address is redirected more than {MOST_HOPS} times")

    def _get(self, url: str) -> bytes | str:
        """The data, or the address to go on with."""
        try:
            target = self._origins.target(url)
        except ValueError as error:  # a redirect: the first address was looked at before
            raise FetchError(STATUS, f"the address is redirected, and the new {error}") from None
        connection = Connection(target.origin, resolved(target.origin), self._seconds(), self._cut)
        try:
            try:
                connection.request("GET", target.path, headers=_HEADERS)
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise request_failed(error) from None
            with response:
                return self._moved(url, response) or self._body(response)
        finally:
            self._cut.guard(None)
            connection.close()

    @staticmethod
    def _moved(url: str, response: http.client.HTTPResponse) -> str:
        """Where a redirect leads to; empty: it is none."""
        place = response.headers.get("Location", "") if response.status in _MOVED else ""
        try:
            return urljoin(url, place) if place else ""
        except ValueError:
            raise FetchError(STATUS, "the address is redirected to what is no address") from None

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        if response.status != 200:
            again = response.status >= 500 or response.status in _AGAIN
            raise FetchError(STATUS, f"the address answers with status {response.status}, expected 200", again=again)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise FetchError(BODY, "the data is compressed for its way, which was not asked for")
        announced = response.length
        if announced is not None and announced > self._limit:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.read1(_PIECE):
                parts.append(part)
                size += len(part)
                if size > self._limit:
                    raise self._too_large()
                self._seconds()
        except TimeoutError:
            raise FetchError(TIMEOUT, "the data did not come in time") from None
        except (OSError, http.client.HTTPException):
            raise FetchError(BODY, "the connection was cut within the data", again=True) from None
        if announced is not None and size < announced:
            raise FetchError(BODY, f"the connection was cut after {size} of {announced} bytes", again=True)
        return b"".join(parts)

    def _too_large(self) -> FetchError:
        return FetchError(BODY, f"the data has more than the {self._limit} bytes that are left for it")

    def _seconds(self) -> float:
        """The time that is left. Raises FetchError: none."""
        seconds = self._end - monotonic()
        if seconds <= 0 or self._cut.done:
            raise FetchError(TIMEOUT, "the data did not come in time")
        return seconds
