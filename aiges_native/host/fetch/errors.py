"""How a fetch failed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

#: No connection, no TLS, no answer that is HTTP; an answer that is no success; no body, or one that cannot be taken;
#: the request's time is over.
REQUEST: Final = 10010
STATUS: Final = 10011
BODY: Final = 10012
TIMEOUT: Final = 10013
#: Too many fetches at once; the service ends.
NO_ROOM: Final = 10110
DRAINING: Final = -20150


class FetchError(Exception):
    """``code``: what the client is told; ``message``: one sentence; ``again``: another attempt may succeed."""

    def __init__(self, code: int, message: str, *, again: bool = False) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.again = again

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})"
