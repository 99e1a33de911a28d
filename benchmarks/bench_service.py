"""The service beside a bare ASGI application that speaks the same protocol: requests a second by payload and number of
clients; time to start and to stop; resident memory before and after.

The client is `aiges_native.loadtest`, in processes of its own. The servers take turns.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import common
from common import Figures, figure, ratio, spread, target

from aiges_native.loadtest.plan import Plan, Stream
from aiges_native.loadtest.run import run

SECOND = 1_000_000_000
ENGINES = {"c": "echo", "python": "echo_py"}
SIZES = {"1 KB": 768, "1 MB": 786_432}


class Server:
    """A process that answers on a port of its own."""

    def __init__(self, words: list[object], port: int, ready_line: str = "") -> None:
        self.port = port
        began = time.perf_counter()
        self.process = subprocess.Popen(
            list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - began > 30:
                sys.exit(f"{words} does not serve")
            time.sleep(0.002)
        self.start_ms = (time.perf_counter() - began) * 1e3

    def _answers(self) -> bool:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        try:
            urllib.request.urlopen(f"http://localhost:{self.port}/ping", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    @property
    def rss_mb(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> float:
        """Milliseconds from SIGTERM to the end."""
        began = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return (time.perf_counter() - began) * 1e3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(folder: Path) -> Server:
    port, health = free_port(), free_port()
    words = ["--set", f"http.listen=127.0.0.1:{port}", "--set", f"health.listen=127.0.0.1:{health}"]
    words += ["--set", "fc.max=64", "--set", "drain.grace=0", common.echo(), common.ROOT / "library" / "echo_py"]
    return Server([sys.executable, "-m", "aiges_native", "serve", *words], port)


def requests_per_second(server: Server, path: str, size: int, users: int, seconds: float) -> Figures:
    stream = Stream("data", "text", ((b"x" * size,),), {"encoding": "utf8", "compress": "raw", "format": "plain"})
    plan = Plan(
        target=f"http://localhost:{server.port}{path}",
        streams=(stream,),
        header={"appid": "a"},
        service="echo",
        users=users,
        duration=int(seconds * SECOND),
        warmup=int(0.2 * seconds * SECOND),
        processes=1,
    )
    record = run(plan, server.process.pid).record
    if record.failed:
        sys.exit(f"{path}: {record.failed} of {record.measured} requests failed")
    latency = record.histograms["latency"]
    rate = record.measured / (0.8 * seconds)
    return {"rate": rate, "p50_ms": latency.percentile(50) / 1e6, "p99_ms": latency.percentile(99) / 1e6}


def measure(quick: bool = False) -> Figures:
    rounds, seconds = (2, 1.0) if quick else (5, 2.0)
    result: Figures = {"rates": {}, "p50_ms": {}, "p99_ms": {}}
    table = []
    with tempfile.TemporaryDirectory() as folder:
        bare_port = free_port()
        bare = Server([sys.executable, common.HERE / "bare_service.py", bare_port], bare_port)
        ours = serve(Path(folder))
        idle = ours.rss_mb
        sides = {"bare": (bare, "/"), **{k: (ours, f"/v1/private/{name}") for k, name in ENGINES.items()}}
        for label, size in SIZES.items():
            for users in (1, 8, 32):
                made: dict[str, list[Figures]] = {name: [] for name in sides}
                for _ in range(rounds):
                    for name, (server, path) in sides.items():
                        made[name].append(requests_per_second(server, path, size, users, seconds))
                case = f"{label}, {users} clients"
                rates = {name: [each["rate"] for each in figures] for name, figures in made.items()}
                result["rates"][case] = {name: spread(values) for name, values in rates.items()}
                for key in ("p50_ms", "p99_ms"):
                    result[key][case] = {n: spread([each[key] for each in f])["median"] for n, f in made.items()}
                shown = " ".join(f"{name} {spread(values)['median']:,.0f}" for name, values in rates.items())
                print(f"  {case:18} requests/s: {shown}", flush=True)
                for name, least in (
                    (("c", 0.45), ("python", 0.35)) if label == "1 KB" else (("c", 0.8), ("python", 0.8))
                ):
                    part = ratio(rates[name], rates["bare"])["median"]
                    line = f"service: {case}, {name} engine to the bare application"
                    table.append(target(line, part, least, at_least=True))
        loaded = ours.rss_mb
        time.sleep(5)
        result["rss_mb"] = {"idle": idle, "loaded": loaded, "after": ours.rss_mb}
        result["start_ms"], result["stop_ms"] = ours.start_ms, ours.stop()
        bare.stop()
    table += [
        target("service: start to first answer", result["start_ms"], 500, "ms"),
        target("service: SIGTERM to the end, idle", result["stop_ms"], 200, "ms"),
        target("service: resident memory, idle", idle, 80, "MB"),
        figure("service: resident memory at the end of the load", result["rss_mb"]["loaded"], "MB"),
        target("service: resident memory 5 s after the load, to idle", result["rss_mb"]["after"] / idle, 1.2),
    ]
    return {**result, "table": table}


if __name__ == "__main__":
    common.main(measure, "service", __doc__)
