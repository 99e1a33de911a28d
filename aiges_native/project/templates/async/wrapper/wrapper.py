"""@SERVICE@: counts the words of a text, later.

A request is a text and the parameter `top`; wrapperOnceExecAsync takes it and returns at once, and a thread of the
wrapper answers through the host's callback. That is the form for a model that only one thread may use, or that takes
several requests in one go. To see it work on the values declared below: python wrapper/wrapper.py
"""

from __future__ import annotations

import queue
import re
import threading
from collections import Counter

from aiges_native.sdk import (
    DataListCls,
    IntegerParamField,
    Response,
    ResponseData,
    StringBodyField,
    WrapperBase,
    callback,
    log,
)

# Codes of this service, each with a text for the caller. Any number will do but 0 and -20001..-20199.
NO_TEXT, BAD_TEXT = 4001, 4002
TEXTS = {NO_TEXT: "the request has no data 'text'", BAD_TEXT: "the text could not be counted: it must be UTF-8"}


class UserRequest:
    """What a request holds. The values are those of a local run."""

    top = IntegerParamField(key="top", minimum=1, maximum=100, value=2)
    text = StringBodyField(key="text", value="to be or not to be")


class UserResponse:
    """What an answer holds."""

    result = StringBodyField(key="result")


def frequent_words(text: str, top: int) -> str:
    """The words that occur most often, each with how often."""
    counts = Counter(re.findall(r"\w+", text.lower()))
    return ", ".join(f"{word} {count}" for word, count in counts.most_common(top))


class Wrapper(WrapperBase):
    """The service. One object serves all requests; calls may come on several threads at once."""

    serviceId = "@SERVICE@"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config: dict[str, str]) -> int:
        """Called once, before any request: load models here. `config` is section [wrapper] of aiges.toml. 0: ready."""
        self.requests: queue.Queue[tuple[str | None, bytes, int] | None] = queue.Queue()
        self.worker = threading.Thread(target=self.work, name="@SERVICE@", daemon=True)
        self.worker.start()
        return 0

    def wrapperFini(self) -> int:
        """Called once, after the last request: ends the thread when it has answered what waits."""
        self.requests.put(None)
        self.worker.join()
        return 0

    def wrapperOnceExecAsync(
        self, params: dict[str, str], reqData: DataListCls, usrTag: str | None = "", persId: int = 0
    ) -> int:
        """Takes one request. Its bytes are read here, for `reqData` is the host's and ends with this call. 0: an answer
        will come, exactly one; a code: none will."""
        text = reqData.get("text")
        if text is None:
            return NO_TEXT
        self.requests.put((usrTag, text.data, int(params.get("top", "2"))))
        return 0

    def work(self) -> None:
        """The thread: answers one request after the other. Whatever happens to one, the next must be served."""
        while (request := self.requests.get()) is not None:
            tag, data, top = request
            try:
                answer = Response([ResponseData("result", frequent_words(data.decode(), top))])
            except Exception:
                log.exception("a request failed")
                answer = self.response_err(BAD_TEXT)
            callback(answer, tag)

    def wrapperError(self, ret: int) -> str:
        """The text for a code that this wrapper answered with."""
        return TEXTS.get(ret, "")


if __name__ == "__main__":
    Wrapper().run()
