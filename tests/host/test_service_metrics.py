"""What the service's metrics say on both of its ports: constant labels, violations, nothing at all."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from serving import Served, serving, text

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
SETTINGS = ("--set", "fc.max=4", "--set", "drain.grace=0")


def scraped(served: Served, *, health: bool, accept: str = "text/plain") -> str:
    status, _, body = served.request("GET", "/metrics", headers={"Accept": accept}, health=health)
    assert status == 200
    return body.decode()


def test_constant_labels_are_on_every_metric_of_both_ports(library: Path) -> None:
    pytest.importorskip("prometheus_client")
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
    from prometheus_client.parser import text_string_to_metric_families as parse_text

    given = {"metrics.idc": "dc 1", "metrics.sub": 'a"b\\c', "metrics.cs": "3s", "aiges.gray": "1"}
    words = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
    expected = {"idc": "dc 1", "sub": 'a"b\\c', "cs": "3s", "gray": "true"}
    with serving(*SETTINGS, *words, "library/libecho.so", cwd=library) as running:
        running.post("echo", text("x"))
        for health, accept, parse in (
            (True, OPENMETRICS, parse_openmetrics),
            (True, "text/plain", parse_text),
            (False, "text/plain", parse_text),
        ):
            page = scraped(running, health=health, accept=accept)
            samples = [sample for family in parse(page) for sample in family.samples]
            names = {sample.name for sample in samples}
            assert {"aiges_requests_total", "aiges_engine_call_seconds_bucket", "aiges_slots"} <= names
            assert not health or "process_open_fds" in names
            assert all(expected.items() <= sample.labels.items() for sample in samples)
        assert running.stop() == 0


def test_labels_that_are_not_set_are_none(library: Path) -> None:
    with serving(*SETTINGS, "library/libecho.so", cwd=library) as running:
        for health in (True, False):
            page = scraped(running, health=health)
            assert not any(f'{name}="' in page for name in ("idc", "sub", "cs", "gray"))
        assert running.stop() == 0


@pytest.mark.parametrize("supervise", [[], ["--supervise"]])
def test_metrics_can_be_off(supervise: list[str], library: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    words = (*supervise, "--set", "metrics.able=0", "--set", f"health.listen={address}", "library/libecho.so")
    with serving(*SETTINGS, *words, cwd=library) as running:
        assert running.request("GET", "/metrics")[0] == 404
        running.health = address
        status, _, body = running.request("GET", "/metrics", health=True)
        assert status == 404 and "off" in json.loads(body)["error"]
        assert running.request("GET", "/health/ready", health=True)[0] == 200
        assert "metrics" not in "".join(running.said)
        assert running.stop() == 0
