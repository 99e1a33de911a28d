"""Blocks whose data lies at an address (``dataSrc``, ``url``): told here, fetched by whoever has a network."""

from __future__ import annotations

from aiges_native.host.protocol.errors import BAD_DATA, ProtocolError
from aiges_native.host.protocol.names import pointer, shown
from aiges_native.host.protocol.told import put_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiges_native import DataListNode
    from aiges_native.host.protocol.request import Request
    from aiges_native.host.protocol.service import Service


class Fetch:
    """Data that is still to come: the empty ``node`` it belongs to, its ``url``, and its ``path`` in the request."""

    __slots__ = ("node", "path", "url")

    def __init__(self, node: DataListNode, url: str, path: str) -> None:
        self.node = node
        self.url = url
        self.path = path


def address_in(service: Service, desc: dict[str, str], *path: str) -> str | None:
    """The address in a block's attributes, which lose it: an engine is given data. None: the data is in the request.

    Errors: 10009 for a source that is none, and an address that may not be fetched.
    """
    source = desc.get("dataSrc", "")
    if source in ("", "client"):
        return None
    if source != "http":
        raise ProtocolError(BAD_DATA, f"dataSrc is {shown(source)}, expected 'client'", pointer(*path, "dataSrc"))
    if service.not_fetched is None:
        sentence = "data is not fetched from a url here; send it in the request"
        raise ProtocolError(BAD_DATA, sentence, pointer(*path, "dataSrc"))
    del desc["dataSrc"]
    url = desc.pop("url", "")
    problem = service.not_fetched(url)
    if problem is not None:
        raise ProtocolError(BAD_DATA, problem, pointer(*path, "url"))
    return url


def complete(service: Service, request: Request, data: Iterable[bytes], *, later: bool = False) -> None:
    """Gives the data of ``request.fetches``, in their order, to the nodes it was fetched for; then the request is
    held to the service's schema, which wants to see it.

    ``later``: the request is a frame of a stream, and not its first. Errors: 10107.
    """
    for fetch, each in zip(request.fetches, data, strict=True):
        fetch.node.data = each
        if request.told is not None:
            put_data(request.told, fetch.node)
    request.fetches = ()
    told, request.told = request.told, None
    if told is not None:
        service.check_told(told, later=later)
