"""Starting the fake host and its supervisor, and asking monitors."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from waiting import PATIENCE, eventually

FAKE_HOST = str(Path(__file__).with_name("fake_host.py"))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class HostProcess:
    """A fake host, or a supervisor of fake hosts: they share its standard input and output."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.pid = self.monitor = 0
        self.address = ""

    def started(self) -> HostProcess:
        """Waits for the line that a host begins with."""
        about = self.line()
        self.pid, self.monitor, self.address = about["pid"], about["monitor"], about["address"]
        self.supervised = about["supervised"]
        return self

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, self.process.stderr.read() if self.process.stderr else ""
        found: dict[str, Any] = json.loads(text)
        return found

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def do(self, line: str) -> None:
        """Tells the host to do something and waits until it has."""
        self.tell(line)
        assert self.line() == {"done": line.split()[0]}

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """(status, body) of a request to the monitor; JSON bodies are read."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read()
            is_json = response.headers["Content-Type"] == "application/json"
            return response.status, json.loads(body) if is_json else body.decode()
        finally:
            connection.close()

    def wait_state(self, state: str, status: int, path: str = "/health/ready") -> dict[str, Any]:
        def check() -> dict[str, Any] | None:
            found, body = self.get(path)
            return body if (found, body["state"]) == (status, state) else None

        found: dict[str, Any] = eventually(check, f"{path} says {state}")
        return found

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        for pid in (self.pid, self.monitor):
            if pid and pid != os.getpid():
                eventually(lambda pid=pid: not is_running(pid), f"process {pid} has ended")
