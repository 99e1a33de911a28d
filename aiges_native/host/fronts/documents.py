"""What people read: the OpenAPI document, a page of it, and a page to try each engine by hand. All of it is offline."""

from __future__ import annotations

import html
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from aiges_native.host.fronts.exhibit import Exhibit

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}code,pre,textarea{font:13px/1.5 ui-monospace,monospace}
pre{background:#f5f5f5;padding:.8rem;overflow:auto}textarea{width:100%;height:14rem;box-sizing:border-box}
button{padding:.4rem 1.2rem}.method{font-weight:600;color:#0a5}
"""
_HINT = """
<p><b>Send</b> asks once. <b>Send as a frame</b> opens a stream, or goes on with it: a block has status 0 in the first
frame, 1 in those that follow, 2 in the last, 3 when there is only one.</p>
"""
_SCRIPT = """
async function ask(form, text, answer) {
  const began = performance.now();
  answer.textContent = "...";
  try {
    const reply = await fetch(form.action, {method: "POST", body: text});
    const body = await reply.text();
    let shown = body;
    try { shown = JSON.stringify(JSON.parse(body), null, 2); } catch (error) {}
    answer.textContent = `HTTP ${reply.status}, ${(performance.now() - began).toFixed(1)} ms\\n${shown}`;
  } catch (error) { answer.textContent = String(error); }
}
function openStream(form, text, answer) {
  const socket = new WebSocket(form.action.replace(/^http/, "ws"));
  answer.textContent = "";
  socket.onopen = () => sendFrame(socket, text, answer);
  socket.onmessage = event => answer.append(`${event.data}\\n`);
  socket.onclose = event => answer.append(`closed ${event.code} ${event.reason}\\n`);
  return socket;
}
function sendFrame(socket, text, answer) {
  answer.append("frame sent\\n");
  socket.send(text);
}
document.querySelectorAll("form").forEach(form => {
  const area = form.querySelector("textarea"), answer = form.querySelector("pre");
  let socket = null;
  form.addEventListener("submit", event => {
    event.preventDefault();
    ask(form, area.value, answer);
  });
  form.querySelector("[type=button]").addEventListener("click", () => {
    const state = socket ? socket.readyState : WebSocket.CLOSED;
    if (state === WebSocket.OPEN) sendFrame(socket, area.value, answer);
    else if (state === WebSocket.CLOSED) socket = openStream(form, area.value, answer);
  });
});
"""


def openapi_of(exhibits: Iterable[Exhibit], title: str, version: str) -> dict[str, Any]:
    """One OpenAPI 3.0.3 document with the paths of all engines."""
    paths: dict[str, Any] = {}
    for exhibit in exhibits:
        paths.update(exhibit.openapi.get("paths", {}))
    return {"openapi": "3.0.3", "info": {"title": title, "version": version}, "paths": paths}


def general_openapi(routes: tuple[str, ...], service_id: str) -> dict[str, Any]:
    """The document of an engine that declares nothing: the form that all requests have."""
    block = {"type": "object", "additionalProperties": True}
    request = {
        "type": "object",
        "properties": {
            "header": {"type": "object", "additionalProperties": True},
            "parameter": {"type": "object", "properties": {service_id: block}},
            "payload": {"type": "object", "additionalProperties": block},
        },
        "required": ["payload"],
    }
    example = {"header": {}, "payload": {"data": {"encoding": "utf8", "status": 3, "text": "aGVsbG8="}}}
    return declared_openapi(routes, service_id, "v1", request, {}, example)


def declared_openapi(
    routes: tuple[str, ...],
    service_id: str,
    version: str,
    request: dict[str, Any],
    answer: dict[str, Any],
    example: dict[str, Any],
) -> dict[str, Any]:
    """The document of an engine whose requests and answers have these schemas; ``example`` is a request."""
    header = {
        "type": "object",
        "properties": {
            "code": {"type": "integer"},
            "message": {"type": "string"},
            "sid": {"type": "string"},
            "status": {"type": "integer"},
        },
    }
    nothing = {"type": "object", "nullable": True}
    outputs = {"header": header, "payload": nothing, **answer.get("properties", {})}
    told = {"200": {**answer, "type": "object", "properties": outputs}}
    told["default"] = {"type": "object", "properties": {"header": header, "payload": nothing}}
    texts = {"200": "the answer", "default": "an error"}
    operation = {
        "summary": service_id,
        "requestBody": {"required": True, "content": {"application/json": {"schema": request, "example": example}}},
        "responses": {
            status: {"description": texts[status], "content": {"application/json": {"schema": schema}}}
            for status, schema in told.items()
        },
    }
    paths = {
        route: {"post": {**operation, "operationId": service_id if number == 1 else f"{service_id}-{number}"}}
        for number, route in enumerate(routes, 1)
    }
    return {"openapi": "3.0.3", "info": {"title": service_id, "version": version}, "paths": paths}


def index_page(document: dict[str, Any]) -> bytes:
    """A form for each path, with its example, to ask once or to stream; the answers are shown below."""
    forms = []
    for path, operations in document["paths"].items():
        content = operations["post"]["requestBody"]["content"]["application/json"]
        example = json.dumps(content.get("example", {}), ensure_ascii=False, indent=2)
        forms.append(
            f'<h2><span class="method">POST</span> <code>{html.escape(path)}</code></h2>'
            f'<form action="{html.escape(path, quote=True)}"><textarea>{html.escape(example)}</textarea>'
            '<p><button>Send</button> <button type="button">Send as a frame</button></p><pre></pre></form>'
        )
    body = "".join(forms) or "<p>No engine is served.</p>"
    links = '<p><a href="/docs">API</a> · <a href="/openapi.json">openapi.json</a></p>'
    return _page("Engines", f"{links}{_HINT}{body}<script>{_SCRIPT}</script>")


def docs_page(document: dict[str, Any]) -> bytes:
    """The document as a page."""
    parts = ['<p><a href="/">Try it</a> · <a href="/openapi.json">openapi.json</a></p>']
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not isinstance(operation, dict):
                continue
            shown = html.escape(json.dumps(operation, ensure_ascii=False, indent=2))
            parts.append(
                f'<h2><span class="method">{html.escape(method.upper())}</span> <code>{html.escape(path)}</code></h2>'
                f"<p>{html.escape(str(operation.get('summary', '')))}</p><pre>{shown}</pre>"
            )
    return _page(str(document["info"]["title"]), "".join(parts))


def _page(title: str, body: str) -> bytes:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>{body}</html>"
    )
    return text.encode()
