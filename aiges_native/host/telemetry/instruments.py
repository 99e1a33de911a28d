"""What the serving process counts with: one line of the page each, written with no lock and no system call.

A value is kept twice, as a Python number and in the page: storing it is cheaper than reading it back. Each update runs
without a call or a loop between the read and the store, so threads that share a GIL cannot come in between.
"""

from __future__ import annotations

from _thread import allocate_lock

from .layout import BUCKET_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: The value of every label of the series that takes all label sets beyond a family's bound.
OTHER = "other"


class Counter:
    """A number that only grows."""

    __slots__ = ("_cell", "_value")

    def __init__(self, cell: memoryview) -> None:
        self._cell = cell
        self._value = 0

    def add(self, n: int = 1) -> None:
        """Adds ``n``, at least 0."""
        self._cell[0] = self._value = self._value + n

    @property
    def value(self) -> int:
        """The sum so far."""
        return self._value


class Gauge:
    """A number that goes up and down."""

    __slots__ = ("_cell", "_value")

    def __init__(self, cell: memoryview[float]) -> None:
        self._cell = cell
        self._value = 0.0

    def set(self, value: float) -> None:
        """Takes ``value`` in place of the present one."""
        self._cell[0] = self._value = value

    def add(self, n: float = 1) -> None:
        """Adds ``n``, which may be negative."""
        self._cell[0] = self._value = self._value + n

    @property
    def value(self) -> float:
        """The present value."""
        return self._value


class Histogram:
    """Durations in ns, counted in buckets of a quarter octave."""

    __slots__ = ("_buckets", "_counts", "_sum", "_sum_cell")

    def __init__(self, cell: memoryview) -> None:
        self._sum_cell = cell[:1]
        self._sum = 0
        self._buckets = cell[1:]
        self._counts = [0] * BUCKET_COUNT

    def observe(self, ns: int) -> None:
        """Counts one duration in ns; less than 0 counts as 0."""
        if ns > 3:  # bucket_of(), written out: a call costs as much as all of this
            shift = ns.bit_length() - 3
            bucket = 4 * shift + (ns >> shift)
            if bucket >= BUCKET_COUNT:
                bucket = BUCKET_COUNT - 1
        else:
            ns = bucket = ns if ns > 0 else 0
        counts = self._counts
        self._buckets[bucket] = counts[bucket] = counts[bucket] + 1
        self._sum_cell[0] = self._sum = self._sum + ns

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return sum(self._counts)

    @property
    def sum_ns(self) -> int:
        """The sum of all durations in ns."""
        return self._sum


class Family:
    """The series of one metric, made on first use of their label values.

    Up to ``sets`` label sets get a series each; all further ones share one whose labels are ``other``.
    """

    __slots__ = ("_labels", "_lock", "_make", "_other", "_series", "_sets", "name")

    def __init__(self, name: str, labels: tuple[str, ...], sets: int, make: Callable[[tuple[str, ...]], Any]) -> None:
        self.name = name
        self._labels = labels
        self._sets = sets
        self._make = make
        self._series: dict[tuple[Any, ...], Any] = {}
        self._other: Any = None
        self._lock = allocate_lock()

    def _add(self, values: tuple[Any, ...]) -> Any:
        if len(values) != len(self._labels):
            raise TypeError(f"metric {self.name!r} has the labels {self._labels}, found {len(values)} values")
        texts = tuple(map(str, values))
        with self._lock:
            found = self._series.get(texts)  # known under these texts; other spellings are not kept
            if found is not None:
                return found
            if len(self._series) < self._sets:
                self._series[texts] = made = self._make(texts)
                return made
            if self._other is None:
                self._other = self._make((OTHER,) * len(self._labels))
            return self._other


class CounterFamily(Family):
    """Counters by label values."""

    __slots__ = ()

    def labels(self, *values: str) -> Counter:
        """The counter of these label values, in the order of the family's labels."""
        try:
            return self._series[values]  # type: ignore[no-any-return]
        except KeyError:
            return self._add(values)  # type: ignore[no-any-return]


class GaugeFamily(Family):
    """Gauges by label values."""

    __slots__ = ()

    def labels(self, *values: str) -> Gauge:
        """The gauge of these label values, in the order of the family's labels."""
        try:
            return self._series[values]  # type: ignore[no-any-return]
        except KeyError:
            return self._add(values)  # type: ignore[no-any-return]


class HistogramFamily(Family):
    """Histograms by label values."""

    __slots__ = ()

    def labels(self, *values: str) -> Histogram:
        """The histogram of these label values, in the order of the family's labels."""
        try:
            return self._series[values]  # type: ignore[no-any-return]
        except KeyError:
            return self._add(values)  # type: ignore[no-any-return]
