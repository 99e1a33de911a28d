"""Codes that a reply may carry, and what each means to a transport."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Outcome:
    """How a code is told: HTTP ``status``, WebSocket ``close`` code, name of the ``grpc`` status, and ``retryable``:
    whether the same request may succeed later or on another node."""

    __slots__ = ("close", "grpc", "retryable", "status")

    def __init__(self, status: int, close: int, grpc: str, retryable: bool = False) -> None:
        self.status = status
        self.close = close
        self.grpc = grpc
        self.retryable = retryable

    def __repr__(self) -> str:
        return f"Outcome(status={self.status}, close={self.close}, grpc={self.grpc!r}, retryable={self.retryable})"


SUCCESS: Final = 0
BAD_JSON: Final = 10000
BAD_PAYLOAD: Final = 10001
BAD_DATA: Final = 10009
TIMEOUT: Final = 10102
WRONG_TYPE: Final = 10106
BAD_VALUE: Final = 10107
NO_SLOT: Final = 10110
INPUT_OVER: Final = 10202
TOO_LARGE: Final = -20155

#: WebSocket close codes (RFC 6455) by what happened.
_NORMAL, _AWAY, _BAD, _POLICY, _BIG, _FAILED, _LATER = 1000, 1001, 1007, 1008, 1009, 1011, 1013

_INTERNAL = Outcome(500, _FAILED, "INTERNAL")
_INVALID = Outcome(400, _BAD, "INVALID_ARGUMENT")

OUTCOMES: Final[dict[int, Outcome]] = {
    SUCCESS: Outcome(200, _NORMAL, "OK"),
    BAD_JSON: _INVALID,
    BAD_PAYLOAD: _INVALID,
    10002: _INTERNAL,
    10003: _INTERNAL,  # the envelope of the RPC uses the number for an unknown operation: 400, UNIMPLEMENTED
    10004: _INTERNAL,
    10008: Outcome(404, _POLICY, "NOT_FOUND"),
    BAD_DATA: _INVALID,
    10010: Outcome(502, _FAILED, "FAILED_PRECONDITION"),
    10011: Outcome(502, _FAILED, "FAILED_PRECONDITION"),
    10012: Outcome(502, _FAILED, "FAILED_PRECONDITION"),
    10013: Outcome(504, _FAILED, "FAILED_PRECONDITION"),
    10019: Outcome(408, _POLICY, "DEADLINE_EXCEEDED"),
    10101: Outcome(410, _POLICY, "FAILED_PRECONDITION"),
    TIMEOUT: Outcome(504, _POLICY, "DEADLINE_EXCEEDED"),
    10103: _INTERNAL,
    10104: Outcome(409, _FAILED, "FAILED_PRECONDITION"),
    10105: Outcome(409, _POLICY, "ALREADY_EXISTS"),
    WRONG_TYPE: Outcome(502, _FAILED, "INTERNAL"),
    BAD_VALUE: _INVALID,
    10109: Outcome(502, _FAILED, "UNAVAILABLE", retryable=True),
    NO_SLOT: Outcome(503, _LATER, "UNAVAILABLE", retryable=True),
    10114: Outcome(504, _POLICY, "DEADLINE_EXCEEDED"),
    10160: _INTERNAL,
    10163: _INVALID,
    10200: _INTERNAL,
    INPUT_OVER: _INVALID,
    10240: _INTERNAL,
    10400: _INTERNAL,
    10401: _INVALID,
    10600: Outcome(501, _FAILED, "UNIMPLEMENTED"),
    -20150: Outcome(503, _AWAY, "UNAVAILABLE", retryable=True),  # draining
    -20151: Outcome(503, _LATER, "UNAVAILABLE", retryable=True),  # loading
    -20152: Outcome(429, _LATER, "RESOURCE_EXHAUSTED", retryable=True),  # rate limited
    -20153: Outcome(503, _LATER, "UNAVAILABLE", retryable=True),  # wedged
    -20154: Outcome(500, _FAILED, "RESOURCE_EXHAUSTED"),  # overflow
    TOO_LARGE: Outcome(413, _BIG, "RESOURCE_EXHAUSTED"),
    -20156: Outcome(401, _POLICY, "UNAUTHENTICATED"),
    -20157: Outcome(499, _NORMAL, "CANCELLED"),  # the client is gone: for logs and metrics
}

# Codecs, internal buffers, adapters, engine life cycle, plug-in callbacks, and the calls of an engine.
for _code in (
    *(10041, 10042, 10043, 10044, 10300, 10301, 10402, 10403, 10404, 10405, 10406),
    *(10901, 10902, 10903, 10904, 10905, 10906, 10907, 10908, 10909, 10910, 20001, 20002),
):
    OUTCOMES[_code] = _INTERNAL


class ProtocolError(Exception):
    """A request that cannot be served, or a result that cannot be sent.

    ``code`` is one of :data:`OUTCOMES`, ``message`` a sentence for the client, ``path`` the JSON pointer of the
    offending value (``/payload/data/text``) or None.
    """

    def __init__(self, code: int, message: str, path: str | None = None) -> None:
        super().__init__(code, message, path)
        self.code = code
        self.message = message
        self.path = path

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        return f"{self.message}{where} (code {self.code})"

    @property
    def outcome(self) -> Outcome:
        """What the code means to a transport."""
        return outcome(self.code)


def outcome(code: int) -> Outcome:
    """What a code means to a transport; a code that is not ours (an engine's own) is a failure of the engine."""
    return OUTCOMES.get(code, _INTERNAL)


def http_status(code: int, *, legacy: bool = False) -> int:
    """The HTTP status of a reply with this code; ``legacy``: 500 for every error."""
    status = outcome(code).status
    return 500 if legacy and code != SUCCESS else status


def close_code(code: int, *, compat: bool = False) -> int:
    """The WebSocket close code after a reply with this code; ``compat``: always 1000."""
    return _NORMAL if compat else outcome(code).close


def close_reason(code: int) -> str:
    """The text of a WebSocket close frame."""
    return f"code={code}"


def wants_retry_after(code: int) -> bool:
    """Whether an HTTP reply with this code has the header ``Retry-After``."""
    return outcome(code).status in (429, 503)


def engine_message(text: str, code: int) -> str:
    """The message of an error of the engine: its own text, and its own code."""
    return f"{text};code={code}"
