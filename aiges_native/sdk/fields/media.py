"""Payloads whose test value is a file. Nothing is looked up or read before somebody asks for the value."""

from __future__ import annotations

import os
import sys

from aiges_native.sdk.constants import AUDIO, IMAGE
from aiges_native.sdk.fields.payload import PayloadField
from aiges_native.sdk.fields.values import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType
    from typing import Any

#: What an image without a file shows.
IMAGE_PLACEHOLDER = b"<your image base64 here>"


class FileBodyField(PayloadField):
    """What image and audio have in common: a test file.

    A relative ``path`` is looked up in the working directory, then beside the module that defines the field.
    """

    path: Any = ""
    #: The file of the module in which the field was made; "" if that is unknown (code that came from no file).
    defined_in: str = ""

    def __init__(
        self, key: str, data_type: int, path: Any, encoding: str, status: int, title: str, description: str
    ) -> None:
        super().__init__(key, data_type, title, description)
        self.path = path
        self.encoding = encoding
        self.status = status
        self.defined_in = _module_that_made(self)

    def places(self) -> list[Path]:
        """The absolute paths at which the file is looked for, in this order; none without a path."""
        if not self.path or not isinstance(self.path, (str, bytes, os.PathLike)):
            return []
        from pathlib import Path

        path = Path(os.fsdecode(self.path))
        if path.is_absolute():
            return [path]
        beside = [Path(self.defined_in).parent] if self.defined_in else []
        try:
            folders = [Path.cwd(), *beside]
        except OSError:  # the working directory was removed
            folders = beside
        return [folder / path for folder in dict.fromkeys(folders)]

    def file(self) -> Path | None:
        """The absolute path of the test file, or None if there is none."""
        return next((place for place in self.places() if place.is_file()), None)

    def content(self) -> bytes:
        """The file's bytes. Errors: FileNotFoundError, with the places looked at; OSError if it cannot be read."""
        file = self.file()
        if file is None:
            raise FileNotFoundError(self._missing())
        return file.read_bytes()

    def _missing(self) -> str:
        if not self.path:
            return f"cannot read the test file of '{self.key}': no path is declared; pass path="
        if not isinstance(self.path, (str, bytes, os.PathLike)):
            return f"cannot read the test file of '{self.key}': path is {shown(self.path)}, expected a str"
        looked = " and ".join(f"'{place}'" for place in self.places())
        return (
            f"cannot read the test file of '{self.key}': path is {shown(self.path)}, and there is no file at {looked};"
            " put it there"
        )

    @property
    def has_test_value(self) -> bool:
        """Whether the test file is there to be read."""
        if not self._value_is_the_file():
            return super().has_test_value
        file = self.file()
        return file is not None and os.access(file, os.R_OK)

    def _value_is_the_file(self) -> bool:
        """False for subclasses that make their data themselves."""
        kind = type(self)
        return kind.content is FileBodyField.content and kind.test_value is PayloadField.test_value

    def value_findings(self) -> list[str]:
        if not self._value_is_the_file():
            return super().value_findings()
        if not self.path:
            return []  # not declared: an output, or an input that is always given
        file = self.file()
        if file is None:
            return [self._missing()]
        return [] if os.access(file, os.R_OK) else [self._finding(f"test file '{file}' is not readable")]


class ImageBodyField(FileBodyField):
    """An image. ``path`` names the test file."""

    def __init__(
        self,
        key: str,
        path: Any = "",
        need_base64: bool = False,
        encoding: str = "jpg",
        status: int = 3,
        title: str = "",
        description: str = "",
    ) -> None:
        super().__init__(key, IMAGE, path, encoding, status, title, description)
        self.need_base64 = need_base64

    @property
    def image(self) -> bytes:
        """The test value, or a placeholder while there is no file."""
        return self.test_value if self.has_test_value else IMAGE_PLACEHOLDER


class AudioBodyField(FileBodyField):
    """A piece of audio. ``path`` names the test file; ``format`` and ``compress`` are told to clients."""

    format: str = "plain"
    compress: str = "raw"
    audio: bytes = b" "

    def __init__(
        self,
        key: str,
        path: Any = "",
        encoding: str = "raw",
        format: str = "plain",
        compress: str = "raw",
        status: int = 3,
        title: str = "",
        description: str = "",
    ) -> None:
        super().__init__(key, AUDIO, path, encoding, status, title, description)
        self.format = format
        self.compress = compress
        self.audio = b" "


def _module_that_made(field: FileBodyField) -> str:
    """The file of the module that called the constructor, subclasses' constructors left out; "" if unknown."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not (code.co_argcount and frame.f_locals.get(code.co_varnames[0]) is field):
            file = frame.f_globals.get("__file__") or code.co_filename
            return file if isinstance(file, str) and not file.startswith("<") else ""
        frame = frame.f_back
    return ""
