"""Bodies of HTTP requests: JSON, one input as it is, or a form with a part for every input. The last two need no
Base64."""

from __future__ import annotations

import re
from itertools import count

from .message import described, document, request_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.loadtest.frames import Frame, Piece
    from aiges_native.loadtest.plan import Plan, Stream

JSON_PART = "json"  # of a form: header, parameters, and what describes the inputs
QUERY_PREFIX = "p."  # of engine parameters in the query of a raw body
OCTETS = "application/octet-stream"

_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


def body_of(plan: Plan, frame: Frame) -> tuple[str, bytes]:
    """(Content-Type, body) of a request."""
    if plan.form == "raw":
        stream = frame.pieces[0].stream
        return OCTETS if stream.kind == "text" else media_type(stream), frame.pieces[0].data
    if plan.form == "multipart":
        return _form(plan, frame.pieces)
    return "application/json", request_json(plan, frame)


def query_of(plan: Plan, query: str) -> str:
    """The query of the address, with the parameters that a raw body has no place for."""
    if plan.form != "raw" or not plan.params:
        return query
    from urllib.parse import urlencode

    params = urlencode({QUERY_PREFIX + name: value for name, value in plan.params.items()})
    return f"{query}&{params}" if query else params


def media_type(stream: Stream) -> str:
    """The Content-Type that tells a service the type of an input; the attribute ``encoding`` gives its second half.

    A raw body of ``text/...`` would be read as JSON: there a text goes as octets, and is what the service declares.
    """
    if stream.kind == "text":
        return "text/plain"
    if stream.kind == "other":
        return OCTETS
    encoding = stream.attributes.get("encoding", "")
    return f"{stream.kind}/{encoding if _TOKEN.fullmatch(encoding) else 'x-raw'}"


def _form(plan: Plan, pieces: tuple[Piece, ...]) -> tuple[str, bytes]:
    about = document(plan, {piece.stream.key: described(piece) for piece in pieces})
    parts = [(JSON_PART, "application/json", about)]
    parts += [(piece.stream.key, media_type(piece.stream), piece.data) for piece in pieces]
    boundary = next(f"aiges-{n}" for n in count() if not any(b"--aiges-%d" % n in data for _, _, data in parts))
    found = []
    for name, kind, data in parts:
        quoted = name.replace("\\", r"\\").replace('"', r"\"")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted}"\r\nContent-Type: {kind}\r\n\r\n'
        found += [head.encode(), data, b"\r\n"]
    return f"multipart/form-data; boundary={boundary}", b"".join([*found, f"--{boundary}--\r\n".encode()])
