"""The codec of the AI protocol: bytes to requests, results to bytes. No network, no engine, no state but a stream's."""

from __future__ import annotations

from aiges_native.host.protocol.binary import SUBPROTOCOL
from aiges_native.host.protocol.errors import (
    OUTCOMES,
    Outcome,
    ProtocolError,
    close_code,
    close_reason,
    engine_message,
    http_status,
    outcome,
    wants_retry_after,
)
from aiges_native.host.protocol.fetches import Fetch, complete
from aiges_native.host.protocol.frames import InputState, decode_frame
from aiges_native.host.protocol.once import BODY_LIMIT, decode_once
from aiges_native.host.protocol.replies import (
    OutputState,
    acknowledgement,
    error_body,
    error_frame,
    once_reply,
    sse_event,
)
from aiges_native.host.protocol.request import Request
from aiges_native.host.protocol.service import Service
from aiges_native.host.protocol.sids import StreamSids, Uuids

__all__ = [
    "BODY_LIMIT",
    "OUTCOMES",
    "SUBPROTOCOL",
    "Fetch",
    "InputState",
    "Outcome",
    "OutputState",
    "ProtocolError",
    "Request",
    "Service",
    "StreamSids",
    "Uuids",
    "acknowledgement",
    "close_code",
    "close_reason",
    "complete",
    "decode_frame",
    "decode_once",
    "engine_message",
    "error_body",
    "error_frame",
    "http_status",
    "once_reply",
    "outcome",
    "sse_event",
    "wants_retry_after",
]
