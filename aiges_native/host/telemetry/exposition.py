"""Metrics as text: Prometheus text format 0.0.4 and OpenMetrics 1.0."""

from __future__ import annotations

from .buckets import SHOWN_SECONDS, cumulative
from .family import COUNTER, HISTOGRAM, INFO, UNTYPED, Family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .family import Source

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_BOUNDS = [*(repr(seconds) for seconds in SHOWN_SECONDS), "+Inf"]


def content_type(accept: str) -> str:
    """``TEXT`` or ``OPENMETRICS``, whichever an Accept header prefers; text where it has no preference."""
    best = {TEXT: 0.0, OPENMETRICS: 0.0}
    for choice in accept.split(","):
        media, *parameters = (part.strip().lower() for part in choice.split(";"))
        settings = dict(parameter.partition("=")[::2] for parameter in parameters)
        try:
            weight = float(settings.get("q", "1"))
        except ValueError:
            continue
        if media == "application/openmetrics-text":
            if settings.get("version", "1.0.0") in ("1.0.0", "0.0.1"):
                best[OPENMETRICS] = max(best[OPENMETRICS], weight)
        elif media in ("text/plain", "text/*", "*/*"):
            best[TEXT] = max(best[TEXT], weight)
    return OPENMETRICS if best[OPENMETRICS] > 0 and best[OPENMETRICS] >= best[TEXT] else TEXT


def render(sources: Iterable[Source], accept: str = "", labels: str = "") -> tuple[bytes, str]:
    """(body, content type) of the metrics of all sources. A family that several have is shown once, with all samples.

    Of families with one name and two kinds the first is shown. ``labels``: put on every sample, as ``shown_labels``
    writes them.
    """
    chosen = content_type(accept)
    merged: dict[str, Family] = {}
    for source in sources:
        for family in source.collect():
            known = merged.setdefault(family.name, family)
            if known is not family and known.kind == family.kind:
                known.samples.extend(family.samples)
    lines = [line for family in merged.values() for line in _lines(family, chosen is OPENMETRICS, labels)]
    if chosen is OPENMETRICS:
        lines.append("# EOF\n")
    return "".join(lines).encode(), chosen


def _lines(family: Family, openmetrics: bool, constant: str) -> Iterator[str]:
    yield _head(family, openmetrics)
    name = family.name
    seen = set()
    for labels, value in family.samples:
        if labels in seen:  # two sources, one series: a scraper would refuse the whole page
            continue
        seen.add(labels)
        if constant:
            labels = f"{labels},{constant}" if labels else constant
        if not isinstance(value, tuple):
            yield f"{name}{{{labels}}} {_number(value)}\n" if labels else f"{name} {_number(value)}\n"
        elif family.kind == HISTOGRAM:
            counts, sum_ns = value
            yield _histogram(name, labels, counts, sum_ns)  # type: ignore[arg-type]
        else:
            count, sum_ns = value
            braced = f"{{{labels}}}" if labels else ""
            yield f"{name}_count{braced} {count}\n{name}_sum{braced} {sum_ns / 1e9!r}\n"


def _head(family: Family, openmetrics: bool) -> str:
    name, kind = family.name, family.kind
    help = family.help.replace("\\", "\\\\").replace("\n", "\\n")
    if not openmetrics:
        if kind == INFO:
            kind = "gauge"
        return f"# HELP {name} {help}\n# TYPE {name} {kind}\n"
    help = help.replace('"', '\\"')
    name = name.removesuffix({COUNTER: "_total", INFO: "_info"}.get(kind, ""))
    kind = "unknown" if kind == UNTYPED else kind
    unit = next((unit for unit in ("seconds", "bytes") if name.endswith("_" + unit)), "")
    return f"# HELP {name} {help}\n# TYPE {name} {kind}\n" + (f"# UNIT {name} {unit}\n" if unit else "")


def _histogram(name: str, labels: str, counts: list[int], sum_ns: int) -> str:
    sums = cumulative(counts)
    start = f'{name}_bucket{{{labels + "," if labels else ""}le="'
    braced = f"{{{labels}}}" if labels else ""
    lines = [f'{start}{bound}"}} {count}\n' for bound, count in zip(_BOUNDS, sums, strict=True)]
    lines.append(f"{name}_count{braced} {sums[-1]}\n{name}_sum{braced} {sum_ns / 1e9!r}\n")
    return "".join(lines)


def _number(value: float) -> str:
    """A number as both formats take it; whole ones without a fraction."""
    if isinstance(value, int):
        return str(value)
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(repr(value)) or (
        str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    )
