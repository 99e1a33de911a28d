"""A decoded request, whatever transport and form it came in."""

from __future__ import annotations

from msgspec import Struct

from aiges_native import DataListNode
from aiges_native.host.protocol.names import RESERVED
from aiges_native.host.protocol.parameters import Expects
from aiges_native.host.protocol.scalars import scalar_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.protocol.fetches import Fetch
    from aiges_native.host.protocol.scalars import Scalar


class Request(Struct, eq=False):
    """One once request, or one frame of a stream.

    ``params`` (str -> str) is what the engine gets: scalar parameters, the headers that are passed on, ``sid``.
    ``expects`` maps the key of an expected output to its description (``data_type``, ``encoding``, ``compress``,
    ``format``, ... as texts) and is not to be changed; None: nothing is said, all outputs are returned. ``nodes`` are
    the input blocks with their attributes in ``desc`` (``seq`` among them). ``status``: 3 once; of a frame 0 first,
    1 more, 2 the input is over. ``raw_header``: the header as JSON has it. ``fetches``: data that is to be fetched
    before the request is complete (see ``fetches``). ``told``: what the request says as JSON values, while a schema
    waits for it.
    """

    # A struct, because it is made in one call of C.
    raw_header: dict[str, str | int | float | bool | None]
    params: dict[str, str]
    expects: Expects | None
    nodes: list[DataListNode]
    status: int = 3
    fetches: tuple[Fetch, ...] = ()
    told: dict[str, Any] | None = None

    @property
    def header(self) -> dict[str, str]:
        """The request's header as texts; null is "". The engine's part of it is in ``params`` already."""
        return {name: scalar_text(value) for name, value in self.raw_header.items() if not name.startswith(RESERVED)}

    @property
    def client_sid(self) -> str:
        """The sid that the client sent, for logs; "" if none."""
        return scalar_text(self.raw_header.get("sid"))

    @property
    def header_status(self) -> int | None:
        """``header.status`` if it is one (0 to 3)."""
        return status_in(self.raw_header.get("status"))


def status_in(value: Scalar) -> int | None:
    """The status (0 to 3) that a JSON scalar or a text means; None: it is none."""
    return _STATUSES.get(value) if type(value) is not bool else None


_STATUSES: dict[Scalar, int] = {key: number for number in range(4) for key in (number, str(number))}
