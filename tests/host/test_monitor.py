"""The monitor of a host: real sockets, real processes."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.host_process import FAKE_HOST, HostProcess, is_running
from waiting import PATIENCE, eventually

import aiges_native
from aiges_native.host.monitor import start_monitor
from aiges_native.host.monitor.channel import CHANNEL_VARIABLE, Channel, ChannelClosed, channel_pair, inherited_channel
from aiges_native.host.monitor.listening import listen_on, parse_address
from aiges_native.host.telemetry import Page

pytest.importorskip("httptools")
prometheus = pytest.importorskip("prometheus_client.parser")


@pytest.fixture
def host() -> Iterator[HostProcess]:
    host = HostProcess(FAKE_HOST, "127.0.0.1:0")
    yield host.started()
    host.close()


def probe(host: HostProcess, path: str, count: int) -> None:
    """Many requests on one connection."""
    connection = http.client.HTTPConnection(host.address, timeout=PATIENCE)
    for _ in range(count):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


def raw(host: HostProcess, data: bytes) -> bytes:
    """All that the monitor sends in return before it closes."""
    name, port = host.address.rsplit(":", 1)
    with socket.create_connection((name, int(port)), timeout=PATIENCE) as client:
        client.sendall(data)
        received = b""
        while part := client.recv(65536):
            received += part
        return received


# --- health -----------------------------------------------------------------------------------------------------------


def test_a_service_from_loading_to_draining(host: HostProcess) -> None:
    expected = {"state": "loading", "since_s": pytest.approx(0, abs=10), "reason": "no service yet"}
    assert host.get("/health/ready") == (503, expected)
    host.do("state echo loading reading the model")
    status, body = host.get("/health/ready")
    assert (status, body["state"], body["reason"]) == (503, "loading", "reading the model")
    assert host.get("/health/live")[0] == 200
    host.do("state echo ready")
    host.do("slots echo 2 1 0")
    assert host.wait_state("ready", 200)["services"]["echo"]["state"] == "ready"
    host.do("slots echo 2 2 0")
    assert host.wait_state("busy", 200)["reason"] == "no free slot"
    host.do("slots echo 2 0 2")
    assert "slots are lost" in host.wait_state("wedged", 503)["reason"]
    assert host.get("/health/live")[0] == 503
    host.do("limits 10 30 0")
    assert host.get("/health/live")[0] == 200
    host.do("drain")
    host.wait_state("draining", 503)


def test_services_are_asked_one_by_one(host: HostProcess) -> None:
    host.do("state a/b ready")
    host.do("state broken dead wrapperInit failed with code 5")
    assert host.get("/health/ready")[0] == 200
    assert host.get("/health/ready/a%2Fb")[0] == 200
    status, body = host.get("/health/ready/broken")
    assert (status, body["state"], body["reason"]) == (503, "dead", "wrapperInit failed with code 5")
    assert host.get("/health/ready/unknown") == (404, {"error": "no such service"})


def test_answers_while_the_host_holds_its_gil(host: HostProcess) -> None:
    host.do("state echo ready")
    host.do("limits 0.5 30 1")
    host.tell("burn")
    assert host.line() == {"burning": True}
    probe(host, "/health/ready", 100)  # the host would answer none of them
    host.wait_state("stalled", 503)
    host.tell("state echo ready")
    assert [host.line(), host.line()] == [{"done": "burn"}, {"done": "state"}]
    host.wait_state("ready", 200)


def test_a_stopped_host_is_stalled_then_wedged_then_ready_again(host: HostProcess) -> None:
    host.do("state echo ready")
    host.do("limits 0.4 3 1")  # far from each other: a busy machine must not miss what is between them
    os.kill(host.pid, signal.SIGSTOP)
    host.wait_state("stalled", 503)
    assert "event loop has not run" in host.wait_state("wedged", 503)["reason"]
    assert host.get("/health/live")[0] == 503
    os.kill(host.pid, signal.SIGCONT)
    host.wait_state("ready", 200)


def test_a_hung_event_loop_is_seen(host: HostProcess) -> None:
    host.do("state echo ready")
    host.do("limits 0.2 30 1")
    host.do("quiet")
    host.wait_state("stalled", 503)


@pytest.mark.parametrize("how", ["exit 3", f"signal {int(signal.SIGKILL)}"])
def test_ends_with_its_host(host: HostProcess, how: str) -> None:
    host.tell(how)
    host.wait()
    eventually(lambda: not is_running(host.monitor), "the monitor has ended")


def test_signals_to_the_group_leave_it_to_the_host(host: HostProcess) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(host.monitor, number)
    assert host.get("/health/live")[0] == 200
    assert os.getpgid(host.monitor) == host.monitor


def test_a_monitor_that_died_is_started_again(host: HostProcess) -> None:
    host.do("state echo ready")
    host.do("engine echo_py")
    os.kill(host.monitor, signal.SIGKILL)
    eventually(lambda: not is_running(host.monitor), "the monitor has ended")
    host.do("restart")
    host.wait_state("ready", 200)
    assert 'worker="0"' in host.get("/metrics")[1]


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_metrics_of_host_engines_and_process(host: HostProcess) -> None:
    host.do("state echo ready")
    host.do("slots echo 4 1 0")
    host.do("count 7")
    host.do("engine echo_py")
    body = host.get("/metrics")[1]
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in prometheus.text_string_to_metric_families(body)
        for sample in family.samples
    }
    labels = {"service": "echo", "transport": "http", "kind": "once", "code": "0"}
    assert samples[("aiges_requests_total", *sorted(labels.items()))] == 7
    assert samples["aiges_slots", ("service", "echo"), ("state", "free")] == 3
    labels = {"engine": "echo_py", "fn": "any", "result": "ok", "worker": "0"}
    assert samples[("aiges_engine_calls_total", *sorted(labels.items()))] == 1
    assert samples[("process_start_time_seconds",)] == pytest.approx(time.time(), abs=60)
    assert samples[("process_threads",)] >= 1


def test_small_in_memory_and_quick_to_scrape(host: HostProcess) -> None:
    for name in ("a", "b", "c"):
        host.do(f"state {name} ready")
    host.do("engine echo_py")
    probe(host, "/metrics", 300)
    rss = int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{host.monitor}/status").read_text())[1])  # type: ignore[index]
    assert rss <= 25 * 1024


# --- HTTP -------------------------------------------------------------------------------------------------------------


def test_unknown_paths_and_methods_are_told(host: HostProcess) -> None:
    assert host.get("/")[0] == 404
    assert host.get("/health/ready?x=1")[0] == 503
    assert raw(host, b"POST /metrics HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab").startswith(
        b"HTTP/1.1 405 Method Not Allowed\r\n"
    )
    head = raw(host, b"HEAD /health/live HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and head.endswith(b"\r\n\r\n")


def test_pipelined_requests_are_answered_in_order(host: HostProcess) -> None:
    asked = b"GET /health/live HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET /metrics HTTP/1.0\r\n\r\n"
    found = re.findall(rb"HTTP/1.1 (\d+)", raw(host, asked))
    assert found == [b"200", b"404", b"200"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 20000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n" + b"z" * 99999, b"413"),
    ],
)
def test_bad_requests_get_one_answer_and_the_end(host: HostProcess, data: bytes, status: bytes) -> None:
    found = raw(host, data)
    assert len(re.findall(rb"HTTP/1.1 \d", found)) == 1
    assert found.startswith(b"HTTP/1.1 " + status)
    assert host.get("/health/live")[0] == 200


# --- starting ---------------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_told_at_once() -> None:
    page = Page()
    with listen_on("127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            start_monitor(page, f"127.0.0.1:{port}")
    page.close()


def test_a_handle_stops_its_monitor() -> None:
    page = Page()
    handle = start_monitor(page, "127.0.0.1:0")
    handle.wait_serving()
    pid = handle.pid
    assert is_running(pid) and handle.alive() and not handle.supervised
    handle.detach("never attached")
    handle.stop()
    assert not is_running(pid)
    handle.stop()
    with pytest.raises(ChannelClosed):
        handle.attach_native(page.fd)
    page.close()


def test_a_page_that_is_none_is_told_and_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = Page()
    handle = start_monitor(page, "127.0.0.1:0")
    with (tmp_path / "file").open("wb") as file:
        handle.attach_native(file.fileno())
    handle.wait_serving()
    said = []
    eventually(lambda: said.append(capfd.readouterr().err) or "is no statistics page" in "".join(said), "it is told")
    assert handle.alive()
    handle.stop()
    page.close()


def test_a_wrong_inherited_channel_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    monkeypatch.setenv(CHANNEL_VARIABLE, str(read))
    page = Page()
    handle = start_monitor(page, "127.0.0.1:0", native_fd=aiges_native.stats_fd())
    assert not handle.supervised and CHANNEL_VARIABLE not in os.environ
    handle.stop()
    for fd in (read, write, page.fd):
        os.close(fd)


@pytest.mark.parametrize("text", ["", "1889", "localhost:", "localhost:http", "localhost:70000"])
def test_addresses_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected ADDRESS:PORT"):
        parse_address(text)


def test_addresses() -> None:
    assert parse_address("[::1]:80") == ("::1", 80)
    assert parse_address(":80") == ("", 80)


def channels() -> tuple[Channel, Channel]:
    return channel_pair()


def test_channel_messages_and_descriptors() -> None:
    first, second = channels()
    assert second.receive() is None
    read, write = os.pipe()
    first.send({"attach": "native"}, read)
    received = second.receive()
    assert received is not None and received[0] == {"attach": "native"}
    os.write(write, b"x")
    assert os.read(received[1], 1) == b"x"
    for fd in (read, write, received[1]):
        os.close(fd)
    first._socket.send(b"[not json")
    assert second.receive() == ({}, -1)
    with pytest.raises(ValueError, match="expected at most"):
        first.send({"name": "x" * 20000})
    first.close()
    with pytest.raises(ChannelClosed):
        second.receive()
    with pytest.raises(ChannelClosed):
        second.send({})
    second.close()


def test_a_full_channel_never_waits() -> None:
    first, second = channels()
    with pytest.raises(ChannelClosed, match="full"):
        for _ in range(100000):
            first.send({"name": "x" * 1000})
    first.close()
    second.close()


def test_a_channel_needs_its_kind_of_socket() -> None:
    left, right = socket.socketpair()
    with left, right, pytest.raises(OSError, match="no monitor channel"):
        inherited_channel(left.fileno())
