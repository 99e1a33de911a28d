"""``POST``: one request, one answer."""

from __future__ import annotations

import asyncio
from time import perf_counter

from aiges_native.host.core import Failure, codes
from aiges_native.host.core import Request as CoreRequest
from aiges_native.host.fronts.disconnect import ClientGoneError, DisconnectWatch
from aiges_native.host.fronts.exhibit import Ending
from aiges_native.host.fronts.fetching import fetch_while_there
from aiges_native.host.fronts.replies import header, reply, reply_error
from aiges_native.host.protocol import ProtocolError, decode_once, once_reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings
    from aiges_native.host.fronts.replies import Receive, Scope, Send
    from aiges_native.host.protocol import Request

_TOO_LARGE = -20155


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. ProtocolError: it is larger than ``limit``; ClientGoneError."""
    length = header(scope, b"content-length")
    if length.isdecimal() and int(length) > limit:
        raise ProtocolError(_TOO_LARGE, f"request has {length} bytes, expected at most {limit}")
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise ProtocolError(_TOO_LARGE, f"request has more than {limit} bytes")
    return b"".join(parts)


def decoded(exhibit: Exhibit, settings: FrontSettings, scope: Scope, body: bytes, sid: str) -> Request:
    """The request in a body. ProtocolError."""
    return decode_once(
        exhibit.codec,
        body,
        sid,
        content_type=header(scope, b"content-type"),
        content_encoding=header(scope, b"content-encoding"),
        query=scope.get("query_string", b"").decode("latin-1"),
        limit=settings.body_limit,
    )


def seconds_allowed(scope: Scope, most: float) -> float:
    """The client's own bound in ``Aiges-Timeout-Ms``, if it is shorter. ProtocolError."""
    text = header(scope, b"aiges-timeout-ms")
    if not text:
        return most
    if not text.isdecimal() or int(text) == 0:
        raise ProtocolError(10107, f"Aiges-Timeout-Ms is '{text[:20]}', expected milliseconds", None)
    return min(most, int(text) / 1000)


async def serve_once(
    exhibit: Exhibit, settings: FrontSettings, scope: Scope, receive: Receive, send: Send, sid: str
) -> None:
    """Answers one request."""
    began = perf_counter()  # the loop's clock is as coarse as a millisecond
    arrived = exhibit.core.clock.time()
    ending = Ending(exhibit, scope, "http", "once", sid)
    try:
        body = await read_body(scope, receive, settings.body_limit)
        ending.bytes_in = len(body)
        request = decoded(exhibit, settings, scope, body, sid)
        del body
        deadline = arrived + seconds_allowed(scope, settings.request_timeout)
        if request.fetches:
            await fetch_while_there(exhibit, settings, request, deadline, receive)
        outcome = await _outcome(exhibit, request, sid, deadline, receive)
        if isinstance(outcome, Failure):
            raise outcome
        answer = once_reply(exhibit.codec, sid, request.expects, outcome, typed=_wants_typed(scope))
        del outcome  # the engine's memory, given back before the client has read all of it
        ending.bytes_out = len(answer)
        await reply(send, settings, 200, answer)
    except ProtocolError as error:
        ending.code = error.code
        await reply_error(send, settings, error.code, error.message, sid, path=error.path)
    except Failure as failure:
        ending.code = failure.code
        if failure.code != codes.CANCELLED:
            await reply_error(send, settings, failure.code, failure.message, sid, engine_code=failure.engine_code)
    except ClientGoneError:
        ending.code = codes.CANCELLED
    finally:
        ending.seconds = perf_counter() - began
        exhibit.finished(ending)


async def _outcome(exhibit: Exhibit, request: Request, sid: str, deadline: float, receive: Receive) -> Any:
    """What the core says of a request, whose client is watched meanwhile."""
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    session = exhibit.core.once(CoreRequest(sid, request.params, request.nodes), deadline, told.set_result)
    if told.done():
        return told.result()
    watch = DisconnectWatch(receive, session.gone)
    try:
        return await told
    finally:
        watch.stop()
        session.gone()  # does nothing when it was answered; else this task was cancelled


def _wants_typed(scope: Scope) -> bool | None:
    return True if header(scope, b"aiges-reply") == "typed" else None
