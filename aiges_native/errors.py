"""Exceptions of the host side, one class for each thing a caller can do about a failure; and one that a wrapper gets.

Codes are those of ``include/aiges/errors.h`` and, for :class:`EngineError`, the engine's own.
"""

from __future__ import annotations


class AigesError(RuntimeError):
    """A call failed. ``code`` is the result code, ``text`` the engine's or the loader's sentence about it."""

    def __init__(self, code: int, text: str) -> None:
        text = text.removesuffix(f" (code {code})")  # sentences of the loader end with it
        super().__init__(f"{text} (code {code})")
        self.code = code
        self.text = text

    def __reduce__(self) -> tuple[type[AigesError], tuple[int, str]]:
        return type(self), (self.code, self.text)


class EngineOpenError(AigesError):
    """The engine cannot be found or loaded: mend the path, the library or its installation."""


class WrapperLoadError(AigesError):
    """The wrapper cannot be started: mend its file, class, constructor, signatures, or the interpreter."""


class EngineStateError(AigesError):
    """The engine is not running (not ready, stopping, closed, forked): open it again."""


class EngineBusyError(AigesError):
    """Something is still in use: finish or release it and try again."""


class RequestError(AigesError):
    """The request is not one the ABI allows: mend it."""


class EngineTimeoutError(AigesError, TimeoutError):
    """No answer came in time."""


class WrapperFault(AigesError):
    """The wrapper raised, or returned something that cannot be sent: the log has its traceback."""


class EngineError(AigesError):
    """The engine's own code."""


class CallInterrupted(BaseException):
    """Raised in a wrapper's method that goes on although its call was cancelled (``aiges.interrupt_after_ms``).

    It comes between any two steps of Python, as KeyboardInterrupt does. Catch it to clean up, and raise it again: a
    method that goes on is interrupted again.
    """


_CLASSES: dict[type[AigesError], tuple[int, ...]] = {
    EngineOpenError: (-20100, -20101, -20102, -20103, -20105, -20107),
    WrapperLoadError: (-20010, -20020, -20021, -20022, -20023, -20024, -20025),
    EngineStateError: (-20001, -20002, -20008, -20009, -20106),
    EngineBusyError: (-20011, -20104),
    RequestError: (-20003, -20004, -20006, -20012),
    EngineTimeoutError: (-20007,),
    WrapperFault: (-20030, -20031, -20032, -20033),
}
_CLASS_OF = {code: cls for cls, codes in _CLASSES.items() for code in codes}


def error_for(code: int, text: str) -> AigesError | MemoryError:
    """The exception for a code."""
    if code == -20005:
        return MemoryError(f"{text} (code {code})")
    return _CLASS_OF.get(code, EngineError)(code, text)
