"""The engines that do real work: espeak (C), ocr and listen (Python wrappers), and the demo that joins them."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import aiges_native
from aiges_native import paths

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "library"
GRAMMAR = (LIBRARY / "listen" / "commands.jsgf").read_text(encoding="utf-8")
SAMPLE = LIBRARY / "ocr" / "sample.png"
LINES = SAMPLE.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
SENTENCE = "open the green door and then read the small picture"

TEXT, AUDIO, IMAGE = 0, 1, 2
BEGIN, CONTINUE, END, ONCE = 0, 1, 2, 3

needs_espeak = pytest.mark.skipif(
    not (LIBRARY / "libespeak.so").exists(),
    reason="library/libespeak.so is not built: install libespeak-ng-dev and espeak-ng-data, then make engines",
)
needs_ocr = pytest.mark.skipif(
    not find_spec("rapidocr_onnxruntime"), reason="pip install -r library/ocr/requirements.txt"
)
needs_listen = pytest.mark.skipif(
    not (find_spec("pocketsphinx") and find_spec("numpy")), reason="pip install -r library/listen/requirements.txt"
)


# ------------------------------------------------------------------------------------------------------------- espeak


@pytest.fixture(scope="module")
def espeak() -> Iterator[Any]:
    with aiges_native.open(str(LIBRARY / "libespeak.so")) as engine:
        yield engine


def speak(espeak: Any, text: str) -> bytes:
    return bytes(espeak.exec(text, params={"voice": "en-us", "speed": "150"})[0].data)


@needs_espeak
def test_espeak_speaks_a_sentence_at_once(espeak: Any) -> None:
    node = espeak.exec(SENTENCE, params={"voice": "en-us", "speed": "150"})[0]
    seconds = len(node.data) / 2 / int(node.desc["sample_rate"])
    assert (node.type, node.status, node.desc["channels"]) == (AUDIO, ONCE, "1")
    assert 2 < seconds < 6


@needs_espeak
def test_espeak_session_gives_the_sound_in_pieces(espeak: Any) -> None:
    with espeak.create(params={"voice": "en-us", "speed": "150"}) as session:
        session.write(SENTENCE, status=ONCE)
        pieces = [(node.status, bytes(node.data)) for node in session]
    statuses = [status for status, _ in pieces]
    assert statuses == [BEGIN, *[CONTINUE] * (len(pieces) - 2), END]
    # espeak-ng breathes at random: the same words last as long, but no two utterances are equal byte for byte.
    assert sum(len(data) for _, data in pieces) == pytest.approx(len(speak(espeak, SENTENCE)), rel=0.05)


@needs_espeak
def test_espeak_names_a_voice_that_does_not_exist(espeak: Any) -> None:
    with pytest.raises(aiges_native.AigesError, match="unknown voice"):
        espeak.exec("hello", params={"voice": "nobody"})


# ---------------------------------------------------------------------------------------------------------------- ocr


@pytest.fixture(scope="module")
def ocr() -> Iterator[Any]:
    with aiges_native.open(str(LIBRARY / "ocr"), config={"ocr.max_pixels": "1000000"}) as engine:
        yield engine


def picture(data: bytes, key: str = "picture") -> Any:
    return aiges_native.DataListNode(key, data, IMAGE, ONCE)


def png(mode: str, size: tuple[int, int], colour: Any) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, "png")
    return file.getvalue()


@needs_ocr
def test_ocr_reads_the_lines_of_the_sample(ocr: Any) -> None:
    result = ocr.exec(picture(SAMPLE.read_bytes()))
    lines = json.loads(bytes(result["result"].data))
    assert bytes(result["text"].data).decode().splitlines() == LINES
    assert [line["text"] for line in lines] == LINES
    assert all(0.5 <= line["score"] <= 1 for line in lines)
    width, height = (int(result["result"].desc[name]) for name in ("width", "height"))
    assert all(0 <= x <= width and 0 <= y <= height for line in lines for x, y in line["box"])


@needs_ocr
def test_ocr_reads_several_pictures_in_order(ocr: Any) -> None:
    blank = picture(png("RGB", (200, 100), "white"), "blank")
    result = ocr.exec([blank, picture(SAMPLE.read_bytes())])
    assert [node.key for node in result] == ["result", "text"] * 2
    assert [bytes(node.data) for node in result][:2] == [b"[]", b""]
    assert bytes(result[3].data).decode().splitlines() == LINES


@needs_ocr
def test_ocr_reads_dark_text_on_a_transparent_ground(ocr: Any) -> None:
    from PIL import Image, ImageOps

    sample = Image.open(SAMPLE).convert("L")
    clear = Image.new("RGBA", sample.size, (0, 0, 0, 0))
    clear.putalpha(ImageOps.invert(sample))
    file = io.BytesIO()
    clear.save(file, "png")
    assert LINES[1] in bytes(ocr.exec(picture(file.getvalue()))["text"].data).decode()


@needs_ocr
@pytest.mark.parametrize(
    "data", [b"", b"not a picture", SAMPLE.read_bytes()[:2000]], ids=["empty", "other bytes", "cut off"]
)
def test_ocr_says_what_is_no_picture(ocr: Any, data: bytes) -> None:
    with pytest.raises(aiges_native.AigesError, match="no picture that can be read") as failure:
        ocr.exec(picture(data))
    assert failure.value.code == 4102


@needs_ocr
def test_ocr_asks_for_a_picture(ocr: Any) -> None:
    with pytest.raises(aiges_native.AigesError, match="holds no picture") as failure:
        ocr.exec("some text")
    assert failure.value.code == 4101


@needs_ocr
def test_ocr_refuses_a_picture_that_is_too_large_before_it_decodes_it(ocr: Any) -> None:
    with pytest.raises(aiges_native.AigesError, match=r"ocr\.max_pixels") as failure:
        ocr.exec(picture(png("1", (2000, 1000), 0)))
    assert failure.value.code == 4103


@needs_ocr
def test_ocr_names_a_setting_that_is_no_number() -> None:
    with pytest.raises(aiges_native.AigesError, match=r"ocr\.threads"):
        aiges_native.open(str(LIBRARY / "ocr"), config={"ocr.threads": "many"})


# ------------------------------------------------------------------------------------------------------------- listen


def open_listen(**config: str) -> Any:
    settings = {"listen.grammar": GRAMMAR} | {f"listen.{name}": value for name, value in config.items()}
    return aiges_native.open(str(LIBRARY / "listen"), config=settings)


def sound(data: bytes, status: int, rate: int = 22050) -> Any:
    node = aiges_native.DataListNode("audio", data, AUDIO, status)
    node.desc = {"sample_rate": str(rate)}
    return node


def chunks_of(data: bytes, size: int) -> Iterator[Any]:
    for start in range(0, len(data), size):
        yield sound(data[start : start + size], END if start + size >= len(data) else CONTINUE)


def guesses_in(session: Any) -> list[tuple[int, str]]:
    return [(node.status, bytes(node.data).decode()) for node in session.read()]


def hear(session: Any, data: bytes, size: int = 8820) -> list[tuple[int, str]]:
    guesses = []
    for chunk in chunks_of(data, size):
        session.write(chunk)
        guesses += guesses_in(session)
    return guesses


@needs_espeak
@needs_listen
@pytest.mark.parametrize("size", [999, 8820, 10_000_000])
def test_listen_hears_the_sentence_in_chunks_of_any_size(espeak: Any, size: int) -> None:
    with open_listen() as listen, listen.create() as session:
        guesses = hear(session, speak(espeak, SENTENCE), size)
    assert guesses[-1] == (END, SENTENCE)
    assert {status for status, _ in guesses[:-1]} == {CONTINUE}
    assert guesses[0][1] in ("open", "open the")


@needs_espeak
@needs_listen
def test_listen_keeps_two_sessions_apart(espeak: Any) -> None:
    spoken = [SENTENCE, "save the yellow table"]
    sounds = [list(chunks_of(speak(espeak, text), 8820)) for text in spoken]
    finals = ["", ""]
    with open_listen() as listen, listen.create() as first, listen.create() as second:
        sessions = (first, second)
        for turn in range(max(map(len, sounds))):
            for index, session in enumerate(sessions):
                if turn < len(sounds[index]):
                    session.write(sounds[index][turn])
                    for _, finals[index] in guesses_in(session):
                        pass
    assert finals == spoken


@needs_espeak
@needs_listen
def test_listen_gives_only_the_final_result_when_asked(espeak: Any) -> None:
    with open_listen() as listen, listen.create(params={"listen.partial": "0"}) as session:
        assert hear(session, speak(espeak, SENTENCE)) == [(END, SENTENCE)]


@needs_espeak
@needs_listen
def test_listen_takes_the_grammar_of_the_session(espeak: Any) -> None:
    grammar = "#JSGF V1.0; grammar answer; public <answer> = yes | no | hello world;"
    with open_listen() as listen, listen.create(params={"listen.grammar": grammar}) as session:
        assert hear(session, speak(espeak, "hello world"))[-1] == (END, "hello world")


@needs_listen
@pytest.mark.parametrize(
    "grammar",
    ["hello world", "#JSGF V1.0; grammar g; public <a> = foozle;", "#JSGF V1.0; grammar g; <a> = hello;"],
    ids=["no header", "unknown word", "no public rule"],
)
def test_listen_refuses_a_grammar_it_cannot_use(grammar: str, capfd: pytest.CaptureFixture[str]) -> None:
    with open_listen() as listen:
        with pytest.raises(aiges_native.AigesError, match="grammar") as failure:
            listen.create(params={"listen.grammar": grammar})
        assert failure.value.code == 4202
        with listen.create():
            pass
    assert capfd.readouterr().out == ""


@needs_espeak
@needs_listen
def test_listen_calls_back(espeak: Any) -> None:
    results: list[Any] = []
    with open_listen() as listen, listen.create(on_result=results.append) as session:
        for chunk in chunks_of(speak(espeak, SENTENCE), 8820):
            session.write(chunk)
    guesses = [(node.status, bytes(node.data).decode()) for result in results for node in result]
    assert guesses[-1] == (END, SENTENCE)
    assert len(guesses) > 5


@needs_listen
def test_listen_stops_when_cancelled() -> None:
    with open_listen() as listen, listen.create() as session:
        session.write(sound(bytes(3200), BEGIN, 16000))
        assert session.cancel()
        # A cancel does not wait for the wrapper: it is told within moments, at the latest between two of these.
        with pytest.raises(aiges_native.AigesError, match="cancelled") as failure:
            for _ in range(1000):
                session.write(sound(bytes(3200), CONTINUE, 16000))
        assert failure.value.code == 4206


@needs_listen
def test_listen_has_as_many_sessions_as_configured() -> None:
    with open_listen(sessions="1") as listen:
        with listen.create():
            with pytest.raises(aiges_native.AigesError, match=r"listen\.sessions") as failure:
                listen.create()
            assert failure.value.code == 4201
        with listen.create():
            pass


@needs_listen
def test_listen_ends_with_the_last_piece() -> None:
    with open_listen() as listen, listen.create() as session:
        session.write(sound(bytes(3200), END, 16000))
        assert guesses_in(session)[-1][0] == END
        with pytest.raises(aiges_native.AigesError, match="has ended") as failure:
            session.write(sound(bytes(3200), END, 16000))
        assert failure.value.code == 4205


@needs_listen
@pytest.mark.parametrize("desc", [{"sample_rate": "fast"}, {"channels": "2"}, {"bit_depth": "24"}])
def test_listen_refuses_sound_it_does_not_understand(desc: dict[str, str]) -> None:
    node = aiges_native.DataListNode("audio", bytes(3200), AUDIO, CONTINUE)
    node.desc = desc
    with open_listen() as listen, listen.create() as session:
        with pytest.raises(aiges_native.AigesError) as failure:
            session.write(node)
        assert failure.value.code in (4203, 4204)


# --------------------------------------------------------------------------------------------------------------- demo


def run_demo(command: list[str], wav: Path) -> list[str]:
    """Lines of the demo with its numbers, its own name and the path taken out."""
    done = subprocess.run([*command, str(LIBRARY), str(wav)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert wav.read_bytes()[:4] == b"RIFF"
    lines = done.stdout.replace(str(wav), "WAV").splitlines()
    assert "host" in lines[0]
    return [re.sub(r"[0-9.]+ (ms|x real time)", r"N \1", line) for line in lines[1:]]


@needs_espeak
@needs_listen
@needs_ocr
@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")
def test_demo_says_the_same_from_c_and_from_python(tmp_path: Path) -> None:
    program = tmp_path / "demo"
    lib = paths.lib_dir()
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{paths.include_dir()}"]
    subprocess.run(
        ["cc", *flags, str(ROOT / "csrc/hosts/demo.c"), "-o", str(program), f"-L{lib}", f"-Wl,-rpath,{lib}", "-laiges"],
        check=True,
    )
    from_c = run_demo([str(program)], tmp_path / "c.wav")
    from_python = run_demo([sys.executable, "-m", "aiges_native", "demo"], tmp_path / "python.wav")
    assert from_c == from_python
    assert (tmp_path / "c.wav").stat().st_size == (tmp_path / "python.wav").stat().st_size
    assert f'say "{SENTENCE}"' in from_c
    assert any(line.endswith(f"{SENTENCE}.") for line in from_c)
