"""Speech recognition while somebody speaks, with PocketSphinx and the English model that its wheel carries.

Session     write 16-bit mono PCM (type audio, any key, chunks of any size, the last one with status End; desc
            ``sample_rate``: Hz, default 16000; that of the first node counts), then read or be called back
Result      one text item ``text`` per new guess, status Continue, then the final one, status End.
            desc: ``audio_ms``, how much was heard when it was made
Parameters  listen.grammar = JSGF    what can be said; without it (and without the config's) any English is tried, which
                                     is much harder: give a grammar where you can
            listen.partial = 0       the final result only
Config      listen.grammar = JSGF    for sessions that bring none
            listen.sessions = N      sessions at the same time (default 4; about 30 MB each, made when first needed)
            listen.noise = N         strength of the noise laid under the sound (default 150 of 32767). The silence of a
                                     synthetic voice is all zeros, which the model never met; 0 for a real microphone

The final result comes from a second pass over the whole sound, whose loudness and colour are known by then.
"""

from __future__ import annotations

import itertools
import logging
import math
import re
import threading
from collections import deque

from aiges_embed import DataListCls, Response, ResponseData, SessionCreateResponse, callback

TEXT = 0
CONTINUE, END, ONCE = 1, 2, 3

BUSY, BAD_GRAMMAR, BAD_NUMBER, BAD_AUDIO, ENDED, CANCELLED, NOT_INSTALLED = range(4201, 4208)

TEXTS = {
    BUSY: "as many sessions are open as listen.sessions allows: close one, or raise it in the config",
    BAD_GRAMMAR: "the grammar is no use: it needs '#JSGF V1.0;', a public rule, and known words (the log has more)",
    BAD_NUMBER: "a setting is no number or out of range (listen.sessions, listen.noise, listen.partial, sample_rate)",
    BAD_AUDIO: "the sound is not 16-bit mono PCM",
    ENDED: "the session has ended: its last piece was written already",
    CANCELLED: "the session was cancelled",
    NOT_INSTALLED: "pocketsphinx or numpy is not installed here: pip install -r library/listen/requirements.txt",
}

RATE = 16000  # of the model, Hz
SLICE = RATE // 5  # samples decoded between two looks at the cancel flag
SECOND_PASS = 60 * RATE  # longest sound, in samples, that is kept for the second pass

log = logging.getLogger("listen")


class ListenError(Exception):
    """A request that is answered with a code."""

    def __init__(self, code: int) -> None:
        super().__init__(TEXTS[code])
        self.code = code


def setting(values: dict, key: str, default: int, lowest: int, highest: int) -> int:
    try:
        value = int(values.get(key, default))
    except ValueError:
        raise ListenError(BAD_NUMBER) from None
    if not lowest <= value <= highest:
        raise ListenError(BAD_NUMBER)
    return value


