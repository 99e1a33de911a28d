"""The socket that health and metrics are asked on."""

from __future__ import annotations

import socket


def listen_on(text: str) -> socket.socket:
    """A listening socket on ``ADDRESS:PORT``, ``[IPV6]:PORT`` or ``:PORT``, which is every address.

    Raises ValueError for another form, and OSError (EADDRINUSE: the port is taken).
    """
    host, port = parse_address(text)
    infos = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = infos[0]
    return socket.create_server(address, family=family, backlog=128)


def address_of(listener: socket.socket) -> str:
    """``ADDRESS:PORT`` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_address(text: str) -> tuple[str, int]:
    """(address, port) of ``ADDRESS:PORT``, ``[IPV6]:PORT`` or ``:PORT``. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"found {text!r}, expected ADDRESS:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)
