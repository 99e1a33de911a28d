"""What the requests of all clients together may hold in memory."""

from __future__ import annotations

from aiges_native.host.core import Failure, codes


class Budget:
    """Bytes of requests that wait for an engine or are with one: at most ``most``.

    ``held``: how many there are now.
    """

    __slots__ = ("held", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    def take(self, size: int) -> None:
        """Holds ``size`` bytes more, or raises Failure."""
        if self.held + size > self.most:
            raise Failure(codes.NO_SLOT, f"the service holds {self.held} bytes of requests, and {self.most} at most")
        self.held += size

    def give(self, size: int) -> None:
        """``size`` bytes are held no more."""
        self.held -= size
