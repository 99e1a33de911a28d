"""The load tester's own processes, and what they may run out of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from aiges_native.loadtest import Plan, Stream, run

S = 10**9
TEXT = (Stream("data", "text", ((b"hello",),)),)


def test_a_worker_that_is_killed_is_told(service):
    plan = Plan(f"http://{service}/x", streams=TEXT, users=8, processes=2, duration=3600 * S)
    ours = set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
    killed: list[int] = []
    stopped = []

    def kill(seconds: float, ok: int, failed: int) -> None:
        now = set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
        if ok and not killed:
            killed.append(int(min(now - ours)))
            os.kill(killed[0], signal.SIGKILL)
        elif killed and not stopped:
            stopped.append(True)
            raise KeyboardInterrupt

    done = run(plan, on_progress=kill)
    assert done.lost == 1 and done.record.measured > 0 and killed
    assert "1 of 2 workers died: their requests are missing" in done.warnings


def test_more_users_than_files(service):
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50)); "
        "from aiges_native.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["bench", f"http://{service}/x", "-c", "100", "-n", "100", "--processes", "1"]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "too many open files; try fewer users, or a higher 'ulimit -n'" in done.stderr


def test_nobody_reads_the_report(echo_engine):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "aiges_native", "bench", echo_engine, "-n", "5"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")
