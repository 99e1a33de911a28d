"""What a host calls to get a monitor: starts one, or joins the one that supervises this process."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from .channel import CHANNEL_VARIABLE, Channel, ChannelClosed, channel_pair, inherited_channel
from .listening import address_of, listen_on
from .watch import open_pidfd

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from subprocess import Popen
    from typing import Any

    from ..telemetry.page import Page


class MonitorHandle:
    """A host's hold on its monitor.

    ``supervised``: whether the monitor is this process's parent. ``pid``: of the monitor. ``address``: ``ADDRESS:PORT``
    that it serves on; of a supervising one known after :meth:`wait_serving`.
    """

    def __init__(self, page: Page, listener: socket.socket | None, channel: Channel | None = None) -> None:
        self._attached: dict[str, tuple[dict[str, Any], int]] = {}
        self._listener = listener
        self._process: Popen[bytes] | None = None
        self.supervised = listener is None
        self.address = address_of(listener) if listener else ""
        self.pid = os.getppid()
        self._serving = False
        self._channel: Channel = channel or self._spawn()
        self._attach({"attach": "telemetry", "name": "host"}, page.fd)

    # --- pages ------------------------------------------------------------------------------------------------------

    def attach_native(self, fd: int, name: str = "host", **labels: str) -> None:
        """Hands over a native statistics page: ``aiges_native.stats_fd()``, or that of a worker.

        ``name``: for :meth:`detach`; a page attached under it before is replaced. ``labels``: put on all its metrics.
        ``fd`` stays the caller's, and open for as long as it is attached. Raises ChannelClosed: the monitor has ended.
        """
        self._attach({"attach": "native", "name": name, "labels": labels}, fd)

    def detach(self, name: str) -> None:
        """Takes a native statistics page back; an unknown name is nothing. Raises ChannelClosed."""
        if self._attached.pop(f"native {name}", None):
            self._channel.send({"detach": name})

    def _attach(self, message: dict[str, Any], fd: int) -> None:
        self._attached[f"{message['attach']} {message['name']}"] = message, fd
        self._channel.send(message, fd)

    # --- the process ------------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """A descriptor that becomes readable when the monitor serves, and when it has ended: see :meth:`alive`."""
        return self._channel.fileno()

    def alive(self) -> bool:
        """Whether the monitor runs. Never waits."""
        try:
            while (received := self._channel.receive()) is not None:
                message, fd = received
                if fd >= 0:
                    os.close(fd)
                if "serving" in message:
                    self._serving = True
                    self.address = str(message["serving"])
        except ChannelClosed:
            return False
        return True

    def wait_serving(self, timeout: float = 10) -> None:
        """Waits until the monitor answers requests. Raises TimeoutError, or ChannelClosed if it ended instead."""
        from select import select

        deadline = time.monotonic() + timeout
        while self.alive():
            if self._serving:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"the monitor (pid {self.pid}) does not serve after {timeout:g} s")
            select([self._channel], [], [], left)
        raise ChannelClosed(f"the monitor (pid {self.pid}) ended before it served")

    def restart(self) -> None:
        """Starts a monitor again in place of one that has ended, with the same socket and pages.

        Meanwhile clients wait in the socket's queue. Raises RuntimeError for a supervising monitor: there is none any
        more then, and this process is about to die with it.
        """
        if self._listener is None:
            raise RuntimeError("a supervising monitor cannot be started again by its host")
        self.stop(keep_listening=True)
        self._channel = self._spawn()
        for message, fd in self._attached.values():
            self._channel.send(message, fd)

    def stop(self, timeout: float = 2, *, keep_listening: bool = False) -> None:
        """Ends a monitor that this process started; leaves a supervising one. Idempotent.

        Waits ``timeout`` seconds for it, then kills it. Not needed before this process ends: a monitor sees that.
        """
        self._channel.close()
        self._serving = False
        if self._listener is not None and not keep_listening:
            self._listener.close()
        process, self._process = self._process, None
        if process is not None:
            from subprocess import TimeoutExpired

            try:
                process.wait(timeout)
            except TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self) -> Channel:
        from subprocess import DEVNULL, Popen

        assert self._listener is not None
        ours, theirs = channel_pair()
        pidfd = open_pidfd(os.getpid())
        fds = [fd for fd in (theirs.fileno(), self._listener.fileno(), pidfd) if fd >= 0]
        command = [sys.executable, *_safe_path(), "-m", __package__]
        command += [f"--pid={os.getpid()}", f"--pidfd={pidfd}", f"--channel={theirs.fileno()}"]
        command.append(f"--listen-fd={self._listener.fileno()}")
        try:
            # Nothing of this process but these descriptors: no threads, no locks. "/": it holds no folder.
            self._process = Popen(command, stdin=DEVNULL, pass_fds=fds, cwd="/", env=_environment())
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            if pidfd >= 0:
                os.close(pidfd)
        self.pid = self._process.pid
        return ours


def start_monitor(page: Page, listen: str | socket.socket, *, native_fd: int = -1) -> MonitorHandle:
    """Starts the monitor of this process, which serves health and metrics from ``page``.

    ``listen``: ``ADDRESS:PORT``, or a listening socket, which becomes the handle's. ``native_fd``: the native
    statistics page, if there is one already (:meth:`MonitorHandle.attach_native` hands it over later). Does not wait
    for the monitor. In a process that a monitor supervises, joins that one, and ``listen`` is not used.

    Raises ValueError for an address of another form, OSError where nothing can listen there (EADDRINUSE) or no process
    can be started.
    """
    inherited = _supervising_channel()
    if inherited is not None:
        handle = MonitorHandle(page, None, inherited)
    else:
        handle = MonitorHandle(page, listen_on(listen) if isinstance(listen, str) else listen)
    if native_fd >= 0:
        handle.attach_native(native_fd)
    return handle


def _supervising_channel() -> Channel | None:
    # Taken out of the environment: what this process starts has other descriptors under that number.
    number = os.environ.pop(CHANNEL_VARIABLE, "")
    if number.isdigit():
        with contextlib.suppress(OSError):
            return inherited_channel(int(number))
    return None


def _safe_path() -> list[str]:
    """Options that keep modules of the working folder from shadowing those of Python; before 3.11 cwd="/" must do."""
    return ["-P"] if sys.version_info >= (3, 11) else []


def _environment() -> dict[str, str]:
    """This process's, with the paths to modules that a working folder of "/" would lose."""
    package_root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))  # noqa: PTH100, PTH120
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if package_root in map(os.path.abspath, sys.path) and not package_root.endswith("-packages"):
        paths.append(package_root)
    if not paths:
        return dict(os.environ)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, paths))}
