"""Whether a wrapper's responses are what it declares."""

from __future__ import annotations

from aiges_native._native.response import Response, ResponseData
from aiges_native.sdk.constants import DataBegin, DataContinue, DataEnd, DataOnce, DataText, Status, Types
from aiges_native.sdk.fields import collect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Judge:
    """Looks at the responses of one request in their order and collects what is wrong with them.

    ``errors``: a host or client would get something else than the author means. ``warnings``: probably.
    """

    def __init__(self, wrapper: Any, stream: bool) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self._stream = stream
        self._declared = {field.key: field.data_type for field in collect(wrapper).accepts}
        self._ended: set[str] = set()  # keys whose last item has come

    def response(self, response: Any) -> None:
        """Judges what a method returned."""
        if not isinstance(response, Response) and not (hasattr(response, "list") and hasattr(response, "error_code")):
            self._error(f"a response must be a Response, not {type(response).__name__}")
        elif response.error_code == 0:
            self.items(list(response.list))

    def items(self, items: list[Any]) -> None:
        """Judges the items of one response."""
        if not items:
            self._error("the response has no items: append a ResponseData to response.list")
        keys = [getattr(item, "key", "") for item in items]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            self._error(f"the response has {keys.count(key)} items with the key '{key}': a client gets one of them")
        for item in items:
            self._item(item)

    def _item(self, item: Any) -> None:
        if not isinstance(item, ResponseData) and not hasattr(item, "key"):
            self._error(f"an item must be a ResponseData, not {type(item).__name__}")
            return
        self._key_and_type(item)
        self._status(item)
        self._content(item)

    def _key_and_type(self, item: Any) -> None:
        if not item.key:
            self._error("an item has no key: set it to one that responseCls declares")
        elif self._declared and item.key not in self._declared:
            keys = ", ".join(f"'{key}'" for key in self._declared)
            self._error(f"item '{item.key}' is not declared: responseCls has {keys}")
        elif self._declared and item.type != self._declared[item.key]:
            expected, found = self._declared[item.key], Types.get(item.type, item.type)
            self._error(f"item '{item.key}' has type {found}, declared is {Types[expected]}: setDataType({expected})")

    def _status(self, item: Any) -> None:
        name = Status.get(item.status, item.status)
        if not self._stream:
            if item.status != DataOnce:
                self._error(f"item '{item.key}' has status {name}: an answer in one piece has status once")
            return
        if item.status not in (DataBegin, DataContinue, DataEnd, DataOnce):
            self._error(f"item '{item.key}' has status {name}: it is begin, continue, end or once")
        if item.key in self._ended:
            self._error(f"item '{item.key}' came with status {name} after its end")
        elif item.status in (DataEnd, DataOnce):
            self._ended.add(item.key)

    def _content(self, item: Any) -> None:
        data = getattr(item, "data", None)
        if isinstance(data, str) or data is None:
            return
        try:
            size = memoryview(getattr(data, "owner", data)).nbytes
        except TypeError:
            return  # the binding refuses it, with its own sentence
        assigned = getattr(item, "assigned_len", size)
        if assigned is not None and assigned != size:
            cut = "the rest is cut off" if assigned < size else "the size of the data is sent"
            self._error(f"item '{item.key}' says len {assigned}, its data has {size} bytes: {cut}")
        if item.type == DataText and isinstance(data, (bytes, bytearray)):
            try:
                data.decode()
            except UnicodeDecodeError as error:
                self._warn(f"item '{item.key}' is text and not UTF-8 (byte {error.start}): set its type, or encode it")

    def _error(self, text: str) -> None:
        if text not in self.errors:
            self.errors.append(text)

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
