"""The floor of the service: an ASGI application that decodes and answers the AI protocol with typed structs.

usage: bare_service.py PORT
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import uvicorn


class Block(msgspec.Struct):
    encoding: str = ""
    compress: str = ""
    format: str = ""
    status: int = 3
    seq: int = 0
    text: bytes = b""  # msgspec takes it out of its Base64


class Request(msgspec.Struct):
    header: dict[str, Any]
    parameter: dict[str, dict[str, Any]]
    payload: dict[str, Block]


class Answered(msgspec.Struct):
    encoding: str
    compress: str
    format: str
    seq: str
    status: str
    text: str


class Header(msgspec.Struct):
    code: int
    sid: str
    status: int


class Reply(msgspec.Struct):
    header: Header
    payload: dict[str, Answered]


decode = msgspec.json.Decoder(Request).decode
encode = msgspec.json.Encoder().encode


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    payload = {
        key: Answered(block.encoding, block.compress, block.format, "0", "3", block.text.decode())
        for key, block in decode(body).payload.items()
    }
    answer = encode(Reply(Header(0, "sid", 3), payload))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
