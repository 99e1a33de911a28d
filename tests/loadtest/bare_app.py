"""The least that speaks the AI protocol: once over POST, an echo of frames over WebSocket. ASGI, for uvicorn.

    python bare_app.py [--port N]       # prints the port

Parameters of the request are its switches: ``delay_ms``; ``fail`` (a code); ``fail_every`` (that only each N-th time);
``hang`` (never answers); ``drop`` (closes the connection); ``garbage`` (answers no JSON).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import socket
from typing import Any

import msgspec

ANSWER = [(b"content-type", b"application/json")]
COUNT = itertools.count(1)

Scope = dict[str, Any]


class Header(msgspec.Struct):
    appid: str = ""
    status: int = 3


class Request(msgspec.Struct):
    header: Header
    parameter: dict[str, dict[str, Any]] = {}
    payload: dict[str, dict[str, Any]] = {}


decode = msgspec.json.Decoder(Request).decode
encode = msgspec.json.Encoder().encode


def switches(request: Request) -> dict[str, int]:
    found = {key: value for values in request.parameter.values() for key, value in values.items()}
    return {key: int(value) for key, value in found.items() if str(value).isdecimal()}


def fails(wanted: dict[str, int]) -> int:
    every = wanted.get("fail_every", 1)
    return wanted.get("fail", 0) if every == 1 or next(COUNT) % every == 0 else 0


def failure(code: int) -> dict[str, Any]:
    return {"header": {"code": code, "message": f"failed as asked;code={code}", "sid": "s"}, "payload": None}


def success(blocks: dict[str, Any], status: int, **extra: str) -> dict[str, Any]:
    return {"header": {"code": 0, "sid": "s", "status": status, **extra}, "payload": blocks}


async def app(scope: Scope, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await once(receive, send)
    elif scope["type"] == "websocket":
        await stream(receive, send)
    else:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})


async def once(receive: Any, send: Any) -> None:
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    request = decode(body)
    wanted = switches(request) if request.parameter else {}
    if "hang" in wanted or "drop" in wanted:
        return await asyncio.Event().wait() if "hang" in wanted else None  # type: ignore[return-value]
    if "delay_ms" in wanted:
        await asyncio.sleep(wanted["delay_ms"] / 1000)
    code = fails(wanted)
    answer = failure(code) if code else success({"result": block} if (block := echo(request)) else {}, 3)
    data = b"not json" if "garbage" in wanted else encode(answer)
    head = [*ANSWER, (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": 500 if code else 200, "headers": head})
    await send({"type": "http.response.body", "body": data})
    return None


def echo(request: Request) -> dict[str, Any] | None:
    return next(iter(request.payload.values()), None)


async def stream(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    wanted: dict[str, int] | None = None
    seq = 0
    while (event := await receive())["type"] == "websocket.receive":
        request = decode(event.get("text") or event["bytes"])
        if wanted is None:
            wanted = switches(request)
            await send_json(send, {"header": {"code": 0, "message": "success", "sid": "s", "status": 0}})
        if "hang" in wanted:
            continue
        if code := fails(wanted):
            await send_json(send, failure(code))
            break
        await asyncio.sleep(wanted.get("delay_ms", 0) / 1000)
        seq += 1
        ended = all(block["status"] in (2, 3) for block in request.payload.values())
        await send_json(send, success({"result": {**(echo(request) or {}), "seq": seq}}, 2 if ended else 1))
        if ended or "drop" in wanted:
            break
    if event["type"] != "websocket.disconnect":
        await send({"type": "websocket.close", "code": 1000})


async def send_json(send: Any, document: dict[str, Any]) -> None:
    await send({"type": "websocket.send", "text": encode(document).decode()})


def main() -> None:
    import uvicorn

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    listening = socket.create_server(("127.0.0.1", parser.parse_args().port), backlog=1024)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(app, log_level="critical", access_log=False, ws="websockets-sansio", lifespan="off")
    uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
