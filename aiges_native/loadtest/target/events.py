"""One-shot requests over HTTP that are answered in pieces: server-sent events, each a frame of the AI protocol."""

from __future__ import annotations

from time import monotonic_ns

from aiges_native.loadtest.outcome import BAD_REPLY, CLOSED, Outcome

from .http import HttpUser

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

    from .message import Reply

KIND = b"text/event-stream"


class EventReader:
    """The data of events, from bytes as they come. Lines end with LF or CR LF."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # of a line that has not ended yet
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of every event that these bytes complete."""
        first, *more = chunk.split(b"\n")
        self._line.append(first)
        found = []
        for begun in more:
            line = b"".join(self._line).removesuffix(b"\r")
            self._line = [begun]
            if line:
                self._field(line)
            elif self._data:
                found.append(b"\n".join(self._data))
                self._data = []
        return found

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))


class _Seen:
    """What has come of the answer to one request. ``over``: (code, text, when) after the last event."""

    def __init__(self) -> None:
        self.reader = EventReader()
        self.streamed = False
        self.first = 0
        self.pieces = 0
        self.over: tuple[int | str, str, int] | None = None

    def take(self, reply: Reply, now: int) -> None:
        """One event."""
        if reply.result:
            self.first = self.first or now
            self.pieces += 1
        if reply.ended:
            self.over = (reply.code, reply.message, now)


class EventsUser(HttpUser):
    """One connection. A request ends with its last event; the connection is free when the answer's body has ended."""

    _seen = _Seen()

    def _send(self, message: bytes, outcome: Outcome) -> asyncio.Future[int]:
        self._seen = _Seen()
        return super()._send(message, outcome)

    def _judge(self, outcome: Outcome) -> Outcome:
        seen = self._seen
        outcome.first, outcome.pieces = seen.first, seen.pieces
        if seen.over is not None:
            if self._why or not self._keep_alive:
                self._why = ""
                self.close()
            return outcome.fail(*seen.over)
        if seen.streamed and not self._why:
            self.close()
            return outcome.fail(CLOSED, "the answer ended without a last event", outcome.end)
        outcome = super()._judge(outcome)
        if outcome.code == 0:
            outcome.fail(BAD_REPLY, "one answer, and no events", outcome.end)
        return outcome

    # --- called by the parser ---

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the answer."""
        if name.lower() == b"content-type" and value.partition(b";")[0].strip().lower() == KIND:
            self._seen.streamed = True

    def on_body(self, body: bytes) -> None:
        """A part of the answer: events, or an ordinary body."""
        seen = self._seen
        if not seen.streamed:
            super().on_body(body)
            return
        now = monotonic_ns()
        for data in seen.reader.feed(body):
            if seen.over is not None:
                return
            try:
                seen.take(self._read(data), now)
            except ValueError as error:
                seen.over = (BAD_REPLY, str(error), now)
                self._end(BAD_REPLY)
