"""The main job: a C engine speaks a sentence, a Python wrapper hears it, another reads a picture.

All of it goes through the engine ABI; csrc/hosts/demo.c does the same from C and prints the same lines. Exit code 0:
the words heard are the words spoken, and the lines read are the lines of sample.txt.
"""

from __future__ import annotations

import argparse
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiges_native

from . import CannotError

SENTENCE = "open the green door and then read the small picture"
VOICE = {"voice": "en-us", "speed": "150"}
CONTINUE, END, ONCE = 1, 2, 3
AUDIO, IMAGE = 1, 2

_CURES = {
    "libespeak.so": "sudo apt-get install libespeak-ng-dev espeak-ng-data && make engines",
    "listen": "pip install -r library/listen/requirements.txt",
    "ocr": "pip install -r library/ocr/requirements.txt",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", metavar="LIBRARY", nargs="?", type=Path, help="folder of the engines")
    parser.add_argument("wav", metavar="WAV", nargs="?", default="/tmp/aiges-demo.wav", help="default: %(default)s")


def run(options: argparse.Namespace) -> int:
    library = options.library or _find_library()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"Python host, aiges_native {aiges_native.__version__}")
    try:
        _check_writable(options.wav)
        talked = hear(library, *speak(library, options.wav))
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


def speak(library: Path, wav_path: str) -> tuple[bytes, int]:
    """Samples of the spoken sentence and their rate; written to the WAV piece by piece."""
    sound, rate, pieces = bytearray(), 0, 0
    with _open(library, "libespeak.so") as espeak, wave.open(wav_path, "wb") as wav:
        print(f'say "{SENTENCE}"')
        began = time.perf_counter()
        with espeak.create(params=VOICE) as session:
            session.write(SENTENCE, status=ONCE)
            for piece in session:
                rate = int(piece.desc["sample_rate"])
                if not pieces:
                    wav.setparams((1, 2, rate, 0, "NONE", "not compressed"))
                pieces += 1
                sound += piece.view
                wav.writeframesraw(piece.view)
        ms = (time.perf_counter() - began) * 1000
    seconds = len(sound) / 2 / rate
    print(
        f"speak: {pieces} pieces, {seconds:.2f} s of sound, {ms:.1f} ms, {ms / 1000 / seconds:.4f} x real time, "
        f"espeak (C engine) -> {wav_path}"
    )
    return bytes(sound), rate


def pieces_of(sound: bytes, rate: int) -> Iterator[Any]:
    """The sound as data nodes of 200 ms."""
    step = rate // 5 * 2
    for start in range(0, len(sound), step):
        status = CONTINUE if start + step < len(sound) else END
        piece = aiges_native.DataListNode("audio", sound[start : start + step], AUDIO, status)
        piece.desc = {"sample_rate": str(rate)}
        yield piece


def hear(library: Path, sound: bytes, rate: int) -> bool:
    """Prints what is heard while it is heard; True if it is what was spoken."""
    grammar = _read(library / "listen" / "commands.jsgf").decode()
    pieces = guesses = 0
    final = ""
    with _open(library, "listen", {"listen.grammar": grammar}) as listen:
        began = time.perf_counter()
        with listen.create() as session:
            for piece in pieces_of(sound, rate):
                pieces += 1
                session.write(piece)
                for guess in session.read():
                    guesses += 1
                    text, last = guess.data.decode(), guess.status >= END
                    print(f"  {int(guess.desc['audio_ms']) / 1000:4.1f} s  {text}{'.' if last else ''}")
                    final = text if last else final
        ms = (time.perf_counter() - began) * 1000
    seconds = len(sound) / 2 / rate
    print(
        f"hear:  {pieces} pieces, {guesses} guesses, {ms:.1f} ms, {ms / 1000 / seconds:.4f} x real time, "
        "listen (Python wrapper)"
    )
    if final != SENTENCE:
        print(f"heard '{final}', spoken was '{SENTENCE}'", file=sys.stderr)
    return final == SENTENCE


def read_picture(library: Path) -> bool:
    sample = library / "ocr" / "sample.png"
    picture = aiges_native.DataListNode("picture", _read(sample), IMAGE, ONCE)
    expected = _read(library / "ocr" / "sample.txt").decode().splitlines()
    with _open(library, "ocr") as ocr:
        began = time.perf_counter()
        result = ocr.exec(picture)
        ms = (time.perf_counter() - began) * 1000
        lines: list[str] = result["text"].data.decode().splitlines()
        del result  # the engine's memory: given back before the engine is closed
    print(f"read {sample}")
    for line in lines:
        print(f"          {line}")
    print(f"read:  1 picture, {len(lines)} lines, {ms:.1f} ms, ocr (Python wrapper)")
    if lines != expected:
        print(f"the lines read are not those of '{sample.with_suffix('.txt')}'", file=sys.stderr)
    return lines == expected
