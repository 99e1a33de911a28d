"""Waiting for what must come, with a patience that no machine exhausts."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds. It only ends a test that would hang: a machine that is slow or busy takes long for anything.
PATIENCE = 60.0


def eventually(check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """What ``check`` returns as soon as it is true."""
    end = time.monotonic() + patience
    while not (found := check()):
        assert time.monotonic() < end, f"not within {patience:g} s: {what}"
        time.sleep(0.005)
    return found


def deliver(pid: int, number: int) -> None:
    """Sends a signal and waits until the process has got it: those of one number that wait together are one."""
    os.kill(pid, number)
    eventually(lambda: number not in pending_signals(pid), f"process {pid} gets signal {number}")


def pending_signals(pid: int) -> set[int]:
    status = Path(f"/proc/{pid}/status").read_text()
    masks = (int(mask, 16) for mask in re.findall(r"^(?:SigPnd|ShdPnd):\s*(\w+)", status, re.MULTILINE))
    return {bit + 1 for mask in masks for bit in range(64) if mask >> bit & 1}
