"""Where a key stands in a TOML text. Parsers do not tell, so the text is skimmed a second time, for messages only."""

from __future__ import annotations

import re

_HEADER = re.compile(r"[ \t]*\[\[?([^\]\n]*)\]\]?[ \t]*(?:#[^\n]*)?(?=\n|$)")
_KEY = re.compile(r"""[ \t]*((?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+|[ \t]*\.[ \t]*)+)[ \t]*=""")
_PART = re.compile(r"""[ \t]*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^\s."']+))[ \t]*(?:\.|$)""")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""' r"|'''.*?'''" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\n]*|[\[\]{}\n]", re.DOTALL
)


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of every header and key by its dotted name, quoted parts without quotes: ``wrapper.common.lic``.

    Never fails: of what it does not understand it says nothing. Keys in inline tables have the line of the table.
    """
    text = text.replace("\r\n", "\n")
    lines: dict[str, int] = {}
    table, at, line = "", 0, 1
    while at < len(text):
        if header := _HEADER.match(text, at):
            table = _dotted(header[1])
            lines.setdefault(table, line)
        elif key := _KEY.match(text, at):
            name = _dotted(key[1])
            lines.setdefault(f"{table}.{name}" if table else name, line)
            end = _value_end(text, key.end())
            line += text.count("\n", at, end)
            at = end
        at = text.find("\n", at) + 1 or len(text)
        line += 1
    return lines


def line_of(lines: dict[str, int], name: str) -> int:
    """The line of a dotted name, or of the nearest thing in it or around it; 0: of none."""
    while name:
        if name in lines:
            return lines[name]
        if inner := [line for each, line in lines.items() if each.startswith(f"{name}.")]:
            return min(inner)
        name = name.rpartition(".")[0]
    return 0


def _dotted(text: str) -> str:
    parts = []
    for found in _PART.finditer(text.strip()):
        quoted, literal, bare = found.groups()
        parts.append(
            re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else literal if literal is not None else bare
        )
    return ".".join(parts)


def _value_end(text: str, start: int) -> int:
    """The end of the last line of the value that begins at ``start``: arrays and long strings have many."""
    depth, at = 0, start
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
        elif found[0] == "\n" and depth <= 0:
            return found.start()
    return len(text)
