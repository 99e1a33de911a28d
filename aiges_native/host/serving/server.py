"""Sockets, the event loop, signals, drain."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys

from aiges_native import paths
from aiges_native.errors import AigesError
from aiges_native.host.fronts import App, FrontSettings
from aiges_native.host.serving.http_server import HttpServer
from aiges_native.host.serving.measures import Measures
from aiges_native.host.serving.memory import Trimmer
from aiges_native.host.serving.opening import OpenEngine, open_engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.config import Config
    from aiges_native.host.fetch import Fetcher

DONE, NO_ENGINE, WEDGED, CUT = 0, 69, 70, 75
_CLOSE_PATIENCE = 0.5  # seconds that connections have to take their last answer


class Host:
    """A running service. ``run()`` serves until a signal, and gives the exit code."""

    def __init__(self, config: Config, listener: socket.socket, health: str = "") -> None:
        """``health``: the address of the monitor; empty: there is none."""
        self._config = config
        self._health = health
        self._listener = listener
        self._engines: list[OpenEngine] = []
        self._signals = 0
        self._is_wedged = False
        self._fetcher: Fetcher | None = None
        self._stop: asyncio.Event
        self._hurry: asyncio.Event

    async def run(self) -> int:
        """Opens the engines, serves them, and drains at the first SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        self._measures = Measures(self._config, loop, self._wedged)
        if self._health:
            self._health = self._measures.start_monitor(self._health)
        stopping = asyncio.ensure_future(self._stop.wait())
        opening = asyncio.ensure_future(self._open_all(loop))
        await asyncio.wait((opening, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():  # an engine that is about to start is left behind: its wrapperInit may take minutes
            opening.cancel()
            return await self._close_all(loop, DONE)
        opening.result()
        if not self._engines:
            self._measures.close()
            return NO_ENGINE
        exhibits = [each.exhibit for each in self._engines]
        settings = self._front_settings()
        self._measures.watch(settings.budget)
        app = App(exhibits, settings, version=paths.__version__, pages=self._measures.pages())
        server = HttpServer(app, self._config, _CLOSE_PATIENCE)
        serving = asyncio.ensure_future(server.serve(sockets=[self._listener]))
        trimmer = Trimmer(loop, self._sessions)
        trimmer.start()
        self._tell_ready(app)
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        code = await self._drain()
        trimmer.stop()
        server.end()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(serving), _CLOSE_PATIENCE + 0.5)
        stopping.cancel()
        return await self._close_all(loop, code)

    # ---- Start ------------------------------------------------------------------------------------------------------

    async def _open_all(self, loop: asyncio.AbstractEventLoop) -> None:
        """Every engine that starts; each is started off the loop, which goes on listening to signals."""
        for name, config in self._config.engines.items():
            try:
                opened = await asyncio.to_thread(open_engine, config)
            except Exception as error:  # of any kind: the others go on
                print(f"cannot start engine '{name}': {_told(error)}", file=sys.stderr)
                self._measures.failed(name, _told(error))
                continue
            opened.show(self._config, loop, self._measures.finished, self._measures.violations(name))
            self._check_routes(opened)
            loop.add_reader(opened.executor.fileno(), opened.executor.drain)
            self._engines.append(opened)
            self._measures.ready(opened.exhibit.core)

    def _check_routes(self, opened: OpenEngine) -> None:
        """Says so if another engine has a route already: it keeps it."""
        for other in self._engines:
            for route in set(opened.exhibit.routes) & set(other.exhibit.routes):
                names = f"'{opened.config.name}' and '{other.config.name}'"
                print(f"warning: engines {names} have one route, {route}: the second is served there", file=sys.stderr)

    def _front_settings(self) -> FrontSettings:
        http, ws, limits = self._config.http, self._config.ws, self._config.limits
        if http.fetch_allow:
            from aiges_native.host.fetch import Fetcher, Origins

            self._fetcher = Fetcher(Origins(http.fetch_allow), attempts=self._config.aiges.http_retry)
        return FrontSettings(
            request_timeout=http.request_timeout,
            read_timeout=ws.read_timeout,
            session_timeout=ws.session_timeout,
            write_stall=limits.write_stall,
            body_limit=limits.body,
            buffer_bytes=limits.buffer_bytes,
            cors=http.cors,
            legacy_status=http.legacy_status,
            close_compat=ws.close_compat,
            fetcher=self._fetcher,
        )

    def _sessions(self) -> tuple[int, int]:
        """How many have begun so far, and how many run."""
        cores = [each.exhibit.core for each in self._engines]
        return sum(core.begun for core in cores), sum(core.sessions for core in cores)

    def _tell_ready(self, app: App) -> None:
        scheme = "https" if self._config.tls.cert else "http"
        address = "{}://{}:{}".format(scheme, *self._listener.getsockname()[:2])
        for exhibit in app.exhibits:
            for route in exhibit.routes:
                print(f"serving {exhibit.name} at {address}{route}", flush=True)
        if self._health:
            told = "health and metrics" if self._config.metrics.able else "health"
            print(f"{told} at http://{self._health}/health/ready", flush=True)
        print(f"ready: {len(app.exhibits)} engines, try {address}/", flush=True)

    # ---- End --------------------------------------------------------------------------------------------------------

    def _signalled(self) -> None:
        """The first drains, the second skips what may be skipped, the third ends the process."""
        self._signals += 1
        self._stop.set()
        if self._signals == 2:
            self._hurry.set()
        elif self._signals > 2:
            raise SystemExit(CUT)

    def _wedged(self, name: str) -> None:
        """An engine is of no use any more: the others finish, and whoever watches starts the process again."""
        print(f"engine '{name}' is of no use any more: the service ends", file=sys.stderr)
        self._is_wedged = True
        self._stop.set()
        self._hurry.set()

    async def _drain(self) -> int:
        """Refuses what is new, waits for what runs, then cuts it. The exit code."""
        self._measures.draining()
        cores = [each.exhibit.core for each in self._engines]
        grace = self._config.drain.grace
        if grace == "auto":
            grace = 0 if sys.stdin is not None and sys.stdin.isatty() else 5
        if any(core.sessions for core in cores) or grace:
            await self._wait_or_hurry(float(grace))
        waiting = [self._idle(core) for core in cores]
        if self._fetcher is not None:
            self._fetcher.drain()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*waiting), self._config.drain.timeout)
        cut = sum(core.stop_all() for core in cores)
        if cut:
            await asyncio.sleep(_CLOSE_PATIENCE)  # their clients are told
        if self._is_wedged:
            return WEDGED
        return CUT if cut else DONE

    async def _wait_or_hurry(self, seconds: float) -> None:
        if seconds:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), seconds)

    @staticmethod
    def _idle(core: Any) -> asyncio.Future[None]:
        idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def tell() -> None:
            if not idle.done():
                idle.set_result(None)

        core.drain(tell)
        return idle

    async def _close_all(self, loop: asyncio.AbstractEventLoop, code: int) -> int:
        """``wrapperFini`` of every engine, each within its time; a call that hangs is not waited for."""
        for opened in self._engines:
            if opened.canary is not None:
                opened.canary.stop()
            try:
                limit = self._config.drain.fini
                await asyncio.wait_for(asyncio.to_thread(opened.engine.close, limit), limit + 0.5)
            except (AigesError, asyncio.TimeoutError) as error:
                print(f"engine '{opened.config.name}' did not stop cleanly: {_told(error)}", file=sys.stderr)
                code = code or CUT
            loop.remove_reader(opened.executor.fileno())
            opened.executor.close()
        self._measures.close()
        return code


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__
