"""Reading the statistics page of ``libaiges.so``: what every engine of a process did.

The layout is that of ``csrc/stats/layout.hpp``, version 1; ``tests/host/test_native_stats.py`` compares the two.
"""

from __future__ import annotations

from .family import COUNTER, GAUGE, HISTOGRAM, SUMMARY, Family
from .layout import BUCKET_COUNT
from .mapping import NotAPageError, map_sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAYOUT_VERSION = 1
MAGIC = int.from_bytes(b"aignspag", "little")
SLOTS = 64
SHARDS = 256
COUNTERS = 14
SHARD_BYTES = 1408
TOTALS_BYTES = (COUNTERS + BUCKET_COUNT) * 8
NAME_AT, NAME_BYTES = 24, 64
SHARDS_USED_AT, OPEN_SLOTS_AT = 48, 56  # in the header
BASELINE_AT = NAME_AT + NAME_BYTES
SHARDS_AT = -(-(BASELINE_AT + TOTALS_BYTES) // 128) * 128
HISTOGRAM_AT = COUNTERS * 8 + 16  # in a shard
SLOTS_AT = 4096
SLOT_BYTES = -(-(SHARDS_AT + (SHARDS + 1) * SHARD_BYTES) // 4096) * 4096
PAGE_BYTES = SLOTS_AT + SLOTS * SLOT_BYTES

BEGUN, ENDED, FAILURES, BYTES_IN, BYTES_OUT, BYTES_COPIED, GIL_WAIT_NS, TOTAL_NS = range(8)
SESSIONS_OPENED, SESSIONS_CLOSED = 10, 11

_ATTEMPTS = 8


class EngineStats:
    """Counters of one engine since it was opened, as ``Engine.stats()`` has them; ``histogram`` has all buckets."""

    __slots__ = ("histogram", "name", "state", "sums")

    def __init__(self, name: str, state: int, sums: list[int], histogram: list[int]) -> None:
        self.name = name
        self.state = state
        self.sums = sums
        self.histogram = histogram

    @property
    def calls(self) -> int:
        """Calls that ended."""
        return self.sums[ENDED]

    @property
    def in_flight(self) -> int:
        """Calls begun and not ended."""
        return max(self.sums[BEGUN] - self.sums[ENDED], 0)

    @property
    def sessions(self) -> int:
        """Open sessions."""
        return max(self.sums[SESSIONS_OPENED] - self.sums[SESSIONS_CLOSED], 0)


class NativeStats:
    """The engines in the page behind ``fd`` (``aiges_native.stats_fd()``), which stays the caller's.

    ``labels`` are put on every metric, to tell processes apart. Raises NotAPageError if it is no statistics page of
    this version of the library.
    """

    def __init__(self, fd: int, labels: Mapping[str, str] | None = None) -> None:
        self._memory = map_sealed(fd, PAGE_BYTES, "statistics page")
        self._words = self._memory.cast("Q")
        self._halves = self._memory.cast("I")
        self._labels = dict(labels or {})
        if self._words[0] != MAGIC or self._halves[2] != LAYOUT_VERSION:
            raise NotAPageError(f"descriptor {fd} is no statistics page of layout {LAYOUT_VERSION}")

    def engines(self) -> list[EngineStats]:
        """All engines open at this moment."""
        open_slots = self._words[OPEN_SLOTS_AT // 8]
        found = [self._engine(SLOTS_AT + index * SLOT_BYTES) for index in range(SLOTS) if open_slots >> index & 1]
        return [engine for engine in found if engine is not None]

    def _engine(self, at: int) -> EngineStats | None:
        for _ in range(_ATTEMPTS):
            generation = self._halves[(at + 8) // 4]
            if generation % 2 == 0:
                return None
            name = bytes(self._memory[at + NAME_AT : at + NAME_AT + NAME_BYTES]).split(b"\0")[0]
            base = self._words[(at + BASELINE_AT) // 8 : (at + BASELINE_AT + TOTALS_BYTES) // 8].tolist()
            sums = [-value for value in base[:COUNTERS]]
            histogram = [-value for value in base[COUNTERS:]]
            for shard in self._used_shards(at):
                self._add(shard, sums, histogram)
            state = self._halves[(at + 12) // 4]
            if self._halves[(at + 8) // 4] == generation:  # else another engine moved in meanwhile
                return EngineStats(name.decode("utf-8", "replace"), state, sums, histogram)
        return None

    def _used_shards(self, at: int) -> list[int]:
        # The memory of shards that no thread ever had is left alone: reading it would allocate it.
        used = min(self._halves[SHARDS_USED_AT // 4], SHARDS)
        return [at + SHARDS_AT + index * SHARD_BYTES for index in (*range(used), SHARDS)]

    def _add(self, shard: int, sums: list[int], histogram: list[int]) -> None:
        words, first = self._words, shard // 8
        for counter in reversed(range(COUNTERS)):  # the end of a pair before its beginning
            sums[counter] += words[first + counter]
        if not words[first + TOTAL_NS]:
            return
        start = first + HISTOGRAM_AT // 8
        for bucket, count in enumerate(words[start : start + BUCKET_COUNT].tolist()):
            histogram[bucket] += count

    def collect(self) -> Iterator[Family]:
        """Engine metrics: calls, their durations, waits for the GIL, bytes copied by the bridge to Python."""
        calls = Family("aiges_engine_calls_total", COUNTER, "Calls of an engine that ended.")
        seconds = Family("aiges_engine_call_seconds", HISTOGRAM, "Durations of calls of an engine.")
        running = Family("aiges_engine_calls_running", GAUGE, "Calls of an engine begun and not ended.")
        waits = Family("aiges_gil_wait_seconds", SUMMARY, "Time that calls of a Python engine waited for the GIL.")
        copied = Family("aiges_copied_bytes_total", COUNTER, "Bytes of payload copied on their way.")
        for engine in self.engines():
            labels, sums = {"engine": engine.name, **self._labels}, engine.sums
            failures = min(sums[FAILURES], engine.calls)
            calls.add(engine.calls - failures, fn="any", result="ok", **labels)
            calls.add(failures, fn="any", result="error", **labels)
            running.add(engine.in_flight, **labels)
            seconds.add((engine.histogram, sums[TOTAL_NS]), fn="any", **labels)
            waits.add((engine.calls, sums[GIL_WAIT_NS]), **labels)
            copied.add(sums[BYTES_COPIED], stage="bridge", **labels)
        yield from (calls, seconds, running, waits, copied)
