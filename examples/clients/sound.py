"""Sound in pieces of 100 ms, as stream() takes them."""

import time
import wave
from base64 import b64encode
from collections.abc import Iterator


def wav(path: str) -> tuple[bytes, dict]:
    """The samples of a WAV file, and what describes them to an engine. Raises OSError or wave.Error."""
    try:
        with wave.open(path) as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            samples = sound.readframes(frames)
    except EOFError:
        raise wave.Error("this is no WAV file") from None
    if not samples:
        raise wave.Error("this WAV file has no sound")
    return samples, {"encoding": "raw", "sample_rate": rate, "channels": channels, "bit_depth": 8 * width}


def in_real_time(samples: bytes, looks: dict) -> Iterator[tuple[dict, bool]]:
    """Pieces of 100 ms, each when a microphone would have it."""
    step = looks["sample_rate"] // 10 * looks["channels"] * looks["bit_depth"] // 8
    began = time.monotonic()
    for number, start in enumerate(range(0, len(samples), step), 1):
        time.sleep(max(0.0, began + number / 10 - time.monotonic()))
        data = b64encode(samples[start : start + step]).decode()
        yield {**looks, "audio": data}, start + step >= len(samples)
