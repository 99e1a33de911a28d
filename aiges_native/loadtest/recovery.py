"""How long it takes after a kill until a request is answered well."""

from __future__ import annotations

from collections import deque

from .quantity import SECOND

#: A worker is told of a kill within this time, and remembers good answers for so long.
MEMORY = 2 * SECOND


class Recovery:
    """What one worker saw. ``first``: kill -> when the first good answer came to a request that was sent after it; both
    ns of the monotonic clock."""

    def __init__(self) -> None:
        self.first: dict[int, int] = {}
        self._waiting: list[int] = []
        self._answers: deque[tuple[int, int]] = deque()  # (sent, end)

    def good(self, sent: int, end: int) -> None:
        """A good answer."""
        self._answers.append((sent, end))

    def killed(self, when: int) -> None:
        """The parent has told of a kill."""
        self._waiting.append(when)

    def look(self, now: int) -> None:
        """Sees which kills were followed by a good answer. To be called after every message of the parent, and now and
        then."""
        for kill in list(self._waiting):
            ends = [end for sent, end in self._answers if sent > kill]
            if ends:
                self.first[kill] = min(ends)
                self._waiting.remove(kill)
        while self._answers and self._answers[0][1] < now - MEMORY:
            self._answers.popleft()
