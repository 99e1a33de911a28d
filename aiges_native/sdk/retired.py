"""Modules of AIGES that are no wrapper API: importing one fails with what replaces it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_HOST = "load the wrapper with aiges_native.open(), or from C through libwrapper.so"
_CLIENT = "call the wrapper through aiges_native.open(), or the service that hosts it through its own protocol"
_SCHEMA = "WrapperBase.schema() makes it from the fields of the wrapper"
_COMMANDS = "run the command 'aiges-native'"

#: Module -> what to do instead.
INSTEAD = {
    "aiges.backend": _HOST,
    "aiges.client": _CLIENT,
    "aiges.cmd": _COMMANDS,
    "aiges.context": "nothing replaces it; the context of a session is aiges.stream.Context",
    "aiges.core.metadata": _SCHEMA,
    "aiges.core.rest": _HOST,
    "aiges.gradio_util": "nothing replaces it; build the interface in a program that calls aiges_native.open()",
    "aiges.protocol": "nothing replaces it; the host speaks the protocol of the service",
    "aiges.schema": _SCHEMA,
    "aiges.serve": _HOST,
    "aiges.serve_new": _HOST,
    "aiges.server": _HOST,
    "aiges.server2": _HOST,
    "aiges.ws": _CLIENT,
}


class RetiredFinder:
    """Meta-path finder that finds nothing: for the modules of the table it says why."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """Raises ImportError for a module of the table; None for every other name."""
        instead = INSTEAD.get(name)
        if instead is not None:
            raise ImportError(f"'{name}' of AIGES is not offered by aiges_native; {instead}", name=name)


def explain() -> None:
    """Puts the finder last, where it is asked for what nobody else found. Does nothing when it is there."""
    if RetiredFinder not in sys.meta_path:
        sys.meta_path.append(RetiredFinder)
