"""What a wrapper's methods say: which there are, and whether hosts can call them."""

from __future__ import annotations

from aiges_native._native.faults import LoadFault
from aiges_native._native.parameters import text_of
from aiges_native._native.signature import METHODS, bind
from aiges_native.sdk.abilities import capabilities, defines
from aiges_native.sdk.checking.finding import Finding, error, note, warning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_BASE = "aiges_native.sdk.wrapper_base"
_NEVER_CALLED = {"wrapperTestFunc"}


def method_findings(wrapper: Any) -> Iterator[Finding]:
    """How each method will be called, or why it cannot be; what is missing; names that look like a slip."""
    for name in METHODS:
        if defines(wrapper, name) and getattr(getattr(wrapper, name), "__module__", "") != _BASE:
            yield _binding(wrapper, name)
    yield from _missing(wrapper)
    yield from _slips(wrapper)


def _binding(wrapper: Any, name: str) -> Finding:
    method = getattr(wrapper, name)
    try:
        arguments, keywords = bind(method, name)
    except LoadFault as fault:
        return error(str(fault))
    positional = len(arguments) - len(keywords)
    given = arguments[:positional] + [
        f"{key}={kind}" for key, kind in zip(keywords, arguments[positional:], strict=True)
    ]
    return note(f"{name}{_signature(method)} is called with ({', '.join(given)})")


def _signature(method: Any) -> str:
    try:
        return text_of(method)
    except (TypeError, ValueError):
        return "(...)"


def _missing(wrapper: Any) -> Iterator[Finding]:
    can = capabilities(wrapper)
    if not can & {"once", "async", "stream"}:
        yield error("the wrapper answers nothing: define wrapperOnceExec, wrapperOnceExecAsync or wrapperCreate")
    if "stream" in can and not defines(wrapper, "wrapperWrite"):
        yield warning(
            "there is a wrapperCreate and no wrapperWrite: what a session is sent is dropped; define wrapperWrite"
        )
    if "stream" not in can and defines(wrapper, "wrapperWrite"):
        yield warning("there is a wrapperWrite and no wrapperCreate: sessions cannot be opened; define wrapperCreate")


def _slips(wrapper: Any) -> Iterator[Finding]:
    from difflib import get_close_matches

    known = {*METHODS, *_NEVER_CALLED}
    for name in dir(wrapper):
        if not name.lower().startswith("wrapper") or name in known or not callable(getattr(wrapper, name, None)):
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.8)
        if near and not isinstance(getattr(wrapper, name), type):
            yield warning(f"nobody calls a method '{name}': is it '{near[0]}'?")
