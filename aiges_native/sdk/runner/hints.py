"""A failure's cure, in one line."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OF_CODE = {
    -20020: "name the wrapper's file: aiges-native run PATH",
    -20022: "name the class 'Wrapper'",
    -20024: "define the method, or run in a mode that the wrapper has (--mode once, async, stream or read)",
    -20025: "take the parameters that the message offers",
    -20031: "return what the message expects",
    -20032: "put bytes, str or a buffer into each item's data, and str into its key",
    -20033: "append a ResponseData to response.list before returning it",
    -20007: "answer every request with an item of status end or once, or with an error_code",
}


def hint_for(error: BaseException | None, code: int, debug: bool) -> str:
    """What to do about a failure with that exception of the wrapper (if it raised one) and that code."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"pip install {error.name.partition('.')[0]}, and add it to requirements.txt"
    if isinstance(error, SyntaxError):
        return "mend the line above"
    if code in _OF_CODE:
        return _OF_CODE[code]
    if isinstance(error, AttributeError) and "'NoneType'" in str(error):
        return "look at the line above: reqData.get(key) is None when the request has no such key"
    if error is not None:
        return "look at the last line of the traceback" + ("" if debug else "; --debug stops there in a debugger")
    return "look up the code in the wrapper: it returned it" if code > 0 or code < -20199 else "see the log above"


def trace_of(error: BaseException) -> str:
    """The traceback from the wrapper's own frames; the bridge's frames in between are left out."""
    import traceback

    told = traceback.TracebackException.from_exception(error)
    _leave_out_ours(told)
    return "".join(told.format())


def _leave_out_ours(told: Any) -> None:
    import traceback

    theirs = [frame for frame in told.stack if not frame.filename.startswith("aiges_native/_native/")]
    told.stack = traceback.StackSummary.from_list(theirs)
    for chained in (told.__cause__, told.__context__):
        if chained is not None:
            _leave_out_ours(chained)
