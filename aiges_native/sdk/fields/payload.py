"""Payloads: the data of a request or response. Texts here, files in media.py."""

from __future__ import annotations

from aiges_native.sdk.constants import STRING
from aiges_native.sdk.fields.field import Field
from aiges_native.sdk.fields.values import limit, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PayloadField(Field):
    """A field whose data travels as bytes. A subclass of your own defines ``content()`` or ``test_value``."""

    noun = "payload"
    need_base64: bool = False
    encoding: str = ""
    status: int = 3

    def content(self) -> bytes:
        """The test value before Base64. Errors: OSError (no file), ValueError (a value that cannot become bytes)."""
        raise NotImplementedError(f"{type(self).__name__} defines neither 'content' nor 'test_value'")

    @property
    def test_value(self) -> bytes:
        """What a local run sends, wrapped in Base64 if the field says so. Errors as in :meth:`content`."""
        content = self.content()
        if not self.need_base64:
            return content
        from binascii import b2a_base64

        return b2a_base64(content, newline=False)

    def findings(self) -> list[str]:
        """What is wrong with the declaration and with its test value."""
        return self.form_findings() + self.value_findings()

    def form_findings(self) -> list[str]:
        """What is wrong with the declaration. It is all that matters for a response, whose test value nobody reads."""
        found = Field.findings(self)
        for name in ("encoding", "format", "compress"):
            text = getattr(self, name, "")
            if not isinstance(text, str):
                found.append(self._finding(f"{name} is {shown(text)}, expected a str"))
        if limit(self.status) not in (0, 1, 2, 3):
            found.append(self._finding(f"status is {shown(self.status)}, expected 0, 1, 2 or 3"))
        return found

    def value_findings(self) -> list[str]:
        """What keeps ``test_value`` from being read."""
        try:
            self.test_value  # noqa: B018 - a property that may raise
        except (NotImplementedError, OSError, ValueError) as error:
            return [str(error)]
        return []


class TextBodyField(PayloadField):
    """What text and JSON have in common: a declared value that becomes bytes in a declared encoding."""

    value: Any = b""
    format: str = "plain"
    compress: str = "raw"
    text: bytes = b"value"

    def __init__(
        self,
        key: str,
        value: Any,
        need_base64: bool,
        encoding: str,
        format: str,
        compress: str,
        status: int,
        title: str,
        description: str,
    ) -> None:
        super().__init__(key, STRING, title, description)
        self.value = value
        self.need_base64 = need_base64
        self.encoding = encoding
        self.format = format
        self.compress = compress
        self.status = status
        self.text = b"value"

    def content(self) -> bytes:
        if isinstance(self.value, (bytes, bytearray, memoryview)):
            return bytes(self.value)
        if isinstance(self.value, str):
            return self._encoded(self.value)
        import json

        try:
            return json.dumps(self.value, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise self._unusable(f"value {shown(self.value)} cannot become JSON ({error})") from error

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self.encoding if self._codec_is_known() else "utf-8")
        except UnicodeError as error:
            raise self._unusable(f"value {shown(text)} cannot be encoded ({error})") from error

    def _unusable(self, clause: str) -> ValueError:
        return ValueError(f"cannot make the test value of '{self.key}': {clause}")

    def _codec_is_known(self) -> bool:
        """``encoding`` describes data of any kind to clients; not every word in it is a codec of Python."""
        try:
            "".encode(self.encoding)
        except (LookupError, TypeError, ValueError):
            return False
        return True

    def value_findings(self) -> list[str]:
        found = super().value_findings()
        if isinstance(self.value, str) and not self._codec_is_known():
            found.append(self._finding(f"encoding {shown(self.encoding)} is no known codec; UTF-8 is sent"))
        return found


class StringBodyField(TextBodyField):
    """A text. ``value`` is bytes, or a str that is encoded with ``encoding`` when it is sent.

    ``format`` and ``compress`` are told to clients; nothing is converted by them.
    """

    def __init__(
        self,
        key: str,
        value: Any = b" ",
        need_base64: bool = False,
        encoding: str = "utf8",
        format: str = "plain",
        compress: str = "raw",
        status: int = 3,
        title: str = "",
        description: str = "",
    ) -> None:
        super().__init__(key, value, need_base64, encoding, format, compress, status, title, description)

    def value_findings(self) -> list[str]:
        found = super().value_findings()
        if not isinstance(self.value, (str, bytes, bytearray, memoryview)):
            found.append(self._finding(f"value is {shown(self.value)}, expected str or bytes; it is sent as JSON"))
        return found


class JsonBodyField(TextBodyField):
    """A JSON text. ``value`` is the text (str or bytes, sent as it is) or what is to be written as UTF-8 JSON."""

    def __init__(
        self,
        key: str,
        value: Any = "",
        need_base64: bool = False,
        encoding: str = "utf8",
        format: str = "json",
        compress: str = "raw",
        status: int = 3,
        title: str = "",
        description: str = "",
    ) -> None:
        super().__init__(key, value, need_base64, encoding, format, compress, status, title, description)

    def value_findings(self) -> list[str]:
        found = super().value_findings()
        if not found and (content := self.content()):
            import json

            try:
                json.loads(content.decode(self.encoding if self._codec_is_known() else "utf-8"))
            except ValueError as error:
                found.append(self._finding(f"value {shown(self.value)} is no JSON ({error})"))
        return found
