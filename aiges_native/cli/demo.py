"""The main job: a C engine speaks a sentence, a Python wrapper hears it, another reads a picture.

All of it goes through the engine ABI; csrc/hosts/demo.c does the same from C and prints the same lines. Exit code 0:
the words heard are the words spoken, and the lines read are the lines of sample.txt.
"""

from __future__ import annotations

import argparse
import sys
import time
import wave
from pathlib import Path
from typing import Any

import aiges_native

from . import CannotError

SENTENCE = "open the green door and then read the small picture"
VOICE = {"voice": "en-us", "speed": "150"}
END, ONCE, IMAGE = 2, 3, 2

_CURES = {
    "libespeak.so": "sudo apt-get install libespeak-ng-dev espeak-ng-data && make engines",
    "listen": "pip install -r library/listen/requirements.txt",
    "ocr": "pip install -r library/ocr/requirements.txt",
}


class Stopwatch:
    """Adds up the milliseconds spent inside ``with``."""

    ms = 0.0

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.ms += (time.perf_counter() - self.began) * 1000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", metavar="LIBRARY", nargs="?", type=Path, help="folder of the engines")
    parser.add_argument("wav", metavar="WAV", nargs="?", default="/tmp/aiges-demo.wav", help="default: %(default)s")


def run(options: argparse.Namespace) -> int:
    library = options.library or _find_library()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"Python host, aiges_native {aiges_native.__version__}")
    try:
        talked = speak_and_hear(library, options.wav)
        read = read_picture(library)
    except aiges_native.AigesError as error:
        raise CannotError("run the demo", str(error), "the log above, which has the details") from error
    return 0 if talked and read else 1


def _find_library() -> Path:
    package = Path(aiges_native.__file__).parent
    places = [Path("library"), package / "library", package.parent / "library"]
    for place in places:
        if (place / "listen" / "commands.jsgf").is_file():
            return place
    raise CannotError("find the engines", "there is no folder 'library' here", "aiges-native demo LIBRARY")


def _open(library: Path, name: str, config: dict[str, str] | None = None) -> Any:
    try:
        return aiges_native.open(str(library / name), config=config or {})
    except aiges_native.AigesError as error:
        raise CannotError(f"start engine '{name}'", str(error), _CURES[name]) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotError(f"read '{path}'", error.strerror or str(error), "aiges-native demo LIBRARY") from error


def _check_writable(path: str) -> None:
    try:
        Path(path).touch()
    except OSError as error:
        cure = "aiges-native demo LIBRARY OTHER.wav"
        raise CannotError(f"write '{path}'", error.strerror or str(error), cure) from error


class Talk:
    """One sentence on its way from the speaking to the hearing session, and into a WAV file."""

    def __init__(self, mouth: Any, ear: Any, wav: wave.Wave_write) -> None:
        self.mouth, self.ear, self.wav = mouth, ear, wav
        self.speaking, self.hearing = Stopwatch(), Stopwatch()
        self.pieces = self.guesses = self.bytes = self.rate = 0
        self.heard = ""

    def run(self) -> None:
        with self.speaking:
            self.mouth.write(SENTENCE, status=ONCE)
        pieces = iter(self.mouth)
        while True:
            with self.speaking:
                piece = next(pieces, None)
            if piece is None:
                break
            self.take(piece)

    def take(self, piece: Any) -> None:
        """Hands a piece of sound on as it came."""
        if not self.rate:
            self.rate = int(piece.desc["sample_rate"])
            self.wav.setparams((1, 2, self.rate, 0, "NONE", "not compressed"))
        self.pieces += 1
        self.bytes += len(piece.data)
        self.wav.writeframesraw(piece.data)
        with self.hearing:
            node = aiges_native.DataListNode("audio", piece.data, piece.type, piece.status)
            node.desc = piece.desc
            self.ear.write(node)
            guesses = self.ear.read()
        for guess in guesses:
            self.guesses += 1
            text, last = guess.data.decode(), guess.status >= END
            print(f"  {int(guess.desc['audio_ms']) / 1000:4.1f} s  {text}{'.' if last else ''}")
            if last:
                self.heard = text

    def report(self, wav_path: str) -> bool:
        """Prints the lines of timing; True if the words heard are the words spoken."""
        seconds = self.bytes / 2 / (self.rate or 1) or 1e-9
        spoken, heard = self.speaking.ms, self.hearing.ms
        print(
            f"speak: {self.pieces} pieces, {seconds:.2f} s of sound, {spoken:.1f} ms, "
            f"{spoken / 1000 / seconds:.3f} x real time, espeak (C engine) -> {wav_path}"
        )
        print(
            f"hear:  {self.pieces} pieces, {self.guesses} guesses, {heard:.1f} ms, "
            f"{heard / 1000 / seconds:.3f} x real time, listen (Python wrapper)"
        )
        if self.heard != SENTENCE:
            print(f"heard '{self.heard}', spoken was '{SENTENCE}'", file=sys.stderr)
        return self.heard == SENTENCE


def speak_and_hear(library: Path, wav_path: str) -> bool:
    grammar = _read(library / "listen" / "commands.jsgf").decode()
    _check_writable(wav_path)
    with (
        _open(library, "libespeak.so") as espeak,
        _open(library, "listen", {"listen.grammar": grammar}) as listen,
        wave.open(wav_path, "wb") as wav,
        espeak.create(params=VOICE) as mouth,
        listen.create() as ear,
    ):
        print(f'say "{SENTENCE}"')
        talk = Talk(mouth, ear, wav)
        talk.run()
    return talk.report(wav_path)


def read_picture(library: Path) -> bool:
    sample = library / "ocr" / "sample.png"
    picture = aiges_native.DataListNode("picture", _read(sample), IMAGE, ONCE)
    expected = _read(library / "ocr" / "sample.txt").decode().splitlines()
    reading = Stopwatch()
    with _open(library, "ocr") as ocr:
        with reading:
            result = ocr.exec(picture)
        lines: list[str] = result["text"].data.decode().splitlines()
        del result  # the engine's memory: given back before the engine is closed
    print(f"read {sample}")
    for line in lines:
        print(f"          {line}")
    print(f"read:  1 picture, {len(lines)} lines, {reading.ms:.1f} ms, ocr (Python wrapper)")
    if lines != expected:
        print(f"the lines read are not those of '{sample.with_suffix('.txt')}'", file=sys.stderr)
    return lines == expected
