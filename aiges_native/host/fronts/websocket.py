"""Streams over WebSocket: frames in, pieces out, in their order."""

from __future__ import annotations

import asyncio
import contextlib

from aiges_native.host.core import Failure, codes
from aiges_native.host.core import Request as CoreRequest
from aiges_native.host.fronts.disconnect import ClientGoneError
from aiges_native.host.fronts.ending import Ending
from aiges_native.host.fronts.fetching import fetch_data
from aiges_native.host.fronts.incoming import Incoming
from aiges_native.host.fronts.once import wants_typed
from aiges_native.host.fronts.output import Output
from aiges_native.host.fronts.replies import fields_of
from aiges_native.host.protocol import (
    SUBPROTOCOL,
    InputState,
    OutputState,
    ProtocolError,
    acknowledgement,
    close_code,
    close_reason,
    decode_frame,
    error_frame,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.core.stream import StreamSession
    from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings
    from aiges_native.host.fronts.replies import Receive, Scope, Send
    from aiges_native.host.protocol import Request

_INPUT_TIMEOUT = 10019


async def serve_websocket(
    exhibit: Exhibit, settings: FrontSettings, scope: Scope, receive: Receive, send: Send, sid: str
) -> None:
    """Serves one connection, which is one stream."""
    await receive()  # websocket.connect
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if _is_framed(scope) else None})
    ending = Ending(exhibit, scope, "ws", "stream", sid)
    ending.code = codes.CANCELLED
    try:
        ending.code = await Connection(exhibit, settings, scope, receive, send, ending).run()
    finally:
        ending.end()
        exhibit.finished(ending)


def _is_framed(scope: Scope) -> bool:
    return SUBPROTOCOL in scope.get("subprotocols", ())


