"""How a request failed."""

from __future__ import annotations

from aiges_native.errors import AigesError
from aiges_native.host.core import codes


class Failure(Exception):
    """``code``: what the client is told; ``message``: one sentence; ``engine_code``: the engine's own code, or None."""

    def __init__(self, code: int, message: str, engine_code: int | None = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.message = message
        self.engine_code = engine_code


def failure_of(error: BaseException, code: int) -> Failure:
    """The failure for what an engine call came to. ``code``: of the entry point that was called."""
    own = getattr(error, "code", None)
    text = error.text if isinstance(error, AigesError) else str(error)
    if own in (codes.METHOD_MISSING, codes.NOT_SUPPORTED):
        return Failure(codes.ENTRY_MISSING, "the engine has no such entry point", own)
    return Failure(code, f"{text};code={own}" if own is not None else text, own)
