"""Violations of what a service declares in requests that are served all the same: counted, and told of once."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.telemetry import Counter

#: Places that are told of; clients can make up as many as they like.
MOST = 100


class Violations:
    """Called with the path and the sentence of each violation of one service."""

    def __init__(self, service: str, counter: Counter) -> None:
        self._service = service
        self._counter = counter
        self._told: set[str] = set()

    def __call__(self, path: str, sentence: str) -> None:
        self._counter.add()
        if path in self._told or len(self._told) >= MOST:
            return
        self._told.add(path)
        # As Python writes it: a key of a request may hold line ends.
        text = f"engine '{self._service}': a request violates its declarations at {path!r}: {sentence!r}"
        print(f"{text}; served, and from now on only counted there", file=sys.stderr, flush=True)
        if len(self._told) == MOST:
            print(f"engine '{self._service}': violations at other places are only counted", file=sys.stderr, flush=True)