class Connection:
    """One stream: a task reads frames, another sends pieces; the first to end ends both."""

    def __init__(
        self, exhibit: Exhibit, settings: FrontSettings, scope: Scope, receive: Receive, send: Send, ending: Ending
    ) -> None:
        self._exhibit = exhibit
        self._settings = settings
        self._receive = receive
        self._send = send
        self._ending = ending
        self._sid = ending.sid
        self._framed = _is_framed(scope)
        self._typed = wants_typed(fields_of(scope))
        self._input = InputState(ending.sid)
        self._output = Output()
        self._state: OutputState | None = None
        self._session: StreamSession | None = None
        self._room = asyncio.Event()
        self._held = 0  # bytes of frames in the budget
        self._acknowledged = False
        self._deadline = 0.0
        self._incoming: Incoming | None = None

    async def run(self) -> int:
        """Until the stream is over; the code it ended with."""
        reader = asyncio.ensure_future(self._read())
        writer = asyncio.ensure_future(self._write())
        try:
            return await self._until_one_ends(reader, writer)
        except (asyncio.TimeoutError, OSError):  # the client reads nothing, or is gone
            return codes.CANCELLED
        finally:
            for task in (reader, writer):
                task.cancel()
            if self._incoming is not None:
                self._incoming.close()
            if self._session is not None:
                self._session.gone()
            self._settings.budget.give(self._held)

    async def _until_one_ends(self, reader: asyncio.Future[None], writer: asyncio.Future[int]) -> int:
        await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
        try:
            if writer.done():
                return writer.result()
            reader.result()
        except (ProtocolError, Failure) as error:  # a frame or an output of no use, or no room for a frame
            if self._session is not None:
                self._session.gone()
            await self._fail(error.code, error.message, path=getattr(error, "path", None))
            return error.code
        return codes.CANCELLED  # the client is gone

    # ---- Input ------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        """Takes frames until the client is gone. ProtocolError for those that cannot be understood, Failure for those
        that there is no room for."""
        while True:
            message = await self._next_message()
            if message["type"] == "websocket.disconnect":
                return
            data: Any = message.get("bytes")
            data = message.get("text") if data is None else data
            self._ending.bytes_in += len(data)
            framed = self._framed and message.get("bytes") is not None
            request = decode_frame(self._exhibit.codec, self._input, data, framed=framed)
            if request.fetches and not await self._fetched(request):
                return
            if self._session is None:
                self._ending.note_input()
                self._ending.client_sid = request.client_sid
                self._begin(request)
            self._hand_in(request.nodes)
            while self._session is not None and not self._session.has_room:
                self._room.clear()
                await self._room.wait()

    async def _next_message(self) -> dict[str, Any]:
        if self._input.over:
            return await self._receive()
        try:
            return await asyncio.wait_for(self._receive(), self._settings.read_timeout)
        except asyncio.TimeoutError:
            text = f"no frame came for {self._settings.read_timeout:g} s"
            raise ProtocolError(_INPUT_TIMEOUT, text) from None

    async def _fetched(self, request: Request) -> bool:
        """Gets the data that a frame names; later frames wait. False: the client went meanwhile."""
        core, later = self._exhibit.core, self._session is not None
        if self._incoming is None:
            self._incoming = Incoming(self._receive, core.limits.input_frames, core.limits.input_bytes)
            self._receive = self._incoming.next
        if not self._deadline:  # of the stream, which begins now
            self._deadline = core.clock.time() + self._settings.session_timeout
        try:
            work = fetch_data(self._exhibit, self._settings, request, self._deadline, later=later)
            await self._incoming.during(work)
        except ClientGoneError:
            return False
        return True

    def _begin(self, request: Request) -> None:
        core = self._exhibit.core
        self._deadline = self._deadline or core.clock.time() + self._settings.session_timeout
        self._state = OutputState(
            self._exhibit.codec, self._sid, request.expects, typed=self._typed, framed=self._framed
        )
        self._session = core.stream(
            CoreRequest(self._sid, request.params, []),
            self._deadline,
            self._output.on_outcome,
            self._output.on_piece,
            self._frame_taken,
            self._output.on_begin,
        )

    def _hand_in(self, nodes: list[Any]) -> None:
        assert self._session is not None
        with contextlib.suppress(Failure):  # it is over: the writer tells why
            self._session.write(nodes, self._input.over)
        self._account()

    def _frame_taken(self) -> None:
        self._account()
        self._room.set()

    def _account(self) -> None:
        """The budget holds what waits for the engine. Failure: all clients together want too much."""
        assert self._session is not None
        waiting = self._session.waiting_bytes
        if waiting > self._held:
            self._settings.budget.take(waiting - self._held)
        else:
            self._settings.budget.give(self._held - waiting)
        self._held = waiting

    # ---- Output -----------------------------------------------------------------------------------------------------

    async def _write(self) -> int:
        """Sends pieces until the last; the code it ended with."""
        output = self._output
        while True:
            await output.wait()
            while (taken := output.take()) is not None:
                assert self._state is not None and self._session is not None
                piece, size = taken
                self._ending.note_output()
                await self._send_frames(self._state.frames(piece))
                self._session.left(size)
            outcome = output.outcome()
            if isinstance(outcome, Failure):
                await self._fail(outcome.code, outcome.message, engine_code=outcome.engine_code)
                return outcome.code
            if outcome is not None:
                assert self._state is not None
                self._ending.note_output()
                await self._send_frames(self._state.frames(outcome))
                await self._close(0)
                return 0
            if output.begun and not self._acknowledged:
                self._acknowledged = True
                await self._send_frames([acknowledgement(self._sid)], text=True)

    async def _send_frames(self, frames: list[bytes], text: bool = False) -> None:
        self._acknowledged = self._acknowledged or bool(frames)
        for frame in frames:
            self._ending.bytes_out += len(frame)
            if self._framed and not text:
                message = {"type": "websocket.send", "bytes": frame}
            else:
                message = {"type": "websocket.send", "text": frame.decode()}
            await asyncio.wait_for(self._send(message), self._settings.write_stall)

    async def _fail(self, code: int, message: str, *, path: str | None = None, engine_code: int | None = None) -> None:
        if code == codes.CANCELLED:
            return
        frame = error_frame(code, message, self._sid, path=path, engine_code=engine_code)
        await self._send_frames([frame], text=True)
        await self._close(code)

    async def _close(self, code: int) -> None:
        number = close_code(code, compat=self._settings.close_compat)
        reason = close_reason(code) if code else ""
        await self._send({"type": "websocket.close", "code": number, "reason": reason})
