"""Serves engines over HTTP and WebSocket: everything in library/, or those named."""

from __future__ import annotations

from . import CannotError


def run_words(words: list[str], program: str) -> int:
    """Hands the words over as they are: the service has a command line of its own."""
    try:
        from aiges_native.host.serving.main import main
    except ImportError as error:
        if error.name is None or error.name.startswith("aiges_native"):
            raise
        why = f"'{error.name}' is not installed"
        raise CannotError("serve", why, "pip install 'aiges-native[host]'") from error
    return main(words, program)
