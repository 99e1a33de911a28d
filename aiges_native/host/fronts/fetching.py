"""Data that a request names by its address: fetched before a slot is taken, and only while the client is there."""

from __future__ import annotations

import asyncio

from aiges_native.host.fetch import FetchError
from aiges_native.host.fronts.disconnect import ClientGoneError, watch_client
from aiges_native.host.protocol import ProtocolError, complete

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings
    from aiges_native.host.fronts.replies import Receive, Scope
    from aiges_native.host.protocol import Request

#: States in which the core refuses what is new: its answer need not wait for data.
_REFUSING = ("draining", "loading", "wedged")


async def fetch_data(
    exhibit: Exhibit, settings: FrontSettings, request: Request, deadline: float, *, later: bool = False
) -> None:
    """Completes a request with its data, one block after the other: together they have at most the bytes of a body.

    ``deadline``: time of the core's clock. ``later``: the request is a frame of a session that runs. A request that the
    core will refuse stays as it is. ProtocolError: 10010 to 10013, 10110, -20150; 10107 by the schema.
    """
    core, fetcher = exhibit.core, settings.fetcher
    assert fetcher is not None, "a codec that lets data be fetched needs a fetcher in the settings"
    if not later and core.state in _REFUSING:
        return
    room, data = settings.body_limit, []
    for fetch in request.fetches:
        try:
            data.append(await fetcher.fetch(fetch.url, deadline - core.clock.time(), room, in_session=later))
        except FetchError as error:
            raise ProtocolError(error.code, error.message, fetch.path) from None
        room -= len(data[-1])
    complete(exhibit.codec, request, data, later=later)


async def fetch_while_there(
    exhibit: Exhibit, settings: FrontSettings, request: Request, deadline: float, scope: Scope, receive: Receive
) -> None:
    """The same for a request whose client only waits now. ClientGoneError."""
    task = asyncio.ensure_future(fetch_data(exhibit, settings, request, deadline))
    is_gone = []

    def gone() -> None:
        is_gone.append(True)
        task.cancel()

    stop_watching = watch_client(scope, receive, gone)
    try:
        await task
    except asyncio.CancelledError:
        if is_gone:
            raise ClientGoneError from None
        raise
    finally:
        stop_watching()
        task.cancel()
