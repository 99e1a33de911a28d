"""What became of one request."""

from __future__ import annotations

#: Codes of failures that the client sees itself; an engine's and the service's codes are numbers.
TIMEOUT, CLOSED, CONNECT, BAD_REPLY, UNSENT = "timeout", "closed", "connect", "bad reply", "unsent"

#: No failure: the client itself went away in the midst of the request, as it was meant to.
DROPPED = "dropped"


class Outcome:
    """Times are ns of the monotonic clock; 0: it did not happen. ``sent``: the first byte, or the call; ``first``: the
    first result; ``last_sent``: the last frame of a stream; ``end``: the last result, or the failure. ``code`` 0:
    success. ``pieces``: results of a stream, or events. ``slow``: the client read slowly."""

    __slots__ = (
        "code", "connected", "end", "first", "last_sent", "pieces", "received", "sent", "slow", "text", "written"
    )  # fmt: skip

    def __init__(self, sent: int = 0) -> None:
        self.sent = sent
        self.connected = 0  # ns it took to connect, where that belongs to the request
        self.first = 0
        self.last_sent = 0
        self.end = 0
        self.code: int | str = 0
        self.text = ""
        self.written = 0  # bytes
        self.received = 0
        self.pieces = 0
        self.slow = False

    def fail(self, code: int | str, text: str, end: int) -> Outcome:
        """Ends with an error; returns itself."""
        self.code, self.text, self.end = code, text, end
        return self
