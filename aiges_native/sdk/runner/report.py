"""What the user of a local run reads, and the files asked for."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from aiges_native.sdk.constants import Status, Types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TextIO

    from aiges_native import Result, ResultNode

_TEXT_WIDTH = 80
_OUR_FOLDER = str(Path(__file__).resolve().parent)
_ENDINGS = {
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"RIFF": ".wav",
    b"ID3": ".mp3",
}


class Report:
    """One line a step, then the results as a table, then the verdict."""

    def __init__(self, out: TextIO | None = None) -> None:
        """``out``: where it goes; None: the standard output at the time of writing."""
        self._out = out

    def line(self, text: str) -> None:
        """Writes a line at once."""
        print(text, file=self._out or sys.stdout, flush=True)

    def step(self, name: str, seconds: float, said: str) -> None:
        """What was called, how long it took, and what came of it."""
        self.line(f"{name:21}{seconds * 1000:10.1f} ms  {said}")

    def table(self, results: Iterable[Result]) -> None:
        """The items of the results, one a line."""
        rows = [("key", "type", "status", "bytes", "content")]
        rows += [(n.key, type_name(n), status_name(n), str(len(n)), content(n)) for result in results for n in result]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for key, kind, status, size, text in rows:
            line = f"  {key:{widths[0]}}  {kind:{widths[1]}}  {status:{widths[2]}}  {size:>{widths[3]}}  {text}"
            self.line(line.rstrip())

    def counts(self, name: str, counts: dict[str, int]) -> None:
        """Sums by key, if there are any."""
        if counts:
            self.line(f"{name}: " + ", ".join(f"{key} {count}" for key, count in sorted(counts.items())))


def content(node: ResultNode) -> str:
    """A node's text, cut; nothing for other data."""
    if node.type != 0:
        return ""
    text = bytes(node.view[: 4 * _TEXT_WIDTH]).decode("utf-8", "replace")
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= _TEXT_WIDTH else shown[: _TEXT_WIDTH - 3] + "..."


def type_name(node: ResultNode) -> str:
    return Types.get(node.type, str(node.type))


def status_name(node: ResultNode) -> str:
    return Status.get(node.status, str(node.status))


def save_results(results: Iterable[Result], folder: Path) -> list[Path]:
    """Writes each key's data into a file of its own in ``folder``, which is made; pieces of a stream are joined."""
    whole: dict[str, list[ResultNode]] = {}
    for result in results:
        for node in result:
            whole.setdefault(node.key, []).append(node)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for key, nodes in whole.items():
        name = "".join(char if char.isalnum() or char in "-_." else "_" for char in key).lstrip(".") or "result"
        file = folder / f"{name}{_ending(nodes[0])}"
        file.write_bytes(b"".join(node.data for node in nodes))
        written.append(file)
    return written


def _ending(node: ResultNode) -> str:
    for magic, ending in _ENDINGS.items():
        if bytes(node.view[: len(magic)]) == magic:
            return ending
    return {0: ".txt", 1: ".pcm"}.get(node.type, ".bin")


def as_json(outcome: Any) -> str:
    """A run's outcome as one JSON document; data that is no UTF-8 text as Base64 with ``"base64": true``."""
    import json

    shown = {
        "ok": outcome.ok,
        "mode": outcome.mode,
        "reason": outcome.reason,
        "code": outcome.code,
        "responses": [[_node_as_dict(node) for node in result] for result in outcome.responses],
        "timings_ms": {name: round(seconds * 1000, 3) for name, seconds in outcome.timings.items()},
        "warnings": outcome.warnings,
        "metrics": outcome.metrics,
        "traces": outcome.traces,
    }
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _node_as_dict(node: ResultNode) -> dict[str, Any]:
    import base64

    shown: dict[str, Any] = {"key": node.key, "type": type_name(node), "status": status_name(node), "len": len(node)}
    try:
        shown["data"] = node.data.decode()
    except UnicodeDecodeError:
        shown.update(data=base64.b64encode(node.data).decode(), base64=True)
    return shown


def stacks_of_all_threads() -> str:
    """Where every Python thread is, for a call that does not come back; the runner's own frames are left out."""
    import traceback

    names = {thread.ident: thread.name for thread in threading.enumerate()}
    told = []
    for ident, frame in sys._current_frames().items():
        stack = traceback.extract_stack(frame)
        ours = [index for index, entry in enumerate(stack) if entry.filename.startswith(_OUR_FOLDER)]
        theirs = stack[ours[-1] + 1 :] if ours else stack
        if theirs:
            told.append(f"thread '{names.get(ident, ident)}' is in\n" + "".join(traceback.format_list(theirs)))
    return "\n".join(told)
