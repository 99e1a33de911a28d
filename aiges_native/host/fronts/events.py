"""``POST`` with ``Accept: text/event-stream``: one request in, the pieces of its answer out as server-sent events."""

from __future__ import annotations

import asyncio

from aiges_native.host.core import Failure, codes
from aiges_native.host.core import Request as CoreRequest
from aiges_native.host.fronts.disconnect import ClientGoneError, watch_client
from aiges_native.host.fronts.ending import Ending
from aiges_native.host.fronts.fetching import fetch_while_there
from aiges_native.host.fronts.once import decoded, read_body, seconds_allowed, wants_typed
from aiges_native.host.fronts.output import Output
from aiges_native.host.fronts.replies import fields_of, reply_error
from aiges_native.host.protocol import OutputState, ProtocolError, error_frame, sse_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.core.stream import StreamSession
    from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings
    from aiges_native.host.fronts.replies import Receive, Scope, Send
    from aiges_native.host.protocol import Request


async def serve_events(
    exhibit: Exhibit, settings: FrontSettings, scope: Scope, receive: Receive, send: Send, sid: str
) -> None:
    """Answers one request with events; an error before the first of them is an ordinary HTTP answer."""
    arrived = exhibit.core.clock.time()
    ending = Ending(exhibit, scope, "sse", "stream", sid)
    try:
        fields = fields_of(scope)
        body = await read_body(settings, fields, receive, ending)
        request = decoded(exhibit, settings, scope, fields, body, sid)
        ending.client_sid = request.client_sid
        deadline = arrived + seconds_allowed(fields, settings.session_timeout)
        if request.fetches:
            await fetch_while_there(exhibit, settings, request, deadline, scope, receive)
        ending.code = await _Events(exhibit, settings, request, ending, scope, send).run(deadline, receive)
    except ProtocolError as error:
        ending.code = error.code
        await reply_error(send, settings, error.code, error.message, sid, path=error.path)
    except Failure as failure:
        ending.code = failure.code
        await reply_error(send, settings, failure.code, failure.message, sid)
    except (ClientGoneError, asyncio.TimeoutError):  # the client is gone, or does not read
        ending.code = codes.CANCELLED
    finally:
        settings.budget.give(ending.bytes_in)
        ending.end()
        exhibit.finished(ending)


class _Events:
    def __init__(
        self,
        exhibit: Exhibit,
        settings: FrontSettings,
        request: Request,
        ending: Ending,
        scope: Scope,
        send: Send,
    ) -> None:
        self._exhibit = exhibit
        self._settings = settings
        self._request = request
        self._ending = ending
        self._sid = ending.sid
        self._scope = scope
        self._send = send
        self._state = OutputState(exhibit.codec, ending.sid, request.expects, typed=wants_typed(fields_of(scope)))
        self._started = False

    async def run(self, deadline: float, receive: Receive) -> int:
        """Sends everything; the code it ended with."""
        output = Output()
        request = CoreRequest(self._sid, self._request.params, self._request.nodes)
        session = self._exhibit.core.stream(request, deadline, output.on_outcome, output.on_piece)
        if output.outcome() is None:
            session.write(self._request.nodes, True)
        stop_watching = watch_client(self._scope, receive, session.gone)
        try:
            return await self._send_all(session, output)
        except ProtocolError as error:  # an output that cannot be sent
            if not self._started:
                raise
            return await self._end_with(error_frame(error.code, error.message, self._sid, path=error.path), error.code)
        finally:
            stop_watching()
            session.gone()

    async def _send_all(self, session: StreamSession, output: Output) -> int:
        while True:
            while (taken := output.take()) is not None:
                piece, size = taken
                await self._events(self._state.frames(piece))
                session.left(size)
            outcome = output.outcome()
            if isinstance(outcome, Failure):
                return await self._fail(outcome)
            if outcome is not None:
                await self._events(self._state.frames(outcome))
                await self._end()
                return 0
            await output.wait()

    async def _events(self, frames: list[bytes]) -> None:
        if not self._started:
            self._started = True
            headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
            if self._settings.cors:
                headers.append((b"access-control-allow-origin", self._settings.cors))
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        self._ending.note_output()
        for frame in frames:
            self._ending.bytes_out += len(frame)
            event = {"type": "http.response.body", "body": sse_event(frame), "more_body": True}
            await asyncio.wait_for(self._send(event), self._settings.write_stall)

    async def _fail(self, failure: Failure) -> int:
        if failure.code == codes.CANCELLED:
            return failure.code
        if self._started:
            frame = error_frame(failure.code, failure.message, self._sid, engine_code=failure.engine_code)
            return await self._end_with(frame, failure.code)
        await reply_error(
            self._send,
            self._settings,
            failure.code,
            failure.message,
            self._sid,
            engine_code=failure.engine_code,
        )
        return failure.code

    async def _end_with(self, frame: bytes, code: int) -> int:
        await self._events([frame])
        await self._end()
        return code

    async def _end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})
