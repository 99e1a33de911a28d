"""From the host of a listed origin to addresses that may be connected to."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiges_native.host.fetch.errors import REQUEST, FetchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.fetch.origins import Origin

    Address = IPv4Address | IPv6Address

#: IPv6 addresses that stand for an IPv4 address in their last 32 bits, behind a translator (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")

#: Networks of one's own that not every version of ``ipaddress`` takes for that: translators of one's own (RFC 8215),
#: and what fc00::/7 replaced (RFC 3879).
_OWN = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))


def is_special(address: Address) -> bool:
    """Whether an address is of this machine, of a network of one's own, or for other uses than to reach one host.

    An IPv6 address that carries an IPv4 address is what that one is.
    """
    if isinstance(address, IPv6Address):
        carried = _carried(address)
        if carried:
            return any(map(is_special, carried))
        if any(address in network for network in _OWN):
            return True
    return not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified


def _carried(address: IPv6Address) -> list[IPv4Address]:
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    return [IPv4Address(int(address) & 0xFFFFFFFF)] if address in _TRANSLATED else []


def resolved(origin: Origin) -> list[Address]:
    """The addresses of an origin, in the order to try them. Blocks while the name is looked up.

    An origin that is listed by its IP address was meant: any address will do. Names that lead to a special address are
    refused, also when they lead to others besides. Raises FetchError.
    """
    literal = origin.address
    if literal is not None:
        return [literal]
    try:
        found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise FetchError(REQUEST, "the name of the host cannot be looked up", again=True) from None
    addresses = list(dict.fromkeys(ip_address(str(place[0]).partition("%")[0]) for *_, place in found))
    if any(map(is_special, addresses)):
        raise FetchError(REQUEST, "the name of the host leads to an address from which nothing is fetched")
    return addresses
