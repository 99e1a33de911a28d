"""What the serving process says about a service: its state, why, and its slots."""

from __future__ import annotations

import time

from . import layout
from .layout import Row


class ServiceState:
    """The row of one service. Written by one thread at a time; made by :meth:`Page.service`."""

    __slots__ = ("_busy", "_full", "_lost", "_row", "_slots", "_words", "name")

    def __init__(self, name: str, row: memoryview, words: memoryview) -> None:
        self.name = name
        self._row = row
        self._words = words
        self._slots = self._busy = self._lost = 0
        self._full = False
        self.set(layout.LOADING)

    def set(self, state: str, reason: str = "") -> None:
        """Takes a new state (one of ``STATES``) and a sentence for people; ``since`` becomes now.

        ``busy`` need not be said: readers see it from the slots. Raises ValueError for an unknown state.
        """
        if state not in layout.STATES:
            raise ValueError(f"unknown state {state!r}, expected one of {', '.join(layout.STATES)}")
        name, why = layout.cut(self.name, Row.NAME_BYTES), layout.cut(reason, Row.REASON_BYTES)
        words = self._words
        words[Row.SEQUENCE] += 1
        self._write(Row.NAME_AT, name)
        self._write(Row.REASON_AT, why)
        words[Row.TEXT] = len(name) | len(why) << 16 | layout.checksum(name + why) << 32
        words[Row.STATE] = layout.STATES.index(state)
        words[Row.SINCE] = time.monotonic_ns()
        words[Row.SEQUENCE] += 1

    def _write(self, at: int, text: bytes) -> None:
        self._row[at * layout.WORD : at * layout.WORD + len(text)] = text

    def set_slots(self, count: int) -> None:
        """How many sessions may run at once, lost slots included."""
        self._words[Row.SLOTS] = self._slots = count
        self._note_full()

    def set_busy(self, count: int) -> None:
        """How many slots run a session that may still end."""
        self._words[Row.BUSY] = self._busy = count
        if (count + self._lost >= self._slots) is not self._full:
            self._note_full()

    def set_lost(self, count: int) -> None:
        """How many slots hold an engine call that is taken for hung."""
        self._words[Row.LOST] = self._lost = count
        self._note_full()

    def _note_full(self) -> None:
        full = 0 < self._slots <= self._busy + self._lost
        if full is not self._full:
            self._full = full
            self._words[Row.FULL_SINCE] = time.monotonic_ns() if full else 0

    def set_overdue(self, overdue: bool) -> None:
        """Whether every slot is past its deadline at present. The first time in a row counts."""
        if not overdue:
            self._words[Row.OVERDUE_SINCE] = 0
        elif not self._words[Row.OVERDUE_SINCE]:
            self._words[Row.OVERDUE_SINCE] = time.monotonic_ns()
