"""@SERVICE@: says how loud a sound is, while it comes.

A session takes pieces of sound (16-bit mono PCM, little-endian) and answers each with a text, through the host's
callback or, if the host asks for results instead, through wrapperRead. To see it work on the values declared below:
python wrapper/wrapper.py
"""

from __future__ import annotations

import math
import queue
import sys
from array import array

from aiges_native.sdk import (
    AudioBodyField,
    DataEnd,
    DataListCls,
    NumberParamField,
    Once,
    Response,
    ResponseData,
    SessionCreateResponse,
    StreamHandleThread,
    StringBodyField,
    WrapperBase,
    callback,
)

# Codes of this service, each with a text for the caller. Any number will do but 0 and -20001..-20199.
ALL_BUSY, NO_SESSION, NO_AUDIO = 4001, 4002, 4003
TEXTS = {
    ALL_BUSY: "every session is taken: come back later, or raise common.lic in aiges.toml",
    NO_SESSION: "there is no such session, or it has ended",
    NO_AUDIO: "the request has no data 'audio'",
}

SILENCE = -96.0  # dB: less than 16 bits can tell


class UserRequest:
    """What a session takes. The values are those of a local run; a file is looked up beside this module."""

    threshold = NumberParamField(key="threshold", minimum=SILENCE, maximum=0, value=-30)
    audio = AudioBodyField(key="audio", path="test_data/test.pcm", encoding="raw")


class UserResponse:
    """What each answer holds."""

    result = StringBodyField(key="result")


def loudness(pcm: bytes) -> float:
    """The level of 16-bit samples in dB, 0 being the loudest there is."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    power = sum(sample * sample for sample in samples) / max(len(samples), 1)
    return max(SILENCE, 10 * math.log10(power / 32768**2)) if power else SILENCE


class Meter(StreamHandleThread):
    """The thread behind a handle: it serves one session after the other, so wrapperWrite need not wait for the work."""

    def run(self) -> None:
        """Takes what wrapperWrite put into the queue, until the service stops."""
        while not self.is_stopping:
            sid, threshold, status, pcm = self.in_q.get()
            level = loudness(pcm)
            word = "loud" if level >= threshold else "quiet"
            last = status in (DataEnd, Once)
            answer = Response([ResponseData("result", f"{level:.1f} dB, {word}", status=DataEnd if last else status)])
            # Not delivered: this host reads, or the session is over. Its successor must not get the answer.
            if callback(answer, sid) != 0 and self.session_thread.sid == sid:
                self.out_q.put(answer)


class Wrapper(WrapperBase):
    """The service. One object serves all sessions; calls of different sessions may come on several threads at once."""

    serviceId = "@SERVICE@"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config: dict[str, str]) -> int:
        """Called once, before any session: load models here. `config` is section [wrapper] of aiges.toml. 0: ready."""
        self.session.init_wrapper_config(config)
        self.session.init_handle_pool("thread", int(config.get("common.lic", "10")), Meter)
        return 0

    def wrapperFini(self) -> int:
        """Called once, after the last session. The threads of the pool are ended by the host."""
        return 0

    def wrapperCreate(
        self, params: dict[str, str], sid: str, persId: int = 0, usrTag: str | None = ""
    ) -> SessionCreateResponse:
        """Opens a session: the handle names it in the calls that follow."""
        handle = self.session.get_idle_handle() or ""
        session = self.session.get_session(handle)
        if session is None:
            return SessionCreateResponse("", ALL_BUSY)
        session.setup_sid(sid)
        session.setup_params(params)
        session.setup_callback_fn(callback)
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle: str, req: DataListCls) -> int:
        """Takes one piece of sound. Its bytes are read here, for `req` is the host's and ends with this call."""
        session = self.session.get_session(handle)
        if session is None:
            return NO_SESSION
        audio = req.get("audio")
        if audio is None:
            return NO_AUDIO
        threshold = float(session.params.get("threshold", -30))
        session.in_q.put((session.sid, threshold, audio.status, audio.data))
        return 0

    def wrapperRead(self, handle: str) -> Response:
        """Gives the next answer to a host without a callback; an empty response: nothing yet."""
        session = self.session.get_session(handle)
        if session is None:
            return self.response_err(NO_SESSION)
        try:
            answer: Response = session.out_q.get_nowait()
        except queue.Empty:
            answer = Response()
        return answer

    def wrapperDestroy(self, handle: str) -> int:
        """Ends a session: its thread is free for the next one."""
        self.session.push_back(handle)
        return 0

    def wrapperError(self, ret: int) -> str:
        """The text for a code that this wrapper answered with."""
        return TEXTS.get(ret, "")


if __name__ == "__main__":
    Wrapper().run()
