"""One connection to an address that was checked, which another thread may cut."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from _thread import allocate_lock
from functools import cache

from aiges_native.host.fetch.errors import REQUEST, TIMEOUT, FetchError
from aiges_native.host.fetch.origins import PORTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from aiges_native.host.fetch.origins import Origin


@cache
def tls_context() -> ssl.SSLContext:
    """Certificates and names are verified, against the authorities of the system."""
    return ssl.create_default_context()


class Cut:
    """A way to end what another thread waits for: ``now()`` ends it, at any time and once for all."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._handle: socket.socket | None = None
        self.done = False

    def now(self) -> None:
        """Whoever waits for the socket goes on at once, with an error."""
        with self._lock:
            self.done = True
            if self._handle is not None:
                with contextlib.suppress(OSError):  # not connected yet, or not any more
                    self._handle.shutdown(socket.SHUT_RDWR)

    def guard(self, sock: socket.socket | None) -> None:
        """``sock`` is what is waited for from now on. Raises FetchError: it was ended before."""
        # A descriptor of its own: the socket's may be closed, and given to somebody else, while it is shut.
        handle = None if sock is None else sock.dup()
        with self._lock:
            before, self._handle = self._handle, handle
            done = self.done
        if before is not None:
            before.close()
        if done and sock is not None:
            raise FetchError(TIMEOUT, "the fetch was ended")


class Connection(http.client.HTTPConnection):
    """HTTP/1.1 to an origin at one of ``addresses``: no look-up, no proxy, no second connection."""

    def __init__(self, origin: Origin, addresses: list[IPv4Address | IPv6Address], timeout: float, cut: Cut) -> None:
        super().__init__(origin.host, origin.port, timeout=timeout)
        self.default_port = PORTS[origin.scheme]  # another port stands in the header Host
        self._origin = origin
        self._addresses = addresses
        self._cut = cut

    def connect(self) -> None:
        """Part of HTTPConnection. Raises OSError, FetchError."""
        failed: OSError = OSError("it has no address")
        for address in self._addresses:
            try:
                self._connect_to(address)
                return
            except (TimeoutError, ssl.SSLError):
                raise
            except OSError as error:
                failed = error
        raise failed

    def _connect_to(self, address: IPv4Address | IPv6Address) -> None:
        sock = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._cut.guard(sock)
            sock.settimeout(self.timeout)
            sock.connect((str(address), self.port))
            if self._origin.scheme == "https":
                sock = tls_context().wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise
        self.sock = sock


def request_failed(error: Exception) -> FetchError:
    """What it means that no answer came."""
    if isinstance(error, TimeoutError):
        return FetchError(TIMEOUT, "the address did not answer in time")
    if isinstance(error, ssl.SSLError):
        return FetchError(REQUEST, "the address has no certificate that can be trusted, or speaks no TLS")
    if isinstance(error, OSError):
        why = (error.strerror or str(error) or "the connection was cut").lower()
        return FetchError(REQUEST, f"the address cannot be reached: {why}", again=True)
    return FetchError(REQUEST, "the address does not answer in HTTP", again=True)
