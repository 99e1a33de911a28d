"""uvicorn as this service runs it: our signals, our bounds, and an end that does not wait for a clock."""

from __future__ import annotations

import asyncio
import contextlib
import functools

import uvicorn

from aiges_native.host.serving.http_connection import HttpConnection
from aiges_native.host.serving.safety import uvicorn_options
from aiges_native.host.serving.websocket_connection import WebSocketConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from aiges_native.host.config import Config
    from aiges_native.host.fronts import App

_LOOK = 0.005  # seconds between two looks at connections that are about to end


class HttpServer(uvicorn.Server):
    """Serves until :meth:`end`; connections then have ``patience`` seconds to take their last answer."""

    def __init__(self, app: App, config: Config, patience: float) -> None:
        super().__init__(_uvicorn_config(app, config))
        self._patience = patience
        self._ending = asyncio.Event()

    def end(self) -> None:
        """No new connections; those that there are end."""
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the host's."""
        yield

    async def main_loop(self) -> None:
        """Waits for the end. (uvicorn's own looks ten times a second whether it has come.)"""
        await self.on_tick(0)
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes sockets and idle connections at once, and the others when they are answered."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        limit = loop.time() + self._patience
        while (state.connections or state.tasks) and loop.time() < limit:
            await asyncio.sleep(_LOOK)
        for task in state.tasks:
            task.cancel()


def _uvicorn_config(app: App, config: Config) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=functools.partial(HttpConnection, limits=config.limits),  # type: ignore[arg-type]
        ws=WebSocketConnection,
        lifespan="off",
        log_config=None,
        access_log=False,
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ws_max_size=int(config.ws.max_message),
        **uvicorn_options(config.tls),
        ws_ping_interval=config.ws.ping or None,
        ws_ping_timeout=config.ws.ping or None,
        timeout_keep_alive=75,
        limit_concurrency=None,  # it would refuse everybody while there is one connection too many
        backlog=2048,
    )
