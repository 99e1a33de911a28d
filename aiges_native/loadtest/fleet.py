"""The worker processes of a run, seen from the parent: started together, watched, and their records merged."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from time import monotonic_ns

from .link import Link
from .problem import LoadTestError
from .quantity import MILLISECOND, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from typing import Any

    from .killer import Killer
    from .plan import Plan
    from .record import Record

    Progress = Callable[[float, int, int], None]

#: From the last worker's being ready to the common start: each must have read the message by then.
HEAD_START = 50 * MILLISECOND
#: A run of few users needs no second process.
USERS_PER_PROCESS = 4


def processes_for(plan: Plan) -> int:
    """How many workers suit the plan: one for an engine, whose process it is; for a service as many as cores but one,
    which the service needs if it is here."""
    if plan.processes:
        return min(plan.processes, plan.users)
    if plan.kind == "engine":
        return 1
    cores = len(os.sched_getaffinity(0))
    return max(1, min(cores - 1, plan.users // USERS_PER_PROCESS))


#: What a worker runs: this package, wherever the parent found it.
PROGRAM = "import sys; sys.path[:] = {path!r}; from aiges_native.loadtest.worker import main; main({file})"


class Worker:
    """A worker process and the parent's end of its link."""

    def __init__(self, plan: Plan, share: int, shares: int) -> None:
        from multiprocessing.connection import Connection

        ours, its = socket.socketpair()
        with its:
            program = PROGRAM.format(path=sys.path, file=its.fileno())
            # A session of its own: Ctrl-C reaches the parent, which asks its workers to come to an end.
            self.process = subprocess.Popen(
                [sys.executable, "-c", program],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.link = Link(Connection(ours.detach()))
        self.share = share
        self.record: Record | None = None
        self.progress = (0, 0)  # ok, failed
        self.lost = False
        self.link.send((plan, share, shares))

    def kill(self) -> None:
        """Ends the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        self.link.connection.close()


class Fleet:
    """All workers of one run."""

    def __init__(self, plan: Plan) -> None:
        self.shares = processes_for(plan)
        self.workers: list[Worker] = []
        self.begin = 0
        try:
            for share in range(self.shares):
                self.workers.append(Worker(plan, share, self.shares))
        except OSError as error:
            self.close()
            raise LoadTestError("start the workers", str(error), "fewer --processes", usage=False) from error

    def start(self) -> None:
        """Waits until all are connected and gives them one moment to begin. Raises LoadTestError."""
        for worker in self.workers:
            message = worker.link.receive()
            if message is None:
                why = f"worker {worker.share} ended with code {worker.process.wait()}"
                raise LoadTestError("start the load test", why, "the lines above", usage=False)
            if message[0] == "error":
                raise LoadTestError(*message[1:])
        self.begin = monotonic_ns() + HEAD_START
        self.tell(("go", self.begin))

    def stop(self) -> None:
        """Asks for an early end; what is measured so far still comes."""
        self.tell(("stop",))

    def tell(self, message: tuple[Any, ...]) -> None:
        """Sends every worker a message."""
        for worker in self.workers:
            worker.link.send(message)

    def gather(self, on_progress: Progress, killer: Killer | None = None) -> None:
        """Returns when every worker has sent its record, or has died. ``on_progress(seconds, ok, failed)`` is called
        at most twice a second; ``killer`` strikes when it is time."""
        from multiprocessing.connection import wait

        shown = 0
        while waiting := {w.link.connection: w for w in self.workers if w.record is None and not w.lost}:
            patience = 1.0 if killer is None else min(1.0, killer.seconds_left())
            ready: list[Connection] = wait(list(waiting), timeout=patience)  # type: ignore[assignment]
            for connection in ready:
                self._take(waiting[connection])
            if killer is not None and (kill := killer.strike()) is not None:
                self.tell(("killed", kill.at))
            now = monotonic_ns()
            if now - shown >= SECOND // 2:
                shown = now
                sums = [sum(column) for column in zip(*(w.progress for w in self.workers), strict=True)]
                on_progress((now - self.begin) / SECOND, *sums)

    def merged(self) -> Record | None:
        """What all workers saw; None: none of them lived to tell."""
        records = [worker.record for worker in self.workers if worker.record is not None]
        if not records:
            return None
        whole = records[0]
        for record in records[1:]:
            whole.merge(record)
        return whole

    def close(self) -> None:
        """Ends the processes that are still there."""
        for worker in self.workers:
            worker.kill()

    @staticmethod
    def _take(worker: Worker) -> None:
        message = worker.link.receive()
        if message is None:
            worker.lost = True
        elif message[0] == "record":
            worker.record = message[1]
        elif message[0] == "progress":
            worker.progress = message[3:]
