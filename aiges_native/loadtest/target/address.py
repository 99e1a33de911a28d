"""Where a service is, and connections to it."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
from urllib.parse import urlsplit

from aiges_native.loadtest.problem import LoadTestError

from .slow_reader import SlowReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from aiges_native.loadtest.plan import Plan

SMALL_BUFFER = 4096  # bytes the kernel takes in for a user who reads slowly; what it takes the service never feels


class Address:
    """Where a URL leads. ``tls``: how to encrypt, or None."""

    def __init__(self, plan: Plan) -> None:
        parts = urlsplit(plan.target)
        secure = parts.scheme in ("https", "wss")
        self.url = plan.target
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if secure else 80)
        self.authority = parts.netloc.rpartition("@")[2]
        self.path = parts.path or "/"
        self.query = parts.query
        self.tls = _tls(plan.insecure) if secure else None

    async def connect(self, protocol: asyncio.Protocol, rate: int = 0) -> None:
        """Connects a protocol: TCP and TLS. ``rate``: bytes a second that it reads at most; 0: as they come. Raises
        OSError."""
        loop = asyncio.get_running_loop()
        name = self.host if self.tls else None
        try:
            if rate:
                opened = await self._small_socket(loop)
                slow = SlowReader(protocol, rate)
                await loop.create_connection(lambda: slow, sock=opened, ssl=self.tls, server_hostname=name)
            else:
                await loop.create_connection(lambda: protocol, self.host, self.port, ssl=self.tls, server_hostname=name)
        except UnicodeError as error:
            raise OSError(f"'{self.host}' is no name of a host") from error

    async def _small_socket(self, loop: asyncio.AbstractEventLoop) -> socket.socket:
        """A connected socket with a small buffer, which must be set before it connects."""
        found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for place, (family, kind, protocol, _, where) in enumerate(found, 1):
            opened = socket.socket(family, kind, protocol)
            try:
                opened.setblocking(False)
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
                await loop.sock_connect(opened, where)
                return opened
            except BaseException as error:
                opened.close()
                if place == len(found) or not isinstance(error, OSError):
                    raise
        raise OSError(f"'{self.host}' has no address")

    def unreachable(self, error: Exception) -> LoadTestError:
        """Nobody answers there."""
        cure = "starting the service, or its right address"
        if getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE):
            cure = "fewer users, or a higher 'ulimit -n'"
        elif getattr(error, "verify_code", 0):
            cure = "--insecure, or a certificate that this machine trusts"
        return LoadTestError(f"connect to '{self.url}'", reason(error), cure, usage=False)


def _tls(insecure: bool) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def reason(error: Exception) -> str:
    """The system's words, without its number."""
    if isinstance(error, asyncio.TimeoutError):
        return "no answer"
    text = str(error) or type(error).__name__
    number = re.search(r"\[Errno (\d+)\]", text)  # asyncio says more than anybody asked, once for every address
    text = os.strerror(int(number[1])) if number else getattr(error, "strerror", None) or text
    return text[:1].lower() + text[1:]
