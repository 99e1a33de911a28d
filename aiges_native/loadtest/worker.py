"""A worker process: its users, on an event loop or on threads, and the record they make."""

from __future__ import annotations

import gc
import os

from .link import over_file
from .problem import LoadTestError


def main(file: int) -> None:
    """Runs over the inherited socket ``file`` and ends the process: an engine that hangs cannot keep it."""
    link = over_file(file)
    job = link.receive()
    if job is None:
        os._exit(1)
    plan, share, shares = job
    # Collecting what lives for the whole run would only interrupt it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    try:
        if plan.kind == "engine":
            from .threads import run_threads as run
        else:
            from .crowd import run_crowd as run
        record = run(plan, share, shares, link)
        if record is not None:
            link.send(("record", record))
    except LoadTestError as error:
        link.send(("error", *error.parts, error.usage))
    os._exit(0)
