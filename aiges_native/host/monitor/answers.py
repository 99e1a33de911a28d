"""What the monitor answers: one function from a request to a response."""

from __future__ import annotations

import json
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..telemetry.health import Verdict
    from .board import Board

JSON = "application/json"
_READY = "/health/ready"


class Answer:
    """``status``, ``body``, ``content_type``."""

    __slots__ = ("body", "content_type", "status")

    def __init__(self, status: int, body: bytes, content_type: str = JSON) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type


def answer(board: Board, method: bytes, path: str, accept: str) -> Answer:
    """Answers a request; ``accept`` is the value of that header or empty."""
    if method not in (b"GET", b"HEAD"):
        return problem(405, "only GET and HEAD are answered here")
    if path == "/metrics":
        metrics = board.metrics(accept)
        return Answer(200, *metrics) if metrics else problem(404, "the metrics of this host are off")
    if path == "/health/live":
        return _health(board.is_live(), board.verdict())
    if path == _READY:
        verdict = board.verdict()
        return _health(verdict.serving, verdict, board.verdicts())
    if path.startswith(_READY + "/"):
        name = path[len(_READY) + 1 :]
        service = board.verdicts().get(name)
        return _health(service.serving, service) if service else problem(404, "no such service")
    return problem(404, "answered here: /health/live, /health/ready, /health/ready/SERVICE, /metrics")


def problem(status: int, text: str) -> Answer:
    """An answer to a request that cannot be served."""
    return Answer(status, _json({"error": text}))


def _health(good: bool, verdict: Verdict, services: dict[str, Verdict] | None = None) -> Answer:
    shown = _shown(verdict)
    if services:
        shown["services"] = {name: _shown(each) for name, each in services.items()}
    return Answer(200 if good else 503, _json(shown))


def _shown(verdict: Verdict) -> dict[str, Any]:
    since = max(time.monotonic_ns() - verdict.since, 0) / 1e9
    return {"state": verdict.state, "since_s": round(since, 3), "reason": verdict.reason}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
