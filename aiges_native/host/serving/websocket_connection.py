"""One WebSocket connection as uvicorn has it, but for two things that clients of a service notice."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_AWAY = 1001


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's protocol; a service that ends closes with 1001, and a client that waits for a slow engine is not taken
    for dead."""

    def keepalive_timeout(self) -> None:
        """A ping was not answered in time."""
        if self.read_paused:  # the answer may stand behind a frame that has no room yet
            self.pong_timer = None
            self.schedule_ping()
        else:
            super().keepalive_timeout()

    def shutdown(self) -> None:
        """The service ends."""
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": _AWAY, "reason": ""})
        self.conn.send_close(_AWAY)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()
