"""Whether a client is still there, however the server waits for it."""

from __future__ import annotations

import asyncio

import pytest

from aiges_native.host.fronts.disconnect import DisconnectWatch

GONE = {"type": "http.disconnect"}


class Events:
    """A server that waits for an event, as uvicorn does."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.message = GONE

    async def receive(self):
        await self.event.wait()
        return self.message


async def twice(events: Events):
    await events.event.wait()
    await asyncio.sleep(0)
    return events.message


async def at_once(events: Events):
    return events.message


async def yields_first(events: Events):
    await asyncio.sleep(0)
    await events.event.wait()
    return events.message


async def raises(events: Events):
    await asyncio.sleep(0)
    raise ConnectionError


WAYS = [Events.receive, twice, at_once, yields_first, raises, lambda events: asyncio.ensure_future(events.receive())]


@pytest.mark.parametrize("way", WAYS)
def test_the_end_is_told_once(way):
    async def main() -> list[str]:
        events, told = Events(), []
        watch = DisconnectWatch(lambda: way(events), lambda: told.append("gone"))
        await asyncio.sleep(0)
        events.event.set()
        for _ in range(5):
            await asyncio.sleep(0)
        watch.stop()
        return told

    assert asyncio.run(main()) == ["gone"]


@pytest.mark.parametrize("way", WAYS[:2] + WAYS[3:4] + WAYS[5:])
def test_nothing_is_told_after_stop_or_for_another_message(way):
    async def main() -> list[str]:
        events, told = Events(), []
        watch = DisconnectWatch(lambda: way(events), lambda: told.append("gone"))
        await asyncio.sleep(0)
        watch.stop()
        watch.stop()
        events.event.set()
        for _ in range(5):
            await asyncio.sleep(0)
        other = Events()
        other.message = {"type": "http.request"}
        watch = DisconnectWatch(lambda: way(other), lambda: told.append("gone"))
        other.event.set()
        for _ in range(5):
            await asyncio.sleep(0)
        watch.stop()
        return told

    assert asyncio.run(main()) == []
