"""When to start a host again that has died, and when to give up."""

from __future__ import annotations

FIRST_DELAY, LONGEST_DELAY = 0.1, 30.0
#: More deaths than this within the window: it is no use.
MOST_DEATHS, WINDOW = 5, 60.0
#: Exit codes that another start would not change: asked to end, wrong usage, drained, wrong configuration.
FINAL = frozenset({0, 2, 75, 78})


class Deaths:
    """The deaths of one host. Times are seconds of any monotonic clock."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._delay = FIRST_DELAY

    def note(self, now: float, lived: float) -> float | None:
        """Notes a death at ``now`` after ``lived`` seconds; seconds until the next start, or None to give up."""
        self._times = [time for time in self._times if now - time < WINDOW] + [now]
        if len(self._times) > MOST_DEATHS:
            return None
        if lived >= WINDOW:
            self._delay = FIRST_DELAY
        delay = self._delay
        self._delay = min(2 * delay, LONGEST_DELAY)
        return delay

    @property
    def recent(self) -> int:
        """Deaths within the window before the last one, which counts."""
        return len(self._times)
