"""The ``parameter`` of a request: what the engine is told, and what the client expects back."""

from __future__ import annotations

from msgspec import Raw

from aiges_native.host.protocol.errors import BAD_VALUE, ProtocolError
from aiges_native.host.protocol.memory import Memory
from aiges_native.host.protocol.names import FIELDS, TYPE_OF, pointer, shown, taken
from aiges_native.host.protocol.scalars import engine_text_of, kind, members, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.protocol.replies import Opening
    from aiges_native.host.protocol.service import Service

#: Attributes whose values are words.
_WORDS = frozenset({"encoding", "compress", "format", "data_type"})

#: Longest ``parameter``, in bytes, that is remembered.
REMEMBERED_BYTES = 1024


class Expects(dict[str, dict[str, str]]):
    """Expected outputs: key -> description. ``openings`` remembers how replies that carry them begin.

    Requests with the same ``parameter`` share one, so nobody changes it.
    """

    __slots__ = ("openings",)

    def __init__(self) -> None:
        super().__init__()
        self.openings: Memory[tuple[object, ...], Opening] = Memory()


class Parameters:
    """``scalars`` for the engine (name -> text) and ``expects``, None if no output is named."""

    __slots__ = ("expects", "scalars")

    def __init__(self, scalars: dict[str, str], expects: Expects | None) -> None:
        self.scalars = scalars
        self.expects = expects


def parameters_of(service_id: str, raw: Raw | None) -> Parameters:
    """Parameters of all services named in a request; the one that is served wins, then lexical order.

    Errors: 10107; DecodeError and RecursionError for what is no JSON.
    """
    scalars: dict[str, str] = {}
    expects = Expects()
    services = members(raw, BAD_VALUE, "parameter")
    # What is written last wins.
    for name in sorted(services, key=lambda name: (name != service_id, name), reverse=True):
        path = ("parameter", name)
        for key, value in members(services[name], BAD_VALUE, *path).items():
            if not taken(key, *path):
                continue
            if kind(value) == "an object":
                expects[key] = _description(value, *path, key)
            elif (text := engine_text_of(value, *path, key)) is not None:
                scalars[key] = text
    return Parameters(scalars, expects or None)


def _description(raw: Raw, *path: str) -> dict[str, str]:
    """An expected output as texts, without nulls."""
    described = {}
    for name, value in members(raw, BAD_VALUE, *path).items():
        if not taken(name, *path) or kind(value) == "null":
            continue
        if name in _WORDS and kind(value) != "a string":
            refuse(value, "a string", *path, name)
        described[name] = engine_text_of(value, *path, name) or ""
    word = described.get("data_type")
    if word is not None and word not in TYPE_OF:
        sentence = f"data_type is {shown(word)}, expected one of {', '.join(FIELDS)}"
        raise ProtocolError(BAD_VALUE, sentence, pointer(*path, "data_type"))
    return described


def new_parameters(service: Service, literal: bytes) -> Parameters:
    """The parameters in this JSON, kept for the next request with the same.

    Errors: as of :func:`parameters_of`; UnicodeDecodeError.
    """
    literal.decode()
    made = parameters_of(service.id, Raw(literal))
    if len(literal) <= REMEMBERED_BYTES:
        service.parameters.keep(literal, made)
    return made
