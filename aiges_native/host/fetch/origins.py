"""Which addresses may be fetched: those of origins that are listed, each by scheme, host and port."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

EXPECTED = "http://HOST, https://HOST, or the same with :PORT, without a path"

#: Port of each scheme when an address names none. There are no other schemes.
PORTS = {"http": 80, "https": 443}

#: Longest address that is looked at.
MOST_CHARACTERS = 8192

# What addresses consist of (RFC 3986), and names of hosts. Anything else (spaces, line ends, backslashes, letters that
# look like others) is read in different ways by different readers.
_ADDRESS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class Origin(NamedTuple):
    """``host``: a name in small letters, or an IP address as ``ipaddress`` writes it, without brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Origin:
        """An origin as the configuration has it. Raises ValueError."""
        try:
            target = Target.parse(text)
        except ValueError:
            raise ValueError(EXPECTED) from None
        if target.path != "/" or text.rstrip("/").count("/") > 2 or "?" in text or "#" in text:
            raise ValueError(EXPECTED)
        return target.origin

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The host as an IP address; None: it is a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


class Target(NamedTuple):
    """What is fetched: ``path`` is what a request line names, the query with it."""

    origin: Origin
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Raises ValueError with a sentence for the client."""
        if not 0 < len(url) <= MOST_CHARACTERS or not _ADDRESS.fullmatch(url):
            raise ValueError(f"address is not 1 to {MOST_CHARACTERS} characters of those that addresses consist of")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError("address cannot be read") from None
        if parts.scheme not in PORTS:
            raise ValueError("address is of another scheme than http and https")
        if "@" in parts.netloc:
            raise ValueError("address holds a user")
        origin = Origin(parts.scheme, _canonical(host, parts.netloc), PORTS[parts.scheme] if port is None else port)
        path = parts.path or "/"
        return cls(origin, f"{path}?{parts.query}" if parts.query else path)


def _canonical(host: str, netloc: str) -> str:
    """The host in the one form that is compared. Raises ValueError."""
    if netloc.startswith("["):
        try:
            return str(IPv6Address(host)) if "%" not in host else _no_host()
        except ValueError:
            return _no_host()
    host = host.removesuffix(".")
    return host if _HOST.fullmatch(host) else _no_host()


def _no_host() -> str:
    raise ValueError("address has no host")


class Origins:
    """The origins that data may be fetched from."""

    def __init__(self, listed: Iterable[str]) -> None:
        """Raises ValueError: one of them is no origin."""
        self._listed = frozenset(map(Origin.parse, listed))

    def __bool__(self) -> bool:
        return bool(self._listed)

    def target(self, url: str) -> Target:
        """What an address means. Raises ValueError with a sentence for the client: it may not be fetched."""
        target = Target.parse(url)
        if target.origin not in self._listed:
            raise ValueError("address is of an origin from which nothing is fetched")
        return target

    def problem(self, url: str) -> str | None:
        """Why an address may not be fetched, in one sentence; None: it may."""
        try:
            self.target(url)
        except ValueError as error:
            return str(error)
        return None
