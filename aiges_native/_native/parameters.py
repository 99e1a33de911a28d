"""The parameters of a callable, read from its code object.

``inspect`` costs ten milliseconds to import, which is most of an engine's start. Nearly every wrapper method is a plain
function, whose code object says all there is to know; ``inspect`` is asked about the rest.
"""

from __future__ import annotations

from types import FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

POSITIONAL_ONLY, POSITIONAL, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)

_HAS_VAR_POSITIONAL = 0x04  # bits of code.co_flags
_HAS_VAR_KEYWORD = 0x08
_IS_COROUTINE = 0x80


class Parameter:
    """One parameter: its name, its kind (one of the constants above), and whether a call must give it a value."""

    __slots__ = ("kind", "name", "required")

    def __init__(self, name: str, kind: int, required: bool) -> None:
        self.name = name
        self.kind = kind
        self.required = required


def parameters_of(method: Callable[..., Any]) -> list[Parameter]:
    """The parameters a caller of ``method`` gives, ``self`` aside. ValueError or TypeError when they cannot be told."""
    function = method.__func__ if isinstance(method, MethodType) else method
    while hasattr(function, "__wrapped__") and not hasattr(function, "__signature__"):
        function = function.__wrapped__
    if type(function) is not FunctionType or hasattr(function, "__signature__"):
        return _by_inspect(method)
    found = _of_function(function)
    if isinstance(method, MethodType) and found and found[0].kind in (POSITIONAL_ONLY, POSITIONAL):
        del found[0]  # self; in f(*args) it is one of the args
    return found


def is_coroutine_function(method: Callable[..., Any]) -> bool:
    """Whether calling it only makes a coroutine. What it wraps does not count: a synchronous front may be called."""
    function = method.__func__ if isinstance(method, MethodType) else method
    return isinstance(function, FunctionType) and bool(function.__code__.co_flags & _IS_COROUTINE)


def text_of(method: Callable[..., Any]) -> str:
    """The signature for a message."""
    import inspect

    return str(inspect.signature(method))


def _of_function(function: FunctionType) -> list[Parameter]:
    code = function.__code__
    names = iter(code.co_varnames)
    defaults = len(function.__defaults__ or ())
    keyword_defaults = function.__kwdefaults__ or {}
    found = []
    for index in range(code.co_argcount):
        kind = POSITIONAL_ONLY if index < code.co_posonlyargcount else POSITIONAL
        found.append(Parameter(next(names), kind, index < code.co_argcount - defaults))
    keyword_only = [next(names) for _ in range(code.co_kwonlyargcount)]
    if code.co_flags & _HAS_VAR_POSITIONAL:
        found.append(Parameter(next(names), VAR_POSITIONAL, False))
    found += [Parameter(name, KEYWORD_ONLY, name not in keyword_defaults) for name in keyword_only]
    if code.co_flags & _HAS_VAR_KEYWORD:
        found.append(Parameter(next(names), VAR_KEYWORD, False))
    return found


def _by_inspect(method: Callable[..., Any]) -> list[Parameter]:
    import inspect

    kinds = {
        inspect.Parameter.POSITIONAL_ONLY: POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD: POSITIONAL,
        inspect.Parameter.VAR_POSITIONAL: VAR_POSITIONAL,
        inspect.Parameter.KEYWORD_ONLY: KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD: VAR_KEYWORD,
    }
    return [
        Parameter(
            parameter.name,
            kinds[parameter.kind],
            parameter.default is inspect.Parameter.empty and kinds[parameter.kind] in (0, 1, 3),
        )
        for parameter in inspect.signature(method).parameters.values()
    ]
