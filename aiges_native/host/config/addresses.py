"""Addresses to listen on, as files write them."""

from __future__ import annotations

import re

from msgspec import Struct

#: The port of HTTP when nothing says another.
DEFAULT_HTTP = "127.0.0.1:1888"
EXPECTED = "HOST:PORT, with a port of 0 to 65535"
EXPECTED_ADMIN = "unix:PATH, or HOST:PORT with a host of the loopback"

_HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]/]*)):(\d{1,5})")
_EVERYWHERE = ("", "0.0.0.0", "::")


class Address(Struct, frozen=True):
    """Where a listener is bound: ``host`` and ``port`` (0: one that is free), or a Unix socket at ``path``."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def clashes(self, other: Address) -> bool:
        """Whether both cannot be bound at once."""
        if self.path or other.path:
            return self.path == other.path
        same_host = self.host == other.host or self.host in _EVERYWHERE or other.host in _EVERYWHERE
        return same_host and self.port == other.port != 0


def parse_address(text: str) -> Address:
    """``HOST:PORT``; without a host all of them, IPv6 in brackets. Raises ValueError."""
    found = _HOST_PORT.fullmatch(text.strip())
    if found is None or int(found[3]) > 65535:
        raise ValueError(EXPECTED)
    return Address(found[1] or found[2] or "0.0.0.0", int(found[3]))


def parse_admin_address(text: str) -> Address:
    """``unix:PATH`` or ``HOST:PORT`` on the loopback. Raises ValueError."""
    path = text.removeprefix("unix:") if text.startswith("unix:") else text if text.startswith("/") else ""
    if path:
        return Address(path=path)
    try:
        address = parse_address(text)
    except ValueError:
        raise ValueError(EXPECTED_ADMIN) from None
    if address.host not in ("localhost", "::1") and not address.host.startswith("127."):
        raise ValueError(EXPECTED_ADMIN)
    return address


def beside(http: Address) -> Address:
    """Where health is told by default: one port above that of HTTP; a free one if that one is free too. Raises
    ValueError: there is no port above."""
    if http.port == 65535:
        raise ValueError("no port is above 65535")
    return Address(http.host, http.port + 1 if http.port else 0)
