"""The telemetry page as its owner sees it: makes it, gives places in it to metrics and services."""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from _thread import allocate_lock

from . import layout
from .instruments import Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily
from .layout import Header
from .state import ServiceState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_F_SEAL_FUTURE_WRITE = 0x10  # Linux 5.1; the module fcntl has no name for it
_LABEL_BYTES = 128
_HELP_BYTES = 400


def _sealed_memory(size: int) -> tuple[int, mmap.mmap]:
    """(descriptor, mapping) of memory that nobody can shrink, grow, or map for writing again."""
    fd = os.memfd_create("aiges-telemetry", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.posix_fallocate(fd, 0, size)  # no memory is told here, and not by SIGBUS in a request
        memory = mmap.mmap(fd, size)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
        try:
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals | _F_SEAL_FUTURE_WRITE)
        except OSError:  # an older kernel: readers are trusted not to write
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
    except BaseException:
        os.close(fd)
        raise
    return fd, memory


class Page:
    """Counters and states of this process in anonymous memory that other processes may map and read.

    ``size``: bytes, a multiple of the system's page size. One process writes; a forked child must not.
    ``fd``: the descriptor to hand to a reader, borrowed until :meth:`close`. Raises OSError where memory is short or
    the kernel has no memfd. Metrics that find no room in the page count all the same and are not shown.
    """

    def __init__(self, size: int = layout.PAGE_BYTES) -> None:
        if size % mmap.PAGESIZE or size <= layout.ARENA_AT * layout.WORD:
            raise ValueError(
                f"a telemetry page has whole pages of {mmap.PAGESIZE} bytes, more than "
                f"{layout.ARENA_AT * layout.WORD} in all; found {size} bytes"
            )
        self.fd, memory = _sealed_memory(size)
        self._memory = memoryview(memory)
        self._words = self._memory.cast("Q")
        self._doubles = self._memory.cast("d")
        self._lock = allocate_lock()
        self._families: dict[str, tuple[int, Any]] = {}
        self._services: dict[str, ServiceState] = {}
        words = self._words
        words[Header.LAYOUT] = layout.LAYOUT_VERSION
        words[Header.BYTES] = size
        words[Header.PID] = os.getpid()
        words[Header.STARTED] = time.monotonic_ns()
        self.set_limits()
        words[Header.MAGIC] = layout.MAGIC

    def close(self) -> None:
        """Closes the descriptor; idempotent. What was made from this page may still be used, readers keep theirs."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    # --- the process ------------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """Says that the event loop runs. To be called by it ten times a second: see :class:`Heart`."""
        self._words[Header.HEARTBEAT] = time.monotonic_ns()

    def set_draining(self) -> None:
        """Says that this process takes no new work and will end."""
        if not self._words[Header.DRAINING]:
            self._words[Header.DRAINING] = time.monotonic_ns()

    def set_config_loaded(self) -> None:
        """Says that the configuration now in force was read at this moment."""
        self._words[Header.CONFIG_LOADED] = time.monotonic_ns()

    def set_limits(self, *, stall_after: float = 10, gil_stall: float = 30, exit_on_wedge: bool = True) -> None:
        """What counts as stalled and as wedged: seconds; whether this process ends itself when it is wedged."""
        self._words[Header.STALL_AFTER] = int(stall_after * 1e9)
        self._words[Header.GIL_STALL] = int(gil_stall * 1e9)
        self._words[Header.EXIT_ON_WEDGE] = int(exit_on_wedge)

    def service(self, name: str) -> ServiceState:
        """The row of a service, made on first use, ``loading``. Raises ValueError when all rows are taken."""
        with self._lock:
            found = self._services.get(name)
            if found is None:
                index = len(self._services)
                if index >= layout.SERVICE_COUNT:
                    raise ValueError(f"no room for service {name!r}: a page holds {layout.SERVICE_COUNT} services")
                start = layout.HEADER_WORDS + index * layout.ROW_WORDS
                end = start + layout.ROW_WORDS
                row = self._memory[start * layout.WORD : end * layout.WORD]
                found = self._services[name] = ServiceState(name, row, self._words[start:end])
                self._words[Header.SERVICES] = index + 1
            return found

    # --- metrics ----------------------------------------------------------------------------------------------------

    def set_labels(self, labels: Mapping[str, str]) -> None:
        """Labels that every metric of this process is shown with, those of its engines among them, in place of such
        labels before. No metric may have one of these names itself."""
        texts = [layout.cut(text, _LABEL_BYTES) for pair in labels.items() for text in pair]
        with self._lock:
            if self._append(layout.LABELS, 0, texts, 0) is None:
                self._words[Header.REFUSED] += 1

    def hide_metrics(self) -> None:
        """Says that the metrics are to be told to nobody; they are counted all the same."""
        self._words[Header.HIDDEN] = 1

    def counters(self, name: str, help: str, labels: Sequence[str] = (), sets: int = 64) -> CounterFamily:
        """The family of counters ``name``, which ends in ``_total``; made on first use."""
        return self._family(layout.COUNTER, name, help, labels, sets)  # type: ignore[no-any-return]

    def untyped(self, name: str, help: str, labels: Sequence[str] = (), sets: int = 64) -> CounterFamily:
        """The same for a name that cannot end in ``_total``; shown without a type."""
        return self._family(layout.UNTYPED, name, help, labels, sets)  # type: ignore[no-any-return]

    def gauges(self, name: str, help: str, labels: Sequence[str] = (), sets: int = 64) -> GaugeFamily:
        """The family of gauges ``name``; made on first use."""
        return self._family(layout.GAUGE, name, help, labels, sets)  # type: ignore[no-any-return]

    def histograms(self, name: str, help: str, labels: Sequence[str] = (), sets: int = 64) -> HistogramFamily:
        """The family of histograms of durations ``name``, which ends in ``_seconds``; made on first use."""
        return self._family(layout.HISTOGRAM, name, help, labels, sets)  # type: ignore[no-any-return]

    def info(self, name: str, help: str, **labels: str) -> None:
        """Says something that has no number: ``name``, which ends in ``_info``, with these labels."""
        family = self._family(layout.INFO, name, help, tuple(labels), 1)
        family.labels(*labels.values()).set(1)

    def _family(self, kind: int, name: str, help: str, labels: Sequence[str], sets: int) -> Any:
        with self._lock:
            known = self._families.get(name)
            if known is not None:
                if known[0] != kind:
                    raise ValueError(f"metric {name!r} is already declared as another kind")
                return known[1]
            texts = [layout.cut(text, _HELP_BYTES) for text in (name, help, *labels)]
            index = len(self._families)
            shown = self._append(layout.FAMILY, kind, texts, 0) is not None

            def make(values: tuple[str, ...]) -> Any:
                return self._instrument(kind, index if shown else None, values)

            family = _FAMILIES[kind](name, tuple(labels), sets, make)
            if shown:
                self._families[name] = kind, family
            return family

    def _instrument(self, kind: int, family: int | None, values: tuple[str, ...]) -> Any:
        place = None
        if family is not None:
            texts = [layout.cut(text, _LABEL_BYTES) for text in values]
            with self._lock:
                place = self._append(layout.SERIES, family, texts, layout.VALUE_WORDS[kind])
        make, count = _INSTRUMENTS[kind], layout.VALUE_WORDS[kind]
        if place is None:
            self._words[Header.REFUSED] += 1
            return make(memoryview(bytearray(count * layout.WORD)).cast("d" if make is Gauge else "Q"))
        values_at: Any = self._doubles if make is Gauge else self._words
        return make(values_at[place : place + count])

    def _append(self, what: int, third: int, texts: list[bytes], values: int) -> int | None:
        """Appends a record; returns where its values lie, or None if there is no room. The lock is held."""
        text = layout.TEXT_END.join(texts)
        text_words = -(-len(text) // layout.WORD)
        size = 3 + text_words + values
        words = self._words
        start = layout.ARENA_AT + words[Header.USED]
        if start + size > len(words):
            return None
        first = size | what << 32
        self._memory[(start + 3) * layout.WORD : (start + 3) * layout.WORD + len(text)] = text
        words[start + 2] = third
        words[start + 1] = len(text) | layout.checksum(text, first, third) << 32
        words[start] = first
        words[Header.USED] += size  # last: until then no reader looks here
        return start + 3 + text_words


_FAMILIES: dict[int, Any] = {
    layout.COUNTER: CounterFamily,
    layout.UNTYPED: CounterFamily,
    layout.GAUGE: GaugeFamily,
    layout.INFO: GaugeFamily,
    layout.HISTOGRAM: HistogramFamily,
}
_INSTRUMENTS: dict[int, Any] = {
    layout.COUNTER: Counter,
    layout.UNTYPED: Counter,
    layout.GAUGE: Gauge,
    layout.INFO: Gauge,
    layout.HISTOGRAM: Histogram,
}
