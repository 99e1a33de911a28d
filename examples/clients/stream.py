"""Streams to an engine over WebSocket and prints what it answers, as it comes. Needs `pip install websockets`.

    python stream.py http://localhost:1888/v1/private/echo_py one two three
    python stream.py http://localhost:1888/v1/private/listen @speech.wav

Every word is a piece of text; of a WAV file a piece goes out every 100 ms, as a microphone gives it. README.md tells
how a stream goes. Exit code 0, or 1 with the error on stderr.
"""

import argparse
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from threading import Thread
from wave import Error as WaveError

from sound import in_real_time, wav
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

KINDS = ("text", "audio", "image", "video", "other")  # a block has its data under one of these names


class ServiceError(Exception):
    """The stream ended with an error."""


def stream(url: str, pieces: Iterable[tuple[dict, bool]], key: str, params: dict) -> Iterator[dict]:
    """Sends pieces, and gives the messages that answer them, as they come.

    A piece is a block without its status, and whether it is the last. Raises ServiceError; OSError and
    WebSocketException when there is no such service.
    """

    def send() -> None:
        with suppress(ConnectionClosed):  # the engine may be done, or have failed, before the input is over
            for index, (block, last) in enumerate(pieces):
                message = {"payload": {key: {**block, "status": 2 if last else 1 if index else 0}}}
                if index == 0:
                    message["parameter"] = {url.rsplit("/", 1)[1]: params}
                connection.send(json.dumps(message))

    failure = ""
    with connect("ws" + url.removeprefix("http"), max_size=None) as connection:
        Thread(target=send, daemon=True).start()
        try:
            while True:
                answer = json.loads(connection.recv())
                if answer["header"]["code"] == 0:
                    yield answer
                else:  # the last message
                    failure = "error {code}: {message} (sid {sid}), ".format_map(answer["header"])
        except ConnectionClosed as closed:
            end = closed.rcvd  # None: there was no goodbye
            if failure or end is None or end.code != 1000:
                how = f"closed with {end.code} {end.reason}" if end else "the connection is lost"
                raise ServiceError(failure + how) from None


def text_pieces(texts: list[str]) -> Iterator[tuple[dict, bool]]:
    """Texts as pieces; sound.py makes pieces of sound."""
    for number, text in enumerate(texts, 1):
        yield {"encoding": "utf8", "text": b64encode(text.encode()).decode()}, number == len(texts)


def content(block: dict) -> str:
    """What a block has, for a reader. In streams text is Base64 too, unless it is JSON and says so."""
    kind = next(kind for kind in KINDS if kind in block)
    if kind == "text" and block.get("format") == "json":
        return json.dumps(block[kind], ensure_ascii=False)
    data = b64decode(block[kind])
    return data.decode(errors="replace") if kind == "text" else f"{kind}, {len(data)} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description="Streams to an engine over WebSocket.")
    parser.add_argument("url")
    parser.add_argument("input", nargs="+", help="pieces of text, or one @FILE.wav")
    parser.add_argument("--key", help="of the blocks that go out (default: data, and audio for a file)")
    parser.add_argument("--param", action="append", default=[], type=lambda text: text.partition("=")[::2])
    given = parser.parse_args()
    is_file = given.input[0].startswith("@")
    key = given.key or ("audio" if is_file else "data")
    try:
        pieces = in_real_time(*wav(given.input[0][1:])) if is_file else text_pieces(given.input)
        for answer in stream(given.url, pieces, key, dict(given.param)):
            if "payload" not in answer:  # the acknowledgement
                print(f"stream {answer['header']['sid']} has begun", file=sys.stderr)
            for name, block in answer.get("payload", {}).items():
                print(f"{name} ({block['status']}): {content(block)}", flush=True)
    except (ServiceError, WebSocketException, OSError, WaveError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
