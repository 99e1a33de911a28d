"""Metrics as readers pass them on: a family and its samples."""

from __future__ import annotations

from . import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    class Source(Protocol):
        """Something that metrics can be read from."""

        def collect(self) -> Iterable[Family]:
            """The families of this moment; several sources may have the same."""


COUNTER, GAUGE, HISTOGRAM, INFO, UNTYPED = "counter", "gauge", "histogram", "info", "untyped"
SUMMARY = "summary"
KINDS = {
    layout.COUNTER: COUNTER,
    layout.GAUGE: GAUGE,
    layout.HISTOGRAM: HISTOGRAM,
    layout.INFO: INFO,
    layout.UNTYPED: UNTYPED,
}


class Family:
    """One metric: ``name`` as it is scraped, ``kind``, ``help``, and ``samples``.

    A sample is (labels as they are shown, value). The value is a number; of a histogram: (counts of all its buckets,
    sum in ns); of a summary: (count, sum in ns).
    """

    __slots__ = ("help", "kind", "name", "samples")

    def __init__(self, name: str, kind: str, help: str) -> None:
        self.name = name
        self.kind = kind
        self.help = help
        self.samples: list[tuple[str, float | tuple[list[int], int] | tuple[int, int]]] = []

    def add(self, value: float | tuple[list[int], int] | tuple[int, int], **labels: str) -> None:
        """Adds a sample."""
        self.samples.append((shown_labels(labels), value))


def escaped(text: str) -> str:
    """A label's value as it stands between quotes."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def shown_labels(labels: Mapping[str, str]) -> str:
    """``a="1",b="2"``"""
    return ",".join([f'{name}="{escaped(value)}"' for name, value in labels.items()])
