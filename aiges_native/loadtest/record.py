"""What one worker saw; records of several are merged into one."""

from __future__ import annotations

from dataclasses import dataclass, field

from .histogram import COARSE, Histogram
from .outcome import DROPPED, UNSENT, Outcome
from .quantity import SECOND

#: Named histograms of a record, with what each of them says.
MEASURES = {
    "latency": "from the intended start to the end, every request",
    "ok": "the same, of requests that succeeded",
    "service": "from the actual start to the end (open loop)",
    "first": "from the first byte sent to the first result (stream, events)",
    "last": "from the last frame sent to the last result (stream)",
    "connect": "opening a connection (a stream; http: only where one had been lost)",
    "lag": "how late the client itself started a request (open loop)",
    "slow": "as latency, of users who read slowly, whose requests are in no other measure",
    "recovery": "from a kill to the first good answer to a request sent after it",
}
MAX_CODES = 200


@dataclass
class Failure:
    """Requests that ended with one code, and the text of the first of them."""

    count: int
    text: str


@dataclass
class Interval:
    """What ended within one stretch of the run."""

    ok: int = 0
    failed: int = 0
    dropped: int = 0
    latency: Histogram = field(default_factory=lambda: Histogram(COARSE))


class Record:
    """Outcomes, added one by one. ``begin``: the start of the run; ``warm``: when measuring begins; ``stop``: when no
    more requests start; all ns of the monotonic clock. ``width``: ns of an interval of the timeline."""

    def __init__(
        self, begin: int, warm: int, stop: int, is_open: bool, keep: bool = False, width: int = SECOND
    ) -> None:
        self.width = width
        self.begin, self.warm, self.stop, self.is_open = begin, warm, stop, is_open
        self.histograms = {name: Histogram() for name in MEASURES}
        self.failures: dict[int | str, Failure] = {}
        self.intervals: dict[int, Interval] = {}
        self.requests: list[tuple[int, ...] | tuple[int | str, ...]] | None = [] if keep else None
        self.measured = 0  # requests meant to start while measuring
        self.failed = 0  # of them
        self.answered = 0  # successes that ended while measuring, whenever they started: the throughput
        self.warmed = 0  # requests meant to start before
        self.dropped = 0  # requests whose user vanished, as it was meant to: neither measured nor failed
        self.pieces = 0  # results of streams and events
        self.recoveries: dict[int, int] = {}  # a kill -> the first good answer after it
        self.written = 0
        self.received = 0
        self.first_start = 0
        self.last_end = 0
        self.client_cpu = 0.0  # of one core, the busiest worker

    def add(self, intended: int, outcome: Outcome, lag: int = -1) -> None:
        """One request. ``lag``: ns between the intended and the actual start, if the client was waiting for it."""
        end, code = outcome.end, outcome.code
        if end < self.warm:
            self.warmed += 1
            return
        place = (end - self.begin) // self.width
        interval = self.intervals.get(place)
        if interval is None:
            interval = self.intervals[place] = Interval()
        if code == 0:
            interval.ok += 1
            self.answered += end < self.stop
        elif code == DROPPED:
            interval.dropped += 1
        else:
            interval.failed += 1
        if intended < self.warm:
            self.warmed += 1
            return
        self.first_start = min(self.first_start, intended) if self.first_start else intended
        self.last_end = max(self.last_end, end)
        if code == DROPPED:
            self.dropped += 1
            return
        if not outcome.slow:
            interval.latency.record(end - intended)
        self._measure(intended, outcome, lag)

    def _measure(self, intended: int, outcome: Outcome, lag: int) -> None:
        histograms, end = self.histograms, outcome.end
        self.measured += 1
        self.written += outcome.written
        self.received += outcome.received
        self.pieces += outcome.pieces
        if outcome.code != 0:
            self._fail(outcome)
        if self.requests is not None:
            self.requests.append((intended, outcome.sent, outcome.first, outcome.last_sent, end, outcome.code))
        if outcome.slow:
            histograms["slow"].record(end - intended)
            return
        histograms["latency"].record(end - intended)
        if outcome.code == 0:
            histograms["ok"].record(end - intended)
        if self.is_open and outcome.sent:
            histograms["service"].record(end - outcome.sent)
        if lag >= 0:
            histograms["lag"].record(lag)
        if outcome.connected:
            histograms["connect"].record(outcome.connected)
        if outcome.first:
            histograms["first"].record(outcome.first - outcome.sent)
        if outcome.last_sent and outcome.code == 0:
            histograms["last"].record(end - outcome.last_sent)

    def _fail(self, outcome: Outcome) -> None:
        self.failed += 1
        code = outcome.code if outcome.code in self.failures or len(self.failures) < MAX_CODES else "other codes"
        failure = self.failures.get(code)
        if failure is None:
            self.failures[code] = Failure(1, _printable(outcome.text))
        else:
            failure.count += 1

    def add_unsent(self, intended: int, now: int) -> None:
        """A request that was due and that nobody was free to send: it waited until ``now`` for nothing."""
        self.add(intended, Outcome().fail(UNSENT, "every user was still waiting for an answer", now))

    def merge(self, other: Record) -> None:
        """Adds what another worker of the same run saw."""
        for name, histogram in other.histograms.items():
            self.histograms[name].merge(histogram)
        for code, failure in other.failures.items():
            known = self.failures.setdefault(code, Failure(0, failure.text))
            known.count += failure.count
        for place, interval in other.intervals.items():
            mine = self.intervals.setdefault(place, Interval())
            mine.ok += interval.ok
            mine.failed += interval.failed
            mine.dropped += interval.dropped
            mine.latency.merge(interval.latency)
        for kill, answer in other.recoveries.items():
            self.recoveries[kill] = min(answer, self.recoveries.get(kill, answer))
        for name in ("measured", "failed", "answered", "warmed", "dropped", "pieces", "written", "received"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        starts = [start for start in (self.first_start, other.first_start) if start]
        self.first_start = min(starts, default=0)
        self.last_end = max(self.last_end, other.last_end)
        self.stop = max(self.stop, other.stop)
        self.client_cpu = max(self.client_cpu, other.client_cpu)
        if self.requests is not None and other.requests is not None:
            self.requests += other.requests


def _printable(text: str) -> str:
    """A service's words, as one line that any terminal and any file takes."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
