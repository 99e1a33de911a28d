"""What every HTTP answer has: a status, headers, one body."""

from __future__ import annotations

from aiges_native.host.core import codes
from aiges_native.host.protocol import error_body, http_status, wants_retry_after

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from aiges_native.host.fronts.exhibit import FrontSettings

    Scope = dict[str, Any]
    Fields = dict[bytes, bytes]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON = b"application/json"
_RETRY_AFTER = (b"retry-after", b"1")
_CLOSE = (b"connection", b"close")


async def reply(
    send: Send, settings: FrontSettings, status: int, body: bytes, kind: bytes = JSON, *more: tuple[bytes, bytes]
) -> None:
    """Sends a whole answer."""
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *more]
    if settings.cors:
        headers.append((b"access-control-allow-origin", settings.cors))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def reply_error(
    send: Send,
    settings: FrontSettings,
    code: int,
    message: str,
    sid: str = "",
    *,
    path: str | None = None,
    engine_code: int | None = None,
) -> None:
    """Sends an error in the form of the protocol, with the HTTP status of its code."""
    body = error_body(code, message, sid, path=path, engine_code=engine_code)
    more = [_RETRY_AFTER] if wants_retry_after(code) else []
    if code == codes.DRAINING:  # whoever comes again should come to another node
        more.append(_CLOSE)
    await reply(send, settings, http_status(code, legacy=settings.legacy_status), body, JSON, *more)


def fields_of(scope: Scope) -> Fields:
    """The header of a request by names in lower case; of equal names the last counts."""
    return dict(scope["headers"])


def field(fields: Fields, name: bytes) -> str:
    """A field of a header, "" if there is none."""
    return fields[name].decode("latin-1") if name in fields else ""
