"""When requests are meant to start.

Closed loop: a user starts its next request when its last one is answered, and users join during a ramp. Open loop:
arrivals follow a rate, whatever the target does; a late request is measured from when it was *meant* to start, so a
target that stalls cannot hide the requests it kept waiting (coordinated omission).

All times are nanoseconds; a schedule starts at 0.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import sqrt

from .problem import plan_error
from .quantity import SECOND, duration, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


HIGHEST = 1e6  # requests per second


@dataclass(frozen=True)
class Stage:
    """A stretch of time in which the rate goes in a straight line from ``first`` to ``last`` requests per second."""

    length: int  # ns
    first: float
    last: float

    @property
    def arrivals(self) -> float:
        """How many requests start within it."""
        return (self.first + self.last) / 2 * self.length / SECOND

    def when(self, number: float) -> float:
        """The time within the stage, in ns, at which ``number`` requests have started."""
        slope = (self.last - self.first) / self.length * SECOND  # requests per second, per second
        # number = first * t + slope / 2 * t^2, in the form that also holds for slope 0
        root = sqrt(max(self.first**2 + 2 * slope * number, 0.0))
        divisor = self.first + root
        return 2 * number / divisor * SECOND if divisor else float(self.length)


@dataclass(frozen=True)
class Profile:
    """Stages one after the other."""

    stages: tuple[Stage, ...]

    @property
    def length(self) -> int:
        """ns."""
        return sum(stage.length for stage in self.stages)

    @property
    def arrivals(self) -> float:
        """How many requests start, on average."""
        return sum(stage.arrivals for stage in self.stages)

    def starts(self, poisson: bool, share: int = 0, shares: int = 1, seed: int = 0) -> Iterator[int]:
        """The times of worker ``share`` of ``shares``: every ``shares``-th arrival, or, with ``poisson``, a process
        of its own at that part of the rate; together they are a Poisson process of the whole rate."""
        gaps = random.Random(seed * 1_000_003 + share)
        counted = gaps.expovariate(1) * shares if poisson else float(share)
        passed, before = 0, 0.0
        for stage in self.stages:
            arrivals = stage.arrivals
            while counted < before + arrivals:
                yield passed + round(stage.when(counted - before))
                counted += gaps.expovariate(1) * shares if poisson else shares
            before += arrivals
            passed += stage.length


def parse_profile(text: str, length: int) -> Profile:
    """The profile of ``500``, ``100..1000`` (a ramp), ``100,200,400`` (steps), each with its own ``@10s`` or not;
    stages without one share what is left of ``length``. Raises LoadTestError."""
    words = [word.partition("@") for word in text.split(",")]
    own = [duration(time, "--rate") if time else 0 for _, _, time in words]
    without = own.count(0)
    left = length - sum(own)
    if left < 0 or (without and left < without):
        raise plan_error(f"the stages of --rate '{text}' are longer than the run", "a longer --duration")
    stages = []
    for (rates, _, _), time in zip(words, own, strict=True):
        first, dots, last = rates.partition("..")
        begin = _rate(first, text)
        stages.append(Stage(time or left // without, begin, _rate(last, text) if dots else begin))
    profile = Profile(tuple(stages))
    if profile.arrivals < 1:
        raise plan_error(f"--rate '{text}' starts no request in this time", "a higher rate or a longer --duration")
    return profile


def _rate(word: str, text: str) -> float:
    parts = split(word)
    if parts is None or parts[0] < 0 or parts[1] not in ("", "rps"):
        raise plan_error(f"--rate '{text}' is no rate", "requests per second: 500, 100..1000, or 100@10s,200@10s")
    if parts[0] > HIGHEST:
        raise plan_error(f"--rate '{text}' is more than a client can send", f"at most {HIGHEST:g} requests per second")
    return parts[0]


class ClosedStarts:
    """The next request starts now, until the time is over or the requests are used up."""

    is_open = False

    def __init__(self, stop: int, count: int | None) -> None:
        self.stop = stop
        self._left = count

    def take(self, now: int) -> int | None:
        """When the caller's next request is meant to start; None: it has none."""
        if now >= self.stop:
            return None
        if self._left is not None:
            if self._left <= 0:
                return None
            self._left -= 1
        return now

    def unsent(self) -> Iterator[int]:
        """A user who waits for an answer owes nothing."""
        return iter(())


class OpenStarts:
    """The next arrival of a schedule, which may lie in the past."""

    is_open = True

    def __init__(self, starts: Iterator[int], begin: int, stop: int, count: int | None) -> None:
        self._starts = starts
        self._begin = begin
        self.stop = stop
        self._left = count

    def take(self, now: int) -> int | None:
        """When the next request is meant to start; None: there is none."""
        if self._left is not None:
            if self._left <= 0:
                return None
            self._left -= 1
        start = next(self._starts, None)
        if start is None or self._begin + start >= self.stop:
            self._left = 0
            return None
        return self._begin + start

    def unsent(self) -> Iterator[int]:
        """The arrivals before ``stop`` that nobody took."""
        while (start := self.take(0)) is not None:
            yield start


def joining(user: int, users: int, ramp: int) -> int:
    """When a user of the closed loop joins, in ns: all are there after ``ramp``, the first is at once."""
    return ramp * user // users
