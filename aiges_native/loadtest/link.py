"""The line between the parent and a worker: pickled messages over a socket pair. Its end means that the other died."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

#: Messages of a worker: ("ready",), ("progress", share, sent, ok, failed), ("record", Record), ("error", parts, usage).
#: Messages of the parent: (Plan, share, shares), then ("go", begin), then perhaps ("killed", when) and ("stop",).


class Link:
    """One end. ``send`` drops what nobody reads any more; ``receive`` gives None when the other end is gone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def send(self, message: tuple[Any, ...]) -> None:
        """Sends a message."""
        try:
            self.connection.send(message)
        except OSError:
            return

    def receive(self) -> Any:
        """Waits for the next message."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return None

    def waiting(self) -> list[tuple[Any, ...]]:
        """What the other end has said meanwhile; ("stop",) when it is gone."""
        found = []
        while self.connection.poll():
            message = self.receive()
            found.append(message or ("stop",))
            if message is None:
                break
        return found


def over_file(number: int) -> Link:
    """The link over an inherited file descriptor."""
    from multiprocessing.connection import Connection

    return Link(Connection(number))
