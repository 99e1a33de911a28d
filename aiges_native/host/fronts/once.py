"""``POST``: one request, one answer."""

from __future__ import annotations

import asyncio

from aiges_native.host.core import Failure, codes
from aiges_native.host.core import Request as CoreRequest
from aiges_native.host.fronts.disconnect import ClientGoneError, watch_client
from aiges_native.host.fronts.fetching import fetch_while_there
from aiges_native.host.fronts.replies import field, fields_of, reply, reply_error
from aiges_native.host.protocol import ProtocolError, decode_once, once_reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.fronts.ending import Ending
    from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings
    from aiges_native.host.fronts.replies import Fields, Receive, Scope, Send
    from aiges_native.host.protocol import Request

_TOO_LARGE = -20155
_TOO_SLOW = 10019


async def read_body(settings: FrontSettings, fields: Fields, receive: Receive, ending: Ending) -> bytes:
    """The whole body. What has come of it is held in the budget, and is ``ending.bytes_in``.

    ProtocolError: it is too large, or does not come to its end; Failure: all requests together are too large;
    ClientGoneError.
    """
    length = field(fields, b"content-length")
    if length.isdecimal() and int(length) > settings.body_limit:
        raise ProtocolError(_TOO_LARGE, f"request has {length} bytes, expected at most {settings.body_limit}")
    part, more = await _next_part(settings, receive, ending)
    if not more:
        return part
    try:
        return await asyncio.wait_for(_rest(part, settings, receive, ending), settings.request_timeout)
    except asyncio.TimeoutError:
        text = f"the body did not come to its end within {settings.request_timeout:g} s"
        raise ProtocolError(_TOO_SLOW, text) from None


async def _rest(first: bytes, settings: FrontSettings, receive: Receive, ending: Ending) -> bytes:
    parts = [first]
    more = True
    while more:
        part, more = await _next_part(settings, receive, ending)
        parts.append(part)
    return b"".join(parts)


async def _next_part(settings: FrontSettings, receive: Receive, ending: Ending) -> tuple[bytes, bool]:
    """A part of the body, and whether there are more."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    part: bytes = message.get("body", b"")
    settings.budget.take(len(part))
    ending.bytes_in += len(part)
    if ending.bytes_in > settings.body_limit:
        raise ProtocolError(_TOO_LARGE, f"request has more than {settings.body_limit} bytes")
    return part, message.get("more_body", False)


def decoded(exhibit: Exhibit, settings: FrontSettings, scope: Scope, fields: Fields, body: bytes, sid: str) -> Request:
    """The request in a body. ProtocolError."""
    return decode_once(
        exhibit.codec,
        body,
        sid,
        content_type=field(fields, b"content-type"),
        content_encoding=field(fields, b"content-encoding"),
        query=scope.get("query_string", b"").decode("latin-1"),
        limit=settings.body_limit,
    )


def seconds_allowed(fields: Fields, most: float) -> float:
    """The client's own bound in ``Aiges-Timeout-Ms``, if it is shorter. ProtocolError."""
    text = field(fields, b"aiges-timeout-ms")
    if not text:
        return most
    if not text.isdecimal() or int(text) == 0:
        raise ProtocolError(10107, f"Aiges-Timeout-Ms is '{text[:20]}', expected milliseconds", None)
    return min(most, int(text) / 1000)


async def serve_once(
    exhibit: Exhibit, settings: FrontSettings, scope: Scope, receive: Receive, send: Send, sid: str
) -> None:
    """Answers one request."""
    arrived = exhibit.core.clock.time()
    ending = exhibit.new_ending(scope, sid)
    stages = ending.stages
    try:
        fields = fields_of(scope)
        body = await read_body(settings, fields, receive, ending)
        if stages:
            stages.begin()
        request = decoded(exhibit, settings, scope, fields, body, sid)
        if "sid" in request.raw_header:
            ending.client_sid = request.client_sid
        del body
        if stages:
            stages.end("parse")
        deadline = arrived + seconds_allowed(fields, settings.request_timeout)
        if request.fetches:
            await fetch_while_there(exhibit, settings, request, deadline, scope, receive)
            if stages:
                stages.begin()
        outcome = await _outcome(exhibit, request, ending, deadline, scope, receive)
        if isinstance(outcome, Failure):
            raise outcome
        if stages:
            stages.begin()
        answer = once_reply(exhibit.codec, sid, request.expects, outcome, typed=wants_typed(fields))
        del outcome  # the engine's memory, given back before the client has read all of it
        if stages:
            stages.end("encode")
        ending.bytes_out = len(answer)
        await reply(send, settings, 200, answer)
        if stages:
            stages.end("write")
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
        settings.budget.give(ending.bytes_in)
        ending.end()
        exhibit.finished(ending)


async def _outcome(
    exhibit: Exhibit, request: Request, ending: Ending, deadline: float, scope: Scope, receive: Receive
) -> Any:
    """What the core says of a request, whose client is watched meanwhile."""
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    session = exhibit.core.once(CoreRequest(ending.sid, request.params, request.nodes), deadline, told.set_result)
    if told.done():
        return told.result()
    stop_watching = watch_client(scope, receive, session.gone)
    try:
        return await told
    finally:
        stop_watching()
        if ending.stages:
            ending.stages.call(*session.call_times)
        session.gone()  # does nothing when it was answered; else this task was cancelled


def wants_typed(fields: Fields) -> bool | None:
    """Whether the client asks for typed replies; None: as the service has them."""
    return True if fields.get(b"aiges-reply") == b"typed" else None
