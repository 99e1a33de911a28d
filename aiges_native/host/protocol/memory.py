"""A bounded memory of what was worked out before: requests of one client repeat all but their data."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

#: Entries; when there are more, all are forgotten, which costs less than an order of use.
ENTRIES = 256


class Memory(dict[K, V]):
    """A dict of at most ENTRIES entries. Read with ``get``, filled with :meth:`keep`."""

    __slots__ = ()

    def keep(self, key: K, value: V) -> None:
        """Remembers ``value``, forgetting all else when there is no room."""
        if len(self) >= ENTRIES:
            self.clear()
        self[key] = value
