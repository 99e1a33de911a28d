"""The input side of a stream: frames of a WebSocket."""

from __future__ import annotations

from aiges_native.host.protocol.binary import binary_request
from aiges_native.host.protocol.errors import BAD_DATA, BAD_JSON, INPUT_OVER, ProtocolError
from aiges_native.host.protocol.json_request import json_request
from aiges_native.host.protocol.names import BEGIN, CONTINUE, END, MISSING, ONCE, pointer, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native import DataListNode
    from aiges_native.host.protocol.request import Request
    from aiges_native.host.protocol.service import Service


class InputState:
    """What the frames of one stream have told so far.

    ``opened``: the first frame came. ``over``: every input seen has ended. ``ended`` maps the key of each input to
    whether it has. ``foreign_sids`` counts frames with a sid that is not the stream's.
    """

    __slots__ = ("_types", "ended", "foreign_sids", "opened", "sid")

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.opened = False
        self.ended: dict[str, bool] = {}
        self.foreign_sids = 0
        self._types: dict[str, int] = {}

    @property
    def over(self) -> bool:
        return bool(self.ended) and all(self.ended.values())

    def accept(self, request: Request) -> None:
        """Gives each block its status, and the request its own. Errors: 10009, 10202; the state is then unchanged."""
        if self.over:
            raise ProtocolError(INPUT_OVER, "frame came after the end of the input")
        if self.opened and not request.nodes:
            raise ProtocolError(BAD_DATA, "frame has no payload", "/payload")
        for node in request.nodes:
            if self.ended.get(node.key):
                raise ProtocolError(
                    INPUT_OVER, f"block came after the end of input {shown(node.key)}", pointer("payload", node.key)
                )
        inherited = request.header_status
        for fetch in request.fetches:  # empty so far, and yet they say what they are
            self._types[fetch.node.key] = fetch.node.type
        for node in request.nodes:
            self._count(node, inherited)
        if self.opened and request.client_sid not in ("", self.sid):
            self.foreign_sids += 1
        request.status = END if self.over else CONTINUE if self.opened else BEGIN
        self.opened = True

    def _count(self, node: DataListNode, inherited: int | None) -> None:
        key = node.key
        if node.status == MISSING:
            node.status = inherited if inherited is not None else CONTINUE if key in self.ended else BEGIN
        self.ended[key] = node.status in (END, ONCE)
        if node.len:
            self._types[key] = node.type
        else:  # a block without data does not say what it is without
            node.type = self._types.get(key, node.type)


def decode_frame(service: Service, state: InputState, message: bytes | str, *, framed: bool = False) -> Request:
    """One frame of a stream. The parameters of the first frame count; those of later ones are for nobody.

    ``message``: JSON, of a text or binary message. ``framed``: it is a binary message of ``aiges.v1.bin`` (see
    ``binary``). Errors: ProtocolError; 10202 after the end of the input.
    """
    if isinstance(message, str):
        try:
            message = message.encode()
        except UnicodeEncodeError:
            raise ProtocolError(BAD_JSON, "frame is no UTF-8") from None
    read = binary_request if framed else json_request
    request = read(service, message, state.sid, True)
    if state.opened:
        service.check_inputs(request)
    elif service.declares:
        service.check(request)
    if service.schema is not None:
        service.check_schema(request, message, later=state.opened)
    state.accept(request)
    return request
