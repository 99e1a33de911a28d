"""The summary on a terminal: figures, errors, and a plot made of characters. With rich in colour, else plain."""

from __future__ import annotations

from aiges_native.loadtest.quantity import show_bytes, show_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

COLUMNS = ("p50", "p90", "p95", "p99", "p99.9", "max", "mean")
BLOCKS = " ▁▂▃▄▅▆▇█"
WIDTH = 60

Rows = list[tuple[str, ...]]


def show(document: dict[str, Any], stream: TextIO) -> None:
    """Writes it all."""
    print_lines(stream, [*head(document), ""])
    print_table(stream, ("", *COLUMNS), time_rows(document))
    if document["errors"]:
        print_table(stream, ("error", "requests", "first text"), error_rows(document))
    print_lines(stream, [*plots(document, _encodes(stream)), *(f"warning: {each}" for each in document["warnings"])])


def head(document: dict[str, Any]) -> list[str]:
    """The run in a few lines."""
    plan, sizes, resources = document["plan"], document["bytes"], document["resources"]
    processes = f"{plan['processes']} process" + "es" * (plan["processes"] > 1)
    found = [
        f"{plan['target']}  {plan['mode']}, {plan['pace']}, {processes}",
        f"{document['requests']} requests in {document['seconds']:.1f} s: {document['throughput']:,.1f}/s answered,"
        f" {document['failed']} failed ({document['error_rate']:.2%}),"
        f" {show_bytes(sizes['sent'])} sent, {show_bytes(sizes['received'])} received"
        + (f" in {document['pieces']} pieces" if "pieces" in document else ""),
    ]
    if "chaos" in document:
        found.append(_chaos_line(document["chaos"]))
    if resources:
        rss, cpu = resources["rss"], resources["cpu"]
        grown = f"{show_bytes(rss['first'])} -> {show_bytes(rss['last'])}, at most {show_bytes(rss['max'])}"
        found.append(f"target: memory {grown}; cpu {cpu['mean']:.0f} % on average, at most {cpu['max']:.0f} %")
    return found


def _chaos_line(chaos: dict[str, Any]) -> str:
    words = [f"{_many(chaos['unanswered'], 'request')} sent and never answered"]
    if "dropped" in chaos:
        words.append(f"{_many(chaos['dropped'], 'user')} vanished in mid-request")
    if "slow_users" in chaos:
        words.append(f"{_many(chaos['slow_users'], 'user')} read slowly")
    if "kills" in chaos:
        words.append(f"{_many(len(chaos['kills']), 'kill')}, {chaos['unrecovered']} without a good answer after it")
    return f"chaos: {', '.join(words)}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + "s" * (count != 1)


def kill_rows(document: dict[str, Any]) -> Rows:
    """A row for every kill."""
    kills = document.get("chaos", {}).get("kills", [])
    return [(f"{kill['second']:.1f} s", str(kill["pid"]), show_ms(kill["recovery_ms"])) for kill in kills]


def time_rows(document: dict[str, Any]) -> Rows:
    """A row for every measure; ``ok`` only where something failed."""
    measures = document["measures"]
    names = [name for name in measures if name != "ok" or document["failed"]]
    return [(name, *(show_ms(measures[name][column]) for column in COLUMNS)) for name in names]


def error_rows(document: dict[str, Any], most: int = 12) -> Rows:
    """A row for every code, the most frequent first."""
    rows: Rows = [(str(each["code"]), str(each["count"]), each["text"][:70]) for each in document["errors"][:most]]
    left = len(document["errors"]) - most
    if left > 0:
        rows.append(("...", "", f"{left} more codes"))
    return rows


def plots(document: dict[str, Any], blocks: bool) -> list[str]:
    """Answers and p99 by second, as lines of bars."""
    timeline = [row for row in document["timeline"] if row["length"] >= 0.5]
    if not blocks or len(timeline) < 3:
        return []
    rates = [row["ok"] / row["length"] for row in timeline]
    late = [row["p99"] or 0.0 for row in timeline]
    return [
        f"answers/s  {bars(rates)}  {min(rates):,.0f} to {max(rates):,.0f}",
        f"p99        {bars(late)}  {show_ms(min(late))} to {show_ms(max(late))}",
    ]


def bars(values: list[float]) -> str:
    """One character for each value, or for several of them when there are many: the largest counts."""
    size = -(-len(values) // WIDTH)
    groups = [max(values[at : at + size]) for at in range(0, len(values), size)]
    top = max(groups) or 1.0
    return "".join(BLOCKS[round(value / top * (len(BLOCKS) - 1))] for value in groups)


def print_lines(stream: TextIO, lines: list[str]) -> None:
    """Lines as they are."""
    for line in lines:
        print(line, file=stream)


def print_table(stream: TextIO, names: tuple[str, ...], rows: Rows) -> None:
    """Columns: the first to the left, numbers to the right, texts to the left."""
    if stream.isatty() and _print_rich(stream, names, rows):
        return
    table = [names, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(names))]
    for row in table:
        cells = (
            word.ljust(width) if column == 0 or names[column].endswith("text") else word.rjust(width)
            for column, (word, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip(), file=stream)
    print(file=stream)


def _print_rich(stream: TextIO, names: tuple[str, ...], rows: Rows) -> bool:
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        return False
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column, name in enumerate(names):
        table.add_column(name, justify="left" if column == 0 or name.endswith("text") else "right")
    for row in rows:
        table.add_row(*row)
    Console(file=stream, highlight=False, markup=False).print(table)
    print(file=stream)
    return True


def _encodes(stream: TextIO) -> bool:
    try:
        BLOCKS.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
