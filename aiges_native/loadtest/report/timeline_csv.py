"""The timeline as CSV, one line for every interval: a second, more in runs of over ten minutes."""

from __future__ import annotations

import csv
import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COLUMNS = ("second", "length", "ok", "failed", "mean", "p50", "p99")
CHAOS_COLUMNS = ("dropped", "kills")


def timeline_csv(document: dict[str, Any]) -> str:
    """Times in milliseconds, ``length`` in seconds; an empty cell where nothing ended."""
    text = io.StringIO()
    columns = COLUMNS + CHAOS_COLUMNS if "chaos" in document else COLUMNS
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(document["timeline"])
    return text.getvalue()
