"""The socket pair between a host and its monitor: short messages, and descriptors of pages along with them.

Host to monitor: ``{"attach": "telemetry" | "native", "name": ..., "labels": {...}}`` with one descriptor,
``{"detach": name}``. Monitor to host: ``{"serving": "ADDRESS:PORT"}``. A message is a packet; the end of either process
is the end of the socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Names the inherited descriptor of a host whose monitor is its parent.
CHANNEL_VARIABLE = "AIGES_MONITOR_CHANNEL"
_MOST_BYTES = 16384
_MOST_DESCRIPTORS = 4


class ChannelClosed(ConnectionError):
    """The other process has ended."""


class Channel:
    """One end. Never waits: see :meth:`receive`."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end

    def fileno(self) -> int:
        """The descriptor, to be waited for; readable also when the other process has ended."""
        return self._socket.fileno()

    def send(self, message: dict[str, Any], fd: int = -1) -> None:
        """Sends a message, with a copy of the descriptor ``fd`` unless it is -1. Raises ChannelClosed."""
        data = json.dumps(message).encode()
        if len(data) > _MOST_BYTES:
            raise ValueError(f"message of {len(data)} bytes, expected at most {_MOST_BYTES}")
        try:
            if fd < 0:
                self._socket.send(data, socket.MSG_NOSIGNAL)
            else:
                socket.send_fds(self._socket, [data], [fd], socket.MSG_NOSIGNAL)
        except BlockingIOError:
            raise ChannelClosed("the monitor takes no messages: its socket is full") from None
        except OSError as error:
            raise ChannelClosed(f"the monitor is gone: {error.strerror}") from None

    def receive(self) -> tuple[dict[str, Any], int] | None:
        """The next message and its descriptor (or -1), which becomes the caller's; None: nothing there yet.

        Raises ChannelClosed at the end of the other process.
        """
        try:
            data, fds, flags, _ = socket.recv_fds(self._socket, _MOST_BYTES, _MOST_DESCRIPTORS)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            raise ChannelClosed(str(error)) from None
        for fd in fds[1:]:
            os.close(fd)
        fd = fds[0] if fds else -1
        if not data:
            _close(fd)
            raise ChannelClosed("the other process has ended")
        message: Any = None
        with contextlib.suppress(ValueError):
            message = json.loads(data)
        if not isinstance(message, dict) or flags & socket.MSG_TRUNC:
            _close(fd)
            return {}, -1
        return message, fd

    def close(self) -> None:
        """Closes this end; idempotent."""
        self._socket.close()


def channel_pair() -> tuple[Channel, Channel]:
    """Two ends."""
    first, second = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Channel(first), Channel(second)


def inherited_channel(fd: int) -> Channel:
    """The end that this process got from its parent under the number ``fd``. Raises OSError if it is none."""
    end = socket.socket(fileno=fd)
    if (end.family, end.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
        end.detach()
        raise OSError(f"descriptor {fd} is no monitor channel")
    end.set_inheritable(False)  # for this process alone, not for those that it starts
    return Channel(end)


def _close(fd: int) -> None:
    if fd >= 0:
        os.close(fd)
