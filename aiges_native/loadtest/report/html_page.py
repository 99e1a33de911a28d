"""The summary as one HTML file: figures, tables and plots, with nothing fetched from anywhere."""

from __future__ import annotations

from html import escape
from math import log10

from .svg import Line, plot
from .table import COLUMNS, error_rows, head, kill_rows, time_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .table import Rows

STYLE = """
body { font: 15px/1.45 sans-serif; color: #111; max-width: 76em; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 2em }
table { border-collapse: collapse } th, td { padding: .2em .9em; text-align: right; border-bottom: 1px solid #e5e5e5 }
th:first-child, td:first-child, td.text { text-align: left }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(30em, 1fr)); gap: 1em } svg { width: 100% }
.warning { color: #a33a00 } footer { color: #777; margin-top: 2em }
"""


def html_page(document: dict[str, Any]) -> str:
    """The page as a text."""
    title = f"Load test of {document['plan']['target']}"
    machine = document["machine"]
    where = f"{machine['cores']} cores, {machine['arch']}, Python {machine['python']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(line)}</p>" for line in head(document)),
        *(f'<p class="warning">Warning: {escape(text)}</p>' for text in document["warnings"]),
        "<h2>Times</h2>",
        _table(("", *COLUMNS), time_rows(document)),
    ]
    if document["errors"]:
        parts += ["<h2>Errors</h2>", _table(("code", "requests", "first text"), error_rows(document, 100))]
    if kills := kill_rows(document):
        parts += ["<h2>Kills</h2>", _table(("at", "pid", "until the next good answer"), kills)]
    parts += [f'<h2>Plots</h2><div class="plots">{"".join(plots(document).values())}</div>']
    parts += [f"<footer>{escape(document['began'])}, load tester on {escape(where)}</footer>"]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def plots(document: dict[str, Any]) -> dict[str, str]:
    """Name -> ``<svg>``, of those that have something to show."""
    timeline = [row for row in document["timeline"] if row["length"] >= 0.25]
    seconds = [row["second"] for row in timeline]

    def by_second(key: str, per_second: bool = False) -> list[tuple[float, float | None]]:
        values = [row[key] / row["length"] if per_second else row[key] for row in timeline]
        return list(zip(seconds, values, strict=True))

    found = {
        "percentiles": _percentiles(document),
        "latency": plot(
            "Latency over time", "ms, by s", [Line("p50", by_second("p50")), Line("p99", by_second("p99"))]
        ),
        "throughput": plot("Answers per second", "by s", [Line("ok", by_second("ok", True))]),
    }
    if document["failed"]:
        found["errors"] = plot("Failures per second", "by s", [Line("failed", by_second("failed", True))])
    if document.get("chaos", {}).get("dropped"):
        found["dropped"] = plot("Users who vanished", "by s", [Line("dropped", by_second("dropped", True))])
    return {name: svg for name, svg in {**found, **resource_plots(document)}.items() if svg}


def resource_plots(document: dict[str, Any]) -> dict[str, str]:
    """Memory and processor of the target; empty where it was not watched."""
    resources = document["resources"]
    if not resources:
        return {}
    samples = resources["samples"]
    memory = [(at, rss / (1 << 20)) for at, rss, _ in samples]
    return {
        "memory": plot("Memory of the target", "MB, by s", [Line("resident", memory)]),
        "cpu": plot(
            "Processor of the target", "% of a core, by s", [Line("cpu", [(at, cpu) for at, _, cpu in samples])]
        ),
    }


def _percentiles(document: dict[str, Any]) -> str:
    """The tail drawn out: the x axis counts nines."""
    points = [(_nines(percent), value) for percent, value in document["curve"] if percent < 100]
    ticks = [(_nines(percent), f"{percent:g}") for percent in (0, 50, 90, 99, 99.9, 99.99, 99.999)]
    return plot("Latency by percentile", "ms", [Line("latency", points)], ticks, log=True)


def _nines(percent: float) -> float:
    return -log10(1 - percent / 100)


def _table(names: tuple[str, ...], rows: Rows) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    lines = "".join(
        "<tr>" + "".join(
            f'<td class="text">{escape(cell)}</td>' if name.endswith("text") else f"<td>{escape(cell)}</td>"
            for name, cell in zip(names, row, strict=True)
        ) + "</tr>"
        for row in rows
    )  # fmt: skip
    return f"<table><tr>{heads}</tr>{lines}</table>"
