"""Reading a telemetry page, of this process or of another."""

from __future__ import annotations

import time

from . import layout
from .family import COUNTER, GAUGE, KINDS, Family, shown_labels
from .health import HostFacts, ServiceFacts, Verdict, judge_service
from .layout import Header, Row
from .mapping import NotAPageError, map_sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ATTEMPTS = 64


class _FamilyRecord:
    """A family found in the arena, with (shown labels, place of the values) of its series."""

    __slots__ = ("help", "kind", "labels", "name", "series")

    def __init__(self, kind: int, name: str, help: str, labels: list[str]) -> None:
        self.kind = kind
        self.name = name
        self.help = help
        self.labels = labels
        self.series: list[tuple[str, int]] = []


class PageReader:
    """The metrics and states in the page behind ``fd``, which stays the caller's and may be closed.

    Raises NotAPageError if it is no telemetry page of this version of the package. Nothing in the page can make a
    reader fail later: what it cannot take is left out.
    """

    def __init__(self, fd: int) -> None:
        self._memory = map_sealed(fd, None, "telemetry page")
        self._words = self._memory.cast("Q")
        self._doubles = self._memory.cast("d")
        words = self._words
        if len(words) <= layout.ARENA_AT or words[Header.MAGIC] != layout.MAGIC:
            raise NotAPageError(f"descriptor {fd} is no telemetry page")
        if words[Header.LAYOUT] != layout.LAYOUT_VERSION:
            raise NotAPageError(
                f"descriptor {fd} is a telemetry page of layout {words[Header.LAYOUT]}, expected "
                f"{layout.LAYOUT_VERSION}: writer and reader need the same version of aiges-native"
            )
        self._read_to = 0  # words of the arena
        self._labels = ""
        self._families: list[_FamilyRecord] = []

    # --- states -----------------------------------------------------------------------------------------------------

    def host(self) -> HostFacts:
        """What the page says about its process."""
        words, facts = self._words, HostFacts()
        facts.pid = words[Header.PID]
        facts.started = words[Header.STARTED]
        facts.heartbeat = words[Header.HEARTBEAT]
        facts.draining = words[Header.DRAINING]
        facts.config_loaded = words[Header.CONFIG_LOADED]
        facts.stall_after = words[Header.STALL_AFTER]
        facts.gil_stall = words[Header.GIL_STALL]
        facts.exit_on_wedge = bool(words[Header.EXIT_ON_WEDGE])
        return facts

    def services(self) -> list[ServiceFacts]:
        """What the page says about each service."""
        count = min(self._words[Header.SERVICES], layout.SERVICE_COUNT)
        return [self._service(layout.HEADER_WORDS + index * layout.ROW_WORDS) for index in range(count)]

    def _service(self, at: int) -> ServiceFacts:
        words, facts = self._words, ServiceFacts()
        for _ in range(_ATTEMPTS):
            sequence = words[at + Row.SEQUENCE]
            state, since = words[at + Row.STATE], words[at + Row.SINCE]
            texts = self._texts(at)
            if texts and sequence % 2 == 0 and words[at + Row.SEQUENCE] == sequence:
                break
        else:  # the writer was stopped in between; the numbers are whole at any time
            texts = None
        facts.name, facts.reason = texts or (self._name(at), "")
        facts.state = layout.STATES[state] if state < len(layout.STATES) else layout.DEAD
        facts.since = since
        facts.slots, facts.busy, facts.lost = words[at + Row.SLOTS], words[at + Row.BUSY], words[at + Row.LOST]
        facts.full_since, facts.overdue_since = words[at + Row.FULL_SINCE], words[at + Row.OVERDUE_SINCE]
        return facts

    def _texts(self, at: int) -> tuple[str, str] | None:
        word = self._words[at + Row.TEXT]
        name = self._bytes(at + Row.NAME_AT, min(word & 0xFFFF, Row.NAME_BYTES))
        reason = self._bytes(at + Row.REASON_AT, min(word >> 16 & 0xFFFF, Row.REASON_BYTES))
        if layout.checksum(name + reason) != word >> 32:
            return None
        return name.decode("utf-8", "replace"), reason.decode("utf-8", "replace")

    def _name(self, at: int) -> str:
        return self._bytes(at + Row.NAME_AT, Row.NAME_BYTES).rstrip(b"\0").decode("utf-8", "replace")

    def _bytes(self, word: int, length: int) -> bytes:
        return bytes(self._memory[word * layout.WORD : word * layout.WORD + length])

    def verdicts(self, now: int) -> dict[str, Verdict]:
        """How each service is at ``now`` (CLOCK_MONOTONIC, ns), if the process is alive."""
        host = self.host()
        return {service.name: judge_service(service, host, now) for service in self.services()}

    # --- metrics ----------------------------------------------------------------------------------------------------

    @property
    def labels(self) -> str:
        """The labels of all metrics of the process, as they are shown."""
        self._read_directory()
        return self._labels

    @property
    def hidden(self) -> bool:
        """Whether the metrics are to be told to nobody."""
        return bool(self._words[Header.HIDDEN])

    def collect(self) -> Iterator[Family]:
        """The families of this moment: those of the arena, and those that follow from the states."""
        self._read_directory()
        for record in self._families:
            if not record.series:
                continue
            family = Family(record.name, KINDS[record.kind], record.help)
            values = self._doubles if record.kind in (layout.GAUGE, layout.INFO) else self._words
            if record.kind == layout.HISTOGRAM:
                family.samples = [(labels, self._histogram(at)) for labels, at in record.series]
            else:
                family.samples = [(labels, values[at]) for labels, at in record.series]
            yield family
        yield from self._state_families()

    def _histogram(self, at: int) -> tuple[list[int], int]:
        # The sum first: it is written last, so no observation is in it and not in the counts.
        total = self._words[at]
        return self._words[at + 1 : at + 1 + layout.BUCKET_COUNT].tolist(), total

    def _read_directory(self) -> None:
        """Takes in the records that came since the last time, up to one that is not whole."""
        words = self._words
        room = len(words) - layout.ARENA_AT
        used = min(words[Header.USED], room)
        while self._read_to + 3 <= used:
            at = layout.ARENA_AT + self._read_to
            first, second, third = words[at], words[at + 1], words[at + 2]
            size, length = first & 0xFFFFFFFF, second & 0xFFFFFFFF
            if not 3 <= size <= used - self._read_to or length > (size - 3) * layout.WORD:
                return
            text = self._bytes(at + 3, length)
            if layout.checksum(text, first, third) != second >> 32:
                return
            self._take(first >> 32, third, text, at + 3 + -(-length // layout.WORD))
            self._read_to += size

    def _take(self, what: int, third: int, text: bytes, values_at: int) -> None:
        parts = text.decode("utf-8", "replace").split("\0")
        if what == layout.FAMILY and len(parts) >= 2 and third in KINDS:
            self._families.append(_FamilyRecord(third, parts[0], parts[1], parts[2:]))
        elif what == layout.SERIES and third < len(self._families):
            family = self._families[third]
            labels = shown_labels(dict(zip(family.labels, parts, strict=False)))
            if values_at + layout.VALUE_WORDS[family.kind] <= len(self._words):
                family.series.append((labels, values_at))
        elif what == layout.LABELS:
            self._labels = shown_labels(dict(zip(parts[::2], parts[1::2], strict=False)))

    def _state_families(self) -> list[Family]:
        now, host = time.monotonic_ns(), self.host()
        slots = Family("aiges_slots", GAUGE, "Slots of a service: free, busy, or lost in a hung engine call.")
        slots_max = Family("aiges_slots_max", GAUGE, "Slots that a service has, lost ones included.")
        states = Family("aiges_engine_state", GAUGE, "1 for the state that a service is in.")
        for service in self.services():
            verdict = judge_service(service, host, now)
            for state, count in (("free", service.free), ("busy", service.busy), ("lost", service.lost)):
                slots.add(count, service=service.name, state=state)
            slots_max.add(service.slots, service=service.name)
            for name in layout.STATES:
                states.add(int(name == verdict.state), service=service.name, state=name)
        age = Family("aiges_config_age_seconds", GAUGE, "Since the configuration in force was read.")
        if host.config_loaded:
            age.add((now - host.config_loaded) / 1e9)
        refused = Family("aiges_series_refused_total", COUNTER, "Series that found no room in the telemetry page.")
        refused.add(self._words[Header.REFUSED])
        return [family for family in (slots, slots_max, states, age, refused) if family.samples]