class Resampler:
    """16-bit PCM of any rate, in chunks of any size, to int16 samples at 16 kHz with a little noise under them.

    Above 16 kHz a windowed sinc takes away what the lower rate cannot hold; between samples it interpolates linearly.
    """

    def __init__(self, rate: int, noise: int) -> None:
        import numpy

        self.numpy = numpy
        self.step = rate / RATE
        self.noise = noise
        self.random = numpy.random.default_rng(0)  # the same sound gives the same words
        self.taps = self.lowpass(rate) if rate > RATE else None
        self.odd = b""  # half a sample
        self.history = numpy.zeros(len(self.taps) - 1 if self.taps is not None else 0, "f4")
        self.last = numpy.zeros(1, "f4")
        self.position = 1.0  # of the next output sample; 0 is self.last

    def lowpass(self, rate: int):
        np = self.numpy
        half = math.ceil(12 * rate / RATE)
        time = np.arange(-half, half + 1)
        taps = np.sinc(0.95 * RATE / rate * time) * np.hamming(len(time))
        return (taps / taps.sum()).astype("f4")

    def __call__(self, data: bytes):
        np = self.numpy
        data = self.odd + data
        whole = len(data) & ~1
        self.odd = data[whole:]
        samples = np.frombuffer(data, "<i2", whole // 2).astype("f4")
        if not len(samples):
            return np.empty(0, "<i2")
        if self.taps is not None:
            samples = np.concatenate((self.history, samples))
            self.history = samples[-len(self.history) :]
            samples = np.convolve(samples, self.taps, "valid")
        samples = np.concatenate((self.last, samples))
        end = len(samples) - 1
        count = max(0, math.floor((end - self.position) / self.step) + 1)
        times = self.position + self.step * np.arange(count)
        out = np.interp(times, np.arange(len(samples)), samples)
        self.position += self.step * count - end
        self.last = samples[-1:]
        if self.noise:
            out += self.random.normal(0, self.noise, count)
        return np.clip(np.rint(out), -32768, 32767).astype("<i2")


class Ear:
    """A decoder of PocketSphinx; serves one session at a time."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder, get_model_path

        self.decoder = Decoder(lm=None, loglevel="FATAL")
        self.language = get_model_path("en-us/en-us.lm.bin")
        self.fresh = self.decoder.get_cmn(False)
        self.grammar: str | None = None
        self.has_language = False
        self.listening = False

    def use(self, grammar: str) -> None:
        """Prepares for an utterance; the last speaker's voice is forgotten."""
        if not grammar:
            if not self.has_language:
                self.decoder.add_lm_file("english", self.language)
                self.has_language = True
            self.decoder.activate_search("english")
        else:
            if grammar != self.grammar:
                self.learn(grammar)
            self.decoder.activate_search("grammar")
        self.decoder.set_cmn(self.fresh)
        self.decoder.start_utt()
        self.listening = True

    def learn(self, grammar: str) -> None:
        self.grammar = None
        # The parser prints what it cannot read to stdout, which is the host's.
        if not re.match(r"\s*#JSGF\b", grammar):
            log.error("the grammar does not begin with '#JSGF V1.0;'")
            raise ListenError(BAD_GRAMMAR)
        unknown = [word for word in words_of(grammar) if self.decoder.lookup_word(word) is None]
        if unknown:
            log.error("not in the dictionary: %s", ", ".join(unknown))
            raise ListenError(BAD_GRAMMAR)
        try:
            self.decoder.add_jsgf_string("grammar", grammar)
        except ValueError as error:
            log.error("%s", error)
            raise ListenError(BAD_GRAMMAR) from None
        self.grammar = grammar

    def hear(self, samples, whole: bool = False) -> None:
        self.decoder.process_raw(samples.tobytes(), no_search=False, full_utt=whole)

    def guess(self) -> str:
        found = self.decoder.hyp()
        return found.hypstr if found is not None else ""

    def finish(self) -> str:
        """Ends the utterance, if one is open, and gives the last guess."""
        if self.listening:
            self.listening = False
            self.decoder.end_utt()
        return self.guess()

    def again(self, samples) -> str:
        """Hears the whole utterance once more, normalised over all of it."""
        self.decoder.start_utt()
        self.listening = True
        self.hear(samples, whole=True)
        return self.finish()


def words_of(grammar: str) -> list[str]:
    """The words of a JSGF grammar, each once."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", grammar, flags=re.S)
    rules = re.findall(r"=(.*?);", text, flags=re.S)
    plain = re.sub(r"<[^>]*>|\{[^}]*\}|/[^/]*/|[()\[\]|*+=]", " ", " ".join(rules))
    return list(dict.fromkeys(plain.split()))


class Ears:
    """A few decoders, made when first needed and used again."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.made = 0
        self.idle: list[Ear] = []
        self.lock = threading.Lock()

    def acquire(self) -> Ear:
        with self.lock:
            if self.idle:
                return self.idle.pop()
            if self.made == self.most:
                raise ListenError(BUSY)
            self.made += 1
        try:
            return Ear()
        except BaseException:
            with self.lock:
                self.made -= 1
            raise

    def release(self, ear: Ear) -> None:
        with self.lock:
            self.idle.append(ear)


class Session:
    def __init__(self, tag: str, params: dict, noise: int, ears: Ears, grammar: str) -> None:
        self.tag = tag
        self.noise = noise
        self.partial = setting(params, "listen.partial", 1, 0, 1)
        self.resampler: Resampler | None = None
        self.sound: list | None = []  # for the second pass; None: too long for one
        self.heard = 0  # samples
        self.last = ""
        self.pushes = True  # until the first result finds no callback
        self.results: deque[ResponseData] = deque()
        self.failure = 0
        self.cancelled = False
        self.lock = threading.Lock()  # a Destroy may come during a Write
        self.ears = ears
        self.ear: Ear | None = ears.acquire()  # None: the utterance is over
        try:
            self.ear.use(grammar)
        except BaseException:
            ears.release(self.ear)
            raise

    def write(self, nodes: list) -> int:
        try:
            for node in nodes:
                self.take(node)
        except ListenError as error:
            self.fail(error.code)
            return error.code
        return 0

    def take(self, node) -> None:
        if self.cancelled:
            raise ListenError(CANCELLED)
        if self.ear is None:
            raise ListenError(ENDED)
        if self.resampler is None:
            self.resampler = self.make_resampler(node.desc)
        samples = self.resampler(node.data)
        for start in range(0, len(samples), SLICE):
            self.hear(samples[start : start + SLICE])
        if node.status in (END, ONCE):
            self.finish()

    def make_resampler(self, desc: dict) -> Resampler:
        if desc.get("channels", "1") != "1" or desc.get("bit_depth", "16") != "16":
            raise ListenError(BAD_AUDIO)
        return Resampler(setting(desc, "sample_rate", RATE, 4000, 384_000), self.noise)

    def hear(self, samples) -> None:
        if self.cancelled:
            raise ListenError(CANCELLED)
        self.ear.hear(samples)
        self.heard += len(samples)
        if self.sound is not None:
            self.sound.append(samples)
            if self.heard > SECOND_PASS:
                self.sound = None
        if self.partial and (guess := self.ear.guess()) != self.last:
            self.last = guess
            self.give(guess, CONTINUE)

    def finish(self) -> None:
        text = self.ear.finish()
        if self.sound:
            text = self.ear.again(self.resampler.numpy.concatenate(self.sound)) or text
        self.close()
        self.give(text, END)

    def give(self, text: str, status: int) -> None:
        item = ResponseData("text", text.encode(), None, TEXT, status)
        item.desc = {"audio_ms": str(self.heard * 1000 // RATE)}
        if self.pushes and callback(Response([item]), self.tag) == -1:
            self.pushes = False
        if not self.pushes:
            self.results.append(item)

    def fail(self, code: int) -> None:
        """Ends a running session with a code, for its callback or its next read."""
        if self.ear is not None:
            self.failure = code
            self.close()
            if self.pushes:
                callback(Response(error_code=code), self.tag)

    def read(self) -> Response:
        if self.cancelled or self.failure:
            return Response(error_code=self.failure or CANCELLED)
        return Response([self.results.popleft() for _ in range(len(self.results))])

    def close(self) -> None:
        """Gives the decoder back."""
        ear, self.ear = self.ear, None
        if ear is not None:
            ear.finish()
            self.ears.release(ear)


class Wrapper:
    def wrapperInit(self, config: dict) -> int:
        try:
            self.noise = setting(config, "listen.noise", 150, 0, 5000)
            self.grammar = str(config.get("listen.grammar", ""))
            self.sessions: dict[str, Session] = {}
            self.handles = itertools.count(1)
            self.ears = Ears(setting(config, "listen.sessions", 4, 1, 256))
            # One session for a trial: what is missing or wrong is said now, and the first caller does not wait.
            Session("", {}, self.noise, self.ears, self.grammar).close()
        except ListenError as error:
            return error.code
        except ImportError as error:
            log.error("%s (%s)", TEXTS[NOT_INSTALLED], error)
            return NOT_INSTALLED
        return 0

    def wrapperFini(self) -> int:
        for session in list(self.sessions.values()):
            session.cancelled = True
        self.sessions.clear()
        return 0

    def wrapperError(self, code: int) -> str:
        return TEXTS.get(code, "")

    def wrapperCreate(self, params: dict, sid: str, persId: int, usrTag: str) -> SessionCreateResponse:
        handle = f"listen-{next(self.handles)}"
        grammar = params.get("listen.grammar", self.grammar)
        try:
            self.sessions[handle] = Session(usrTag or handle, params, self.noise, self.ears, grammar)
        except ListenError as error:
            return SessionCreateResponse(error_code=error.code)
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle: str, reqData: DataListCls) -> int:
        session = self.sessions[handle]
        with session.lock:
            return session.write(reqData.list)

    def wrapperRead(self, handle: str) -> Response:
        return self.sessions[handle].read()

    def wrapperDestroy(self, handle: str) -> int:
        session = self.sessions.pop(handle)
        session.cancelled = True
        with session.lock:  # a write stops at its next slice
            session.close()
        return 0

    def wrapperCancel(self, handle: str) -> int:
        session = self.sessions.get(handle)
        if session is not None:
            session.cancelled = True
        return 0
