"""Which value goes to which parameter of a wrapper's method.

Wrappers in use were written for five calling conventions of their loaders. Each method's signature is read once, when
the wrapper is loaded: parameters are recognised by name, in whatever order the author wrote them; a required name that
nobody knows falls back to the newest convention of that length, by position. There is no trial call.
"""

from __future__ import annotations

from aiges_native._native.faults import LoadFault
from aiges_native._native.parameters import (
    KEYWORD_ONLY,
    POSITIONAL,
    POSITIONAL_ONLY,
    VAR_POSITIONAL,
    Parameter,
    is_coroutine_function,
    parameters_of,
    text_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SIGNATURE = -20025

#: What a parameter can receive; the order is that of ``Kind`` in plan.pxd.
KINDS = (
    "params",
    "data",
    "tag",
    "pers_id",
    "sid",
    "handle",
    "patch_id",
    "error",
    "config",
    "code",
    "results",
    "psr_ids",
    "psr_count",
)

_NAMES = {
    "params": "params",
    "reqData": "data",
    "req": "data",
    "datas": "data",
    "usrTag": "tag",
    "userTag": "tag",
    "usr_tag": "tag",
    "user_tag": "tag",
    "tag": "tag",
    "persId": "pers_id",
    "psrId": "pers_id",
    "psrID": "pers_id",
    "sid": "sid",
    "handle": "handle",
    "resId": "patch_id",
    "patch_id": "patch_id",
    "errNum": "error",
    "respData": "results",
    "psrIds": "psr_ids",
    "psrCnt": "psr_count",
}

#: Per method the conventions by position, newest first; the first is also what ``*args`` receives.
_CONVENTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "wrapperInit": (("config",),),
    "wrapperFini": ((),),
    "wrapperError": (("code",),),
    "wrapperOnceExec": (
        ("params", "data", "tag", "pers_id"),
        ("params", "data", "tag"),
        ("params", "data"),
        ("tag", "params", "data", "results", "psr_ids", "psr_count"),
    ),
    "wrapperOnceExecAsync": (
        ("params", "data", "tag", "pers_id"),
        ("params", "data", "sid"),
        ("params", "data"),
    ),
    "wrapperCreate": (
        ("params", "sid", "pers_id", "tag"),
        ("params", "sid", "tag"),
        ("params", "sid"),
    ),
    "wrapperWrite": (("handle", "data"), ("handle", "data", "sid")),
    "wrapperRead": (("handle",), ("handle", "sid")),
    "wrapperDestroy": (("handle",),),
    "wrapperCancel": (("handle",),),
    "wrapperLoadRes": (("data", "patch_id"),),
    "wrapperUnloadRes": (("patch_id",),),
}

#: What each method can be given.
_OFFERS = {
    "wrapperOnceExec": {
        "params", "data", "tag", "pers_id", "sid", "results", "psr_ids", "psr_count", "error",
    },
    "wrapperOnceExecAsync": {"params", "data", "tag", "pers_id", "sid", "psr_ids", "psr_count", "error"},
    "wrapperCreate": {"params", "sid", "pers_id", "tag", "error", "psr_ids", "psr_count"},
    "wrapperWrite": {"handle", "data", "sid", "error"},
    "wrapperRead": {"handle", "sid", "error"},
    "wrapperDestroy": {"handle"},
    "wrapperCancel": {"handle"},
    "wrapperLoadRes": {"data", "patch_id"},
    "wrapperUnloadRes": {"patch_id"},
}  # fmt: skip

METHODS = tuple(_CONVENTIONS)

_POSITIONAL = (POSITIONAL_ONLY, POSITIONAL)


def bind(method: Callable[..., Any], name: str) -> tuple[list[str], list[str]]:
    """Kinds of the arguments to pass, and the names of those at the end that go by keyword.

    Raises :class:`LoadFault` (code SIGNATURE) when a required parameter can be given no value, or when the method is
    ``async def``.
    """
    newest = list(_CONVENTIONS[name][0])
    if is_coroutine_function(method):
        raise LoadFault(_SIGNATURE, f"method '{name}' is 'async def'; the loader calls it from threads: make it 'def'")
    try:
        parameters = parameters_of(method)
    except (TypeError, ValueError):
        return newest, []
    if any(parameter.kind == VAR_POSITIONAL for parameter in parameters):
        return newest, []
    bound = _by_name(parameters, name)
    if bound is None:
        bound = _by_position(parameters, name)
    if bound is None:
        raise LoadFault(_SIGNATURE, _refusal(method, name))
    return bound


def _by_name(parameters: list[Parameter], name: str) -> tuple[list[str], list[str]] | None:
    """Every required name is known: values in the author's order, unknown optional ones keep their default."""
    offers = _OFFERS.get(name)
    if offers is None:
        return None
    positional: list[str] = []
    keywords: list[tuple[str, str]] = []
    skipped = False
    for parameter in parameters:
        kind = _NAMES.get(parameter.name)
        if kind not in offers:
            if parameter.required:
                return None
            skipped = True
        elif parameter.kind in _POSITIONAL and not skipped:
            positional.append(kind)
        elif parameter.kind in (POSITIONAL, KEYWORD_ONLY):
            keywords.append((parameter.name, kind))
    return positional + [kind for _, kind in keywords], [word for word, _ in keywords]


def _by_position(parameters: list[Parameter], name: str) -> tuple[list[str], list[str]] | None:
    """The newest convention that the number of positional parameters allows."""
    if any(p.required and p.kind == KEYWORD_ONLY for p in parameters):
        return None
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    fewest = sum(p.required for p in positional)
    for convention in _CONVENTIONS[name]:
        if len(convention) == fewest:
            return list(convention), []
    for convention in _CONVENTIONS[name]:
        if fewest <= len(convention) <= len(positional):
            return list(convention), []
    return None


def _refusal(method: Callable[..., Any], name: str) -> str:
    offered = " or ".join(f"({', '.join(convention)})" for convention in _CONVENTIONS[name])
    found = text_of(method)
    return f"cannot bind method '{name}': found {found}, on offer is {offered}; change the parameters to one of these"
