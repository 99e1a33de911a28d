"""The frames of one session, and when each is due."""

from __future__ import annotations

from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .plan import Plan, Stream

BEGIN, CONTINUE, END, ONCE = 0, 1, 2, 3


@dataclass(frozen=True)
class Piece:
    """A frame of one input."""

    stream: Stream
    data: bytes
    status: int
    seq: int


@dataclass(frozen=True)
class Frame:
    """What goes out at one moment: ``due`` ns after the session began, a piece of every input that has one then."""

    due: int
    pieces: tuple[Piece, ...]


def frames_of(plan: Plan, number: int) -> tuple[Frame, ...]:
    """What request ``number`` sends. A one-shot request is one frame of whole documents. In a stream the first frame
    carries the beginning of every input, and inputs due at the same moment share a frame."""
    if plan.mode != "stream":
        return (Frame(0, tuple(Piece(s, b"".join(_document(s, number)), ONCE, 0) for s in plan.streams)),)
    moments: dict[int, list[Piece]] = {}
    for stream in plan.streams:
        document = _document(stream, number)
        for seq, data in enumerate(document):
            moments.setdefault(seq * stream.interval, []).append(_piece(stream, data, seq, len(document)))
    return tuple(frame for due in sorted(moments) for frame in _one_of_each(due, moments[due]))


def _piece(stream: Stream, data: bytes, seq: int, frames: int) -> Piece:
    if frames == 1:
        return Piece(stream, data, ONCE, 0)
    return Piece(stream, data, BEGIN if seq == 0 else END if seq == frames - 1 else CONTINUE, seq)


def _document(stream: Stream, number: int) -> tuple[bytes, ...]:
    return stream.documents[number % len(stream.documents)]


def _one_of_each(due: int, pieces: list[Piece]) -> list[Frame]:
    """Frames in which an input occurs once: without an interval all its pieces are due at the same moment."""
    rounds: list[dict[str, Piece]] = []
    for piece in pieces:
        place = next((row for row in rounds if piece.stream.key not in row), None)
        if place is None:
            rounds.append(place := {})
        place[piece.stream.key] = piece
    return [Frame(due, tuple(row.values())) for row in rounds]


def documents_of(plan: Plan) -> int:
    """After how many requests what is sent repeats, at most 1000: what a worker keeps encoded."""
    from math import lcm

    return min(lcm(*(len(stream.documents) for stream in plan.streams)), 1000) if plan.streams else 1
