"""What ``/metrics`` tells of requests that were served."""

from __future__ import annotations

import base64
import json
import time

from serving import Served, serving, text
from waiting import eventually
from websockets.sync.client import connect


def figure(served: Served, name: str, **labels: str) -> float:
    """The sum of all series of that name with these labels."""
    lines = served.request("GET", "/metrics", health=True)[2].decode().splitlines()
    found = [line for line in lines if line.startswith((name + "{", name + " "))]
    wanted = [line for line in found if all(f'{key}="{value}"' in line for key, value in labels.items())]
    return sum(float(line.rsplit(" ", 1)[1]) for line in wanted)


def test_requests_stages_and_first_outputs(library):
    with serving("--set", "drain.grace=0", "library/libecho.so", cwd=library) as served:
        for _ in range(16):
            assert served.post("echo", text("hello"))[0] == 200
        served.post("echo", b"{")
        block = {"encoding": "utf8", "text": base64.b64encode(b"x").decode()}
        with connect(f"ws://{served.address}/v1/private/echo") as ws:
            time.sleep(0.3)  # before the first frame nothing is waited for
            ws.send(json.dumps({"payload": {"data": {**block, "status": 2}}}))
            while "payload" not in json.loads(ws.recv()):
                pass
        eventually(lambda: figure(served, "aiges_requests_total", transport="ws") == 1, "the figure")
        assert figure(served, "aiges_requests_total", transport="http", code="0") == 16
        assert figure(served, "aiges_requests_total", transport="http", code="10000") == 1
        assert figure(served, "aiges_request_seconds_count", transport="http") == 17
        for stage in ("parse", "queue", "engine", "encode", "write"):
            assert figure(served, "aiges_stage_seconds_count", service="echo", stage=stage) == 2, "one in eight"
            assert 0 < figure(served, "aiges_stage_seconds_sum", service="echo", stage=stage) < 2
        assert figure(served, "aiges_first_output_seconds_count", transport="ws") == 1
        assert served.stop() == 0


def test_bytes_that_requests_hold(library):
    with serving("--set", "drain.grace=0", "library/libecho.so", cwd=library) as served:
        connection = served.connect()
        connection.putrequest("POST", "/v1/private/echo")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"x" * 600)
        eventually(lambda: figure(served, "aiges_buffer_bytes", kind="requests") == 600, "the figure")
        connection.close()
        eventually(lambda: figure(served, "aiges_buffer_bytes", kind="requests") == 0, "the figure")
        assert served.stop() == 0
