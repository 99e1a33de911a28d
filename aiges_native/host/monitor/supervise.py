"""The monitor as the parent of a host: starts it, says when it is dead, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .board import Board
from .channel import CHANNEL_VARIABLE, Channel, channel_pair
from .deaths import FINAL, WINDOW, Deaths
from .listening import address_of
from .server import serve
from .watch import open_pidfd, watch_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

EXIT_CUT = 75
EXIT_GIVEN_UP = 70  # of deaths that left no code of their own
EXIT_NOT_STARTED = 127
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_PASSED_ON = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_BOUND_CHILD = str(Path(__file__).with_name("bound_child.py"))


async def supervise(listener: socket.socket, command: list[str], stop_timeout: float) -> int:
    """Serves health and metrics on ``listener`` and keeps ``command`` running; returns the exit code.

    A host that was asked to end and has not after ``stop_timeout`` seconds is killed.
    """
    board = Board()
    supervisor = Supervisor(board, command, address_of(listener), stop_timeout)
    await serve(board, listener)
    supervisor.start()
    try:
        return await supervisor.over
    finally:
        supervisor.kill()


class Supervisor:
    """Keeps one host running. ``over``: a future of the exit code. Lives on one event loop."""

    def __init__(self, board: Board, command: list[str], address: str, stop_timeout: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[int] = self._loop.create_future()
        self._board = board
        self._command = command
        self._address = address
        self._stop_timeout = stop_timeout
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._started = 0.0
        self._deaths = Deaths()
        self._code = 0  # of the last host that ended
        self._stops = 0  # signals to end
        self._cut = False

    def start(self) -> None:
        """Starts the host, and takes over the signals of this process."""
        for number in _STOP_SIGNALS:
            self._loop.add_signal_handler(number, self._stop, number)
        for number in _PASSED_ON:
            self._loop.add_signal_handler(number, self._pass_on, number)
        self._start_child()

    def kill(self) -> None:
        """Kills the host and its process group at once, if it runs."""
        if self._child is not None and self._child.returncode is None:
            _kill_group(self._child.pid)
            self._child.kill()  # it may not have got to make its group
            self._child.wait()

    # --- starting ---------------------------------------------------------------------------------------------------

    def _start_child(self) -> None:
        if self._stops:
            self._finish(self._code)
            return
        self._channel, theirs = channel_pair()
        os.set_inheritable(theirs.fileno(), True)
        environment = {**os.environ, CHANNEL_VARIABLE: str(theirs.fileno())}
        command = [sys.executable, "-I", "-S", _BOUND_CHILD, str(os.getpid()), *self._command]
        self._started = time.monotonic()
        self._child = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()])
        theirs.close()
        self._board.host_started(self._child.pid)
        self._channel.send({"serving": self._address})
        self._board.follow(self._loop, self._channel, _nothing)
        watch_end(self._loop, self._child.pid, open_pidfd(self._child.pid), self._child_ended)

    # --- ending -----------------------------------------------------------------------------------------------------

    def _child_ended(self) -> None:
        child = self._child
        assert child is not None
        _kill_group(child.pid)  # before it is waited for: until then its number is its own
        code = child.wait()
        self._code = EXIT_CUT if self._cut else code if code >= 0 else 128 - code
        how = f"exit code {code}" if code >= 0 else _signal_name(-code)
        now = time.monotonic()
        # Code 0 of a host that did not drain is not the host's: something in it has called exit().
        asked = code in FINAL and (code != 0 or self._board.drains())
        if self._stops or asked or code == EXIT_NOT_STARTED:
            self._board.host_ended(f"the host ended with {how}")
            self._finish(self._code)
            return
        lived = now - self._started
        delay = self._deaths.note(now, lived)
        told = f"the host (pid {child.pid}) ended with {how} after {lived:.1f} s"
        if delay is None:
            told += f": {self._deaths.recent} deaths in {WINDOW:.0f} s, giving up"
            self._finish(self._code or EXIT_GIVEN_UP)
        else:
            told += f": starting it again in {delay:.1f} s"
            self._loop.call_later(delay, self._start_child)
        self._board.host_ended(f"the host ended with {how}")
        print(f"aiges-native: {told}", file=sys.stderr, flush=True)

    def _finish(self, code: int) -> None:
        if not self.over.done():
            self.over.set_result(code)

    # --- signals ----------------------------------------------------------------------------------------------------

    def _stop(self, number: int) -> None:
        """Tells the host to drain. The host skips its grace at the second signal and ends at once at the third."""
        self._stops += 1
        if self._child is None or self._child.returncode is not None:
            self._finish(self._code)  # it was to be started again
        elif self._stops >= 3:
            self._end_now()
        else:
            self._child.send_signal(number)
            if self._stops == 1:
                self._loop.call_later(self._stop_timeout, self._end_now)

    def _end_now(self) -> None:
        if self._child is not None and self._child.returncode is None:
            self._cut = True
            _kill_group(self._child.pid)
            self._child.kill()

    def _pass_on(self, number: int) -> None:
        if self._child is not None and self._child.returncode is None:
            self._child.send_signal(number)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(OSError):  # empty, or not made yet
        os.killpg(leader, signal.SIGKILL)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _nothing() -> None:
    """The end of the channel says nothing that the end of the process does not."""
