"""@SERVICE@: says how large a picture is.

A request is a picture (PNG), a text and the parameter `mode`; the answer is one text. To see it work on the values
declared below: python wrapper/wrapper.py
"""

from __future__ import annotations

from aiges_native.sdk import (
    DataListCls,
    ImageBodyField,
    Response,
    ResponseData,
    StringBodyField,
    StringParamField,
    WrapperBase,
    log,
)

# Codes of this service, each with a text for the caller. Any number will do but 0 and -20001..-20199.
NOT_A_PNG = 4001
TEXTS = {NOT_A_PNG: "the request has no picture in PNG"}

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class UserRequest:
    """What a request holds. The values are those of a local run; a file is looked up beside this module."""

    mode = StringParamField(key="mode", enums=["plain", "upper"], value="plain")
    image = ImageBodyField(key="image", path="test_data/test.png", encoding="png")
    text = StringBodyField(key="text", value="the picture is")


class UserResponse:
    """What an answer holds."""

    result = StringBodyField(key="result")


def png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, which a PNG has in its first 24 bytes; None for anything else."""
    if len(data) < 24 or not data.startswith(SIGNATURE):
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


class Wrapper(WrapperBase):
    """The service. One object serves all requests; calls may come on several threads at once."""

    serviceId = "@SERVICE@"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config: dict[str, str]) -> int:
        """Called once, before any request: load models here. `config` is section [wrapper] of aiges.toml. 0: ready."""
        log.info("started, for %s requests at once", config.get("common.lic", "1"))
        return 0

    def wrapperFini(self) -> int:
        """Called once, after the last request: release what wrapperInit took."""
        return 0

    def wrapperOnceExec(
        self, params: dict[str, str], reqData: DataListCls, usrTag: str | None = "", persId: int = 0
    ) -> Response:
        """Answers one request. `params` also has "sid", the request's name in logs."""
        image, text = reqData.get("image"), reqData.get("text")
        size = png_size(image.data) if image else None
        if size is None:
            return self.response_err(NOT_A_PNG)
        answer = f"{text.data.decode() if text else ''} {size[0]} x {size[1]} pixels".lstrip()
        if params.get("mode") == "upper":
            answer = answer.upper()
        return Response([ResponseData("result", answer)])

    def wrapperError(self, ret: int) -> str:
        """The text for a code that this wrapper answered with."""
        return TEXTS.get(ret, "")


if __name__ == "__main__":
    Wrapper().run()
