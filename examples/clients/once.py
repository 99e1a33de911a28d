"""Asks an engine once over HTTP, with nothing but the standard library.

    python once.py http://localhost:1888/v1/private/echo_py hello --param echo.upper=1
    python once.py http://localhost:1888/v1/private/ocr @picture.png

A text is sent as JSON; a file goes as it is, under the media type that its name suggests, with the parameters in the
query. Exit code 0, or 1 with the error on stderr.
"""

import argparse
import json
import mimetypes
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

KINDS = ("text", "audio", "image", "video", "other")  # a block has its data under one of these names
SECONDS = 60


class ServiceError(Exception):
    """The service answered with an error."""


def ask_text(url: str, text: str, key: str, params: dict) -> dict:
    """The blocks of the answer by their keys, asked for with one text. ServiceError; OSError if there is no service."""
    block = {"encoding": "utf8", "status": 3, "text": b64encode(text.encode()).decode()}  # 3: this is all of it
    request = {"parameter": {url.rsplit("/", 1)[1]: params}, "payload": {key: block}}
    return post(url, json.dumps(request).encode(), "application/json")


def ask_file(url: str, path: str, params: dict) -> dict:
    """The same with the bytes of a file, for an engine with one input."""
    kind = mimetypes.guess_type(path)[0] or ""
    kind = kind if kind.startswith(("audio/", "image/", "video/")) else "application/octet-stream"
    query = urlencode({f"p.{name}": value for name, value in params.items()})
    return post(f"{url}?{query}", Path(path).read_bytes(), kind)


def post(url: str, body: bytes, content_type: str) -> dict:
    # The service answers in time whatever the engine does: with code 10102 when that took too long.
    headers = {"Content-Type": content_type, "Aiges-Timeout-Ms": str(SECONDS * 1000)}
    try:
        with urlopen(Request(url, body, headers), timeout=SECONDS + 10) as reply:
            status, text = reply.status, reply.read()
    except HTTPError as error:  # 4xx: the request is wrong; 5xx: the engine or the service is; the body says what it is
        status, text = error.code, error.read()
    try:
        header, payload = (json.loads(text)[part] for part in ("header", "payload"))
    except (ValueError, LookupError):
        raise ServiceError(f"HTTP {status}, and no answer of an AI service") from None
    if header["code"] != 0:
        where = f" at {header['path']}" if "path" in header else ""  # in the request, as a JSON pointer
        raise ServiceError(f"error {header['code']}: {header['message']}{where} (HTTP {status}, sid {header['sid']})")
    return payload


def content(block: dict) -> tuple[str, str | bytes]:
    """What kind of data a block has, and the data. Text is plain, unless it is no UTF-8; all else is Base64."""
    kind = next(kind for kind in KINDS if kind in block)
    if kind == "text" and block.get("transfer") != "base64":
        return kind, block[kind]
    return kind, b64decode(block[kind])


def main() -> None:
    parser = argparse.ArgumentParser(description="Asks an engine once over HTTP.")
    parser.add_argument("url")
    parser.add_argument("input", help="a text, or @FILE")
    parser.add_argument("--key", default="data", help="of the text's block (default: %(default)s)")
    parser.add_argument("--param", action="append", default=[], type=lambda text: text.partition("=")[::2])
    parser.add_argument("--out", type=Path, metavar="FILE", help="where data goes that is no text")
    given = parser.parse_args()
    text, params = given.input, dict(given.param)
    try:
        is_file = text.startswith("@")
        blocks = ask_file(given.url, text[1:], params) if is_file else ask_text(given.url, text, given.key, params)
    except (ServiceError, OSError) as error:
        sys.exit(str(error))
    for key, block in blocks.items():
        kind, data = content(block)
        print(f"{key}: {data}" if isinstance(data, str) else f"{key}: {kind}, {len(data)} bytes")
        if given.out and isinstance(data, bytes):
            given.out.write_bytes(data)


if __name__ == "__main__":
    main()
