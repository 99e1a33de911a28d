"""The ASGI application: which path goes where."""

from __future__ import annotations

import json

from aiges_native.host.fronts import documents
from aiges_native.host.fronts.events import serve_events
from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings
from aiges_native.host.fronts.once import serve_once
from aiges_native.host.fronts.replies import fields_of, reply, reply_error
from aiges_native.host.fronts.websocket import serve_websocket
from aiges_native.host.protocol import StreamSids, Uuids, error_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from typing import Any

    from aiges_native.host.fronts.replies import Receive, Scope, Send

    Page = Callable[[], tuple[int, bytes, bytes]]

_NOT_FOUND = 10008
_BAD_METHOD = 10001
_HTML = b"text/html; charset=utf-8"
_PREFLIGHT = (
    (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
)


class App:
    """An ASGI 3 application over a set of engines, to be served or mounted. Of engines with one route the first has it.

    ``pages``: more paths for ``GET``: functions that give status, content type and body (health, metrics).
    """

    def __init__(
        self,
        exhibits: Iterable[Exhibit],
        settings: FrontSettings | None = None,
        *,
        title: str = "aiges_native",
        version: str = "1",
        pages: dict[str, Page] | None = None,
    ) -> None:
        self.exhibits = list(exhibits)
        self.settings = settings or FrontSettings()
        self._routes: dict[str, Exhibit] = {}
        for exhibit in self.exhibits:
            for route in exhibit.routes:
                self._routes.setdefault(route, exhibit)
        self._uuids = Uuids()
        self._stream_sids = StreamSids()
        self._document = documents.openapi_of(self.exhibits, title, version)
        self._pages: dict[str, Page] = {
            "/": lambda: (200, _HTML, documents.index_page(self._document)),
            "/docs": lambda: (200, _HTML, documents.docs_page(self._document)),
            "/openapi.json": lambda: (200, b"application/json", json.dumps(self._document).encode()),
            "/ping": lambda: (200, b"text/plain", b"pong"),
            **(pages or {}),
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """One connection of ASGI."""
        kind = scope["type"]
        if kind == "http":
            path = self._path(scope)
            exhibit = self._routes.get(path)
            if exhibit is not None and scope["method"] == "POST":
                wants_events = b"text/event-stream" in fields_of(scope).get(b"accept", b"")
                serve = serve_events if wants_events else serve_once
                return serve(exhibit, self.settings, scope, receive, send, next(self._uuids))
            return self._other(path, exhibit, scope["method"], send)
        if kind == "websocket":
            return self._websocket(scope, receive, send)
        return _lifespan(receive, send)

    async def _other(self, path: str, exhibit: Exhibit | None, method: str, send: Send) -> None:
        """What is no request to an engine."""
        if method == "OPTIONS":
            await reply(send, self.settings, 204, b"", b"text/plain", *(_PREFLIGHT if self.settings.cors else ()))
        elif exhibit is not None:
            text = "send POST, or open a WebSocket" if exhibit.streams else "send POST"
            await self._refuse(send, 405, f"{method} is not served here; {text}", (b"allow", b"POST, OPTIONS"))
        elif path in self._pages and method in ("GET", "HEAD"):
            status, content_type, body = self._pages[path]()
            await reply(send, self.settings, status, body, content_type)  # the server sends no body to HEAD
        elif path.startswith("/swagger/"):
            await reply(send, self.settings, 302, b"", b"text/plain", (b"location", b"/docs"))
        else:
            await self._tell_routes(send)

    async def _tell_routes(self, send: Send) -> None:
        routes = ", ".join(self._routes) or "none"
        await reply_error(send, self.settings, _NOT_FOUND, f"no engine at this path; there is: {routes}")

    async def _refuse(self, send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        await reply(send, self.settings, status, error_body(_BAD_METHOD, text, ""), b"application/json", *headers)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._path(scope)
        exhibit = self._routes.get(path)
        if exhibit is not None and exhibit.streams:
            await serve_websocket(exhibit, self.settings, scope, receive, send, next(self._stream_sids))
            return
        if path == "/ping":
            await _ping(receive, send)
            return
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
        elif exhibit is None:
            await self._tell_routes(_denying(send))
        else:
            text = "the engine has no sessions: WebSocket is not served here; send POST"
            await self._refuse(_denying(send), 405, text, (b"allow", b"POST, OPTIONS"))

    @staticmethod
    def _path(scope: Scope) -> str:
        path: str = scope["path"]
        root: str = scope.get("root_path", "")
        return path[len(root) :] if root and path.startswith(root) else path


def _denying(send: Send) -> Send:
    """Sends an HTTP answer to who asked for a WebSocket."""

    async def deny(message: dict[str, Any]) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    return deny


async def _ping(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        if text is None:
            text = (message.get("bytes") or b"").decode("utf-8", "replace")
        await send({"type": "websocket.send", "text": "pong" if text == "ping" else text})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
