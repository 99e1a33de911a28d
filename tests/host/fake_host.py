"""A host without engines and fronts: does what the lines on its standard input say, and answers each with a line.

state SERVICE STATE [reason]    slots SERVICE MAX BUSY LOST    limits STALL_AFTER GIL_STALL EXIT_ON_WEDGE
burn (the GIL is held until the next line)    quiet (no more heartbeats)    drain    deaf (to SIGTERM)
count N (requests)    engine PATH (opened, called once)    exit CODE    signal NUMBER    restart (the monitor)
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import struct
import sys

import aiges_native
from aiges_native.host.monitor import start_monitor
from aiges_native.host.telemetry import Heart, Page, Telemetry


class FakeHost:
    def __init__(self, listen: str) -> None:
        self.page = Page()
        self.telemetry = Telemetry(self.page, "0.0")
        self.monitor = start_monitor(self.page, listen)
        self.heart = Heart(self.page, asyncio.get_running_loop(), 0.05)
        self.heart.start()
        self.over = asyncio.get_running_loop().create_future()
        self.engines: list[aiges_native.Engine] = []

    def do(self, line: str) -> None:
        verb, *words = line.split()
        getattr(self, f"do_{verb}")(*words)
        print(json.dumps({"done": verb}), flush=True)

    def do_state(self, name: str, state: str, *reason: str) -> None:
        self.page.service(name).set(state, " ".join(reason))

    def do_slots(self, name: str, count: str, busy: str, lost: str) -> None:
        service = self.page.service(name)
        service.set_slots(int(count))
        service.set_busy(int(busy))
        service.set_lost(int(lost))

    def do_limits(self, stall_after: str, gil_stall: str, exit_on_wedge: str) -> None:
        self.page.set_limits(
            stall_after=float(stall_after), gil_stall=float(gil_stall), exit_on_wedge=bool(int(exit_on_wedge))
        )

    def do_burn(self) -> None:
        print(json.dumps({"burning": True}), flush=True)
        events = struct.pack("ihh", 0, select.POLLIN, 0)
        ctypes.PyDLL(None).poll(events, 1, -1)  # PyDLL: the GIL stays held

    def do_quiet(self) -> None:
        self.heart.stop()

    def do_drain(self) -> None:
        self.page.set_draining()

    def do_deaf(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)

    def do_count(self, number: str) -> None:
        self.telemetry.requests.labels("echo", "http", "once", "0").add(int(number))

    def do_engine(self, path: str) -> None:
        engine = aiges_native.open(path)
        engine.exec(b"hello")
        self.engines.append(engine)
        self.monitor.attach_native(aiges_native.stats_fd(), worker="0")

    def do_restart(self) -> None:
        assert not self.monitor.alive()
        self.monitor.restart()
        self.monitor.wait_serving()

    def do_exit(self, code: str) -> None:
        os._exit(int(code))

    def do_signal(self, number: str) -> None:
        os.kill(os.getpid(), int(number))

    def terminate(self) -> None:
        self.page.set_draining()
        self.over.set_result(0)


async def main() -> int:
    loop = asyncio.get_running_loop()
    host = FakeHost(sys.argv[1])
    loop.add_signal_handler(signal.SIGTERM, host.terminate)
    host.monitor.wait_serving()
    about = {"pid": os.getpid(), "monitor": host.monitor.pid, "address": host.monitor.address}
    print(json.dumps({**about, "supervised": host.monitor.supervised}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb"))

    async def obey() -> None:
        while line := await reader.readline():
            host.do(line.decode())

    task = asyncio.ensure_future(obey())
    code: int = await host.over
    task.cancel()
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
