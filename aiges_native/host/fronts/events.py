"""``POST`` with ``Accept: text/event-stream``: one request in, the pieces of its answer out as server-sent events."""

from __future__ import annotations

import asyncio
from time import perf_counter

from aiges_native.host.core import Failure, codes
from aiges_native.host.core import Request as CoreRequest
from aiges_native.host.fronts.disconnect import ClientGoneError, DisconnectWatch
from aiges_native.host.fronts.exhibit import Ending
from aiges_native.host.fronts.fetching import fetch_while_there
from aiges_native.host.fronts.once import decoded, read_body, seconds_allowed
from aiges_native.host.fronts.output import Output
from aiges_native.host.fronts.replies import reply_error
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
    began = perf_counter()
    arrived = exhibit.core.clock.time()
    ending = Ending(exhibit, scope, "sse", "stream", sid)
    try:
        body = await read_body(scope, receive, settings.body_limit)
        ending.bytes_in = len(body)
        request = decoded(exhibit, settings, scope, body, sid)
        deadline = arrived + seconds_allowed(scope, settings.session_timeout)
        if request.fetches:
            await fetch_while_there(exhibit, settings, request, deadline, receive)
        ending.code = await _Events(exhibit, settings, request, ending, send).run(deadline, receive)
    except ProtocolError as error:
        ending.code = error.code
        await reply_error(send, settings, error.code, error.message, sid, path=error.path)
    except (ClientGoneError, asyncio.TimeoutError):  # the client is gone, or does not read
        ending.code = codes.CANCELLED
    finally:
        ending.seconds = perf_counter() - began
        exhibit.finished(ending)


class _Events:
    def __init__(self, exhibit: Exhibit, settings: FrontSettings, request: Request, ending: Ending, send: Send) -> None:
        self._exhibit = exhibit
        self._settings = settings
        self._request = request
        self._ending = ending
        self._sid = ending.sid
        self._send = send
        self._state = OutputState(exhibit.codec, ending.sid, request.expects)
        self._started = False

    async def run(self, deadline: float, receive: Receive) -> int:
        """Sends everything; the code it ended with."""
        output = Output()
        request = CoreRequest(self._sid, self._request.params, self._request.nodes)
        session = self._exhibit.core.stream(request, deadline, output.on_outcome, output.on_piece)
        if output.outcome() is None:
            session.write(self._request.nodes, True)
        watch = DisconnectWatch(receive, session.gone)
        try:
            return await self._send_all(session, output)
        finally:
            watch.stop()
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
        for frame in frames:
            self._ending.bytes_out += len(frame)
            event = {"type": "http.response.body", "body": sse_event(frame), "more_body": True}
            await asyncio.wait_for(self._send(event), self._settings.write_stall)

    async def _fail(self, failure: Failure) -> int:
        if failure.code == codes.CANCELLED:
            return failure.code
        if self._started:
            frame = error_frame(failure.code, failure.message, self._sid, engine_code=failure.engine_code)
            await self._events([frame])
            await self._end()
        else:
            await reply_error(
                self._send,
                self._settings,
                failure.code,
                failure.message,
                self._sid,
                engine_code=failure.engine_code,
            )
        return failure.code

    async def _end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})
