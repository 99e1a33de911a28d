"""The service with real models over real sockets: a picture read, a sentence spoken, speech heard as it comes."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="the service needs the extra 'host'")
pytest.importorskip("websockets", reason="the service needs the extra 'host'")

from serving import Served, serving
from waiting import PATIENCE
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "library"
SENTENCE = "open the green door and then read the small picture"
FRAME_SECONDS = 0.1

pytestmark = [
    pytest.mark.skipif(not (LIBRARY / "libespeak.so").exists(), reason="library/libespeak.so is not built"),
    pytest.mark.skipif(
        not (find_spec("rapidocr_onnxruntime") and find_spec("pocketsphinx")),
        reason="the extra 'demo' is not installed",
    ),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("models")
    grammar = (LIBRARY / "listen" / "commands.jsgf").read_text()
    (folder / "aiges.toml").write_text(
        f'[fc]\nmax = 4\n[drain]\ngrace = 0\n[wrapper]\n"listen.grammar" = {json.dumps(grammar)}\n'
    )
    engines = (LIBRARY / "ocr", LIBRARY / "listen", LIBRARY / "libespeak.so")
    with serving(*engines, cwd=folder) as running:
        yield running
        assert running.stop() == 0


def spoken(served: Served) -> tuple[bytes, int]:
    """The sentence as 16-bit samples, and their rate."""
    text = base64.b64encode(SENTENCE.encode()).decode()
    body = {
        "parameter": {"espeak": {"voice": "en-us", "speed": 150}},
        "payload": {"text": {"encoding": "utf8", "status": 3, "text": text}},
    }
    status, answer = served.post("espeak", body)
    assert status == 200, answer
    (block,) = answer["payload"].values()
    return base64.b64decode(block["audio"]), int(block["sample_rate"])


def test_a_picture_is_read_by_curl(served):
    sample = LIBRARY / "ocr" / "sample.png"
    address = f"http://{served.address}/v1/private/ocr"
    done = subprocess.run(
        ["curl", "-s", address, "-H", "Content-Type: image/png", "--data-binary", f"@{sample}"],
        capture_output=True,
        timeout=60,
    )
    answer = json.loads(done.stdout)
    assert answer["payload"]["text"]["text"].splitlines() == sample.with_suffix(".txt").read_text().splitlines()


def test_speech_is_heard_while_it_is_spoken(served):
    sound, rate = spoken(served)
    step = int(rate * FRAME_SECONDS) * 2
    pieces = [sound[start : start + step] for start in range(0, len(sound), step)]
    heard: list[tuple[str, int]] = []
    with connect(f"ws://{served.address}/v1/private/listen", max_size=None) as ws:
        began = time.monotonic()
        for index, piece in enumerate(pieces):
            status = 0 if index == 0 else 2 if index == len(pieces) - 1 else 1
            data = base64.b64encode(piece).decode()
            block = {"encoding": "raw", "sample_rate": rate, "status": status, "audio": data}
            ws.send(json.dumps({"payload": {"audio": block}}))
            time.sleep(max(0.0, began + (index + 1) * FRAME_SECONDS - time.monotonic()))  # as a microphone gives it
            heard += guesses(ws, 0.0)
            while index == len(pieces) - 2 and not heard:  # something is heard before the end
                heard += guesses(ws, PATIENCE)
        while heard[-1][1] < 2:
            heard += guesses(ws, PATIENCE)
    assert heard[-1][0] == SENTENCE


def test_the_example_client_streams_a_file_that_is_heard(served, tmp_path):
    sound, rate = spoken(served)
    with wave.open(str(tmp_path / "speech.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound)
    client = [sys.executable, ROOT / "examples" / "clients" / "stream.py"]
    address = f"http://{served.address}/v1/private/listen"
    done = subprocess.run([*client, address, f"@{tmp_path}/speech.wav"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == f"text (2): {SENTENCE}" and lines[0].startswith("text (1): ")


def guesses(ws, seconds: float) -> list[tuple[str, int]]:
    """(text, status) of what has come."""
    found = []
    while True:
        try:
            message = json.loads(ws.recv(timeout=seconds))
        except TimeoutError:
            return found
        assert message["header"]["code"] == 0, message
        for block in message.get("payload", {}).values():
            found.append((base64.b64decode(block["text"]).decode(), int(block["status"])))
        if seconds:
            return found
