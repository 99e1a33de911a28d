"""Where the service listens: which of the keys that can say so holds."""

from __future__ import annotations

from .addresses import DEFAULT_HTTP, EXPECTED, Address, beside, parse_address, parse_admin_address
from .config import Listen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .reader import Reader

#: Keys that name the address of HTTP. The strongest layer decides; within one, the first of these.
HTTP_KEYS = (("http", "listen"), ("service", "http_listen"), ("wrapper", "http_listen"))


def resolve_listen(reader: Reader, sections: dict[str, Any]) -> Listen:
    """The addresses of all listeners; wrong ones, and two that cannot be bound at once, become faults."""
    grpc = Address(sections["service"].host, sections["service"].port)
    http = _http(reader)
    health = _health(reader, sections["health"].listen, http)
    admin = sections["admin"].listen
    listen = Listen(
        grpc=grpc,
        http=http,
        health=health,
        admin=_parsed(reader, "admin", "listen", admin, parse_admin_address) if admin else None,
    )
    _refuse_clashes(reader, listen)
    return listen


def _http(reader: Reader) -> Address:
    given = [(reader.layers.find((section,), key), section, key) for section, key in HTTP_KEYS]
    found = [(each.rank, each, section, key) for each, section, key in given if each is not None and each.value != ""]
    if not found:
        return parse_address(DEFAULT_HTTP)
    _, strongest, section, key = min(found, key=lambda each: each[0])
    # Whoever said it, this is the value that holds for [http] listen.
    address = _parsed(reader, section, key, strongest.value, parse_address, strongest)
    reader.sources["http", "listen"] = strongest
    return address


def _health(reader: Reader, text: str, http: Address) -> Address:
    if text:
        return _parsed(reader, "health", "listen", text, parse_address)
    try:
        return beside(http)
    except ValueError:
        reader.fault("health", "listen", "missing, and no port is above that of HTTP", EXPECTED)
        return Address()


def _parsed(
    reader: Reader, section: str, key: str, value: Any, parse: Callable[[str], Address], given: Any = None
) -> Address:
    if given is not None:
        reader.sources[section, key] = given
    try:
        return parse(str(value))
    except ValueError as error:
        reader.fault(section, key, f"expected {error}", str(error))
        return Address()


def _refuse_clashes(reader: Reader, listen: Listen) -> None:
    if listen.http.clashes(listen.health):
        reader.fault("health", "listen", f"{listen.health} is taken by HTTP, which listens on {listen.http}")
    for section, key, name, address in (
        ("http", "listen", "HTTP", listen.http),
        ("health", "listen", "health", listen.health),
    ):
        # An empty host of gRPC is an address of this machine that is not known yet.
        if listen.grpc.host and listen.grpc.clashes(address):
            reader.fault(section, key, f"{name} on {address} clashes with gRPC, which listens on {listen.grpc}")
