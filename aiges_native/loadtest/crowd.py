"""Users of a service on one event loop."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from .alarm import Alarm
from .outcome import CONNECT, TIMEOUT, Outcome
from .quantity import SECOND
from .recovery import Recovery
from .shift import Shift
from .target import users_of_service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .link import Link
    from .plan import Plan
    from .record import Record
    from .target import User

AT_ONCE = 64  # connections opened side by side
PROGRESS = 0.5  # s between two messages to the parent
PAUSE = SECOND // 20  # before a user of a closed loop knocks again where nobody was


def run_crowd(plan: Plan, share: int, shares: int, link: Link) -> Record | None:
    """The whole life of a worker for a service; None: the parent is gone. Raises LoadTestError before the start."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(_run(plan, share, shares, link))
    loop = uvloop.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(_run(plan, share, shares, link))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _run(plan: Plan, share: int, shares: int, link: Link) -> Record | None:
    starts, frames = Alarm(), Alarm()  # apart: the end of the run wakes those who wait to start, and nobody else
    users = users_of_service(plan, range(share, plan.users, shares), frames)
    for at in range(0, len(users), AT_ONCE):
        await asyncio.gather(*(user.open() for user in users[at : at + AT_ONCE]))
    link.send(("ready",))
    go = link.receive()  # nothing else is to be done meanwhile
    if go is None:
        return None
    crowd = _Crowd(Shift(plan, share, shares, go[1]), users, starts, link)
    await crowd.work()
    starts.close()
    frames.close()
    return crowd.shift.finished()


class _Crowd:
    def __init__(self, shift: Shift, users: list[User], alarm: Alarm, link: Link) -> None:
        self.shift, self._users, self._alarm, self._link = shift, users, alarm, link
        self._loop = asyncio.get_running_loop()
        self._under_way: dict[User, int] = {}  # what each of them was meant to start, and when
        chaos = shift.plan.chaos
        self._recovery = Recovery() if chaos is not None and chaos.kill_every else None

    async def work(self) -> None:
        """Returns when every request is answered, or given up."""
        ticking = self._loop.create_task(self._tick())
        tasks = [self._loop.create_task(self._use(user, place)) for place, user in enumerate(self._users)]
        await self._until_stop(tasks)
        self._alarm.wake_all()
        _, late = await asyncio.wait(tasks, timeout=self.shift.patience)
        for user in self._users:
            user.close()
        self._give_up(late)
        for task in set(tasks) - late:
            task.result()  # a fault of ours ends the worker with its traceback; it must not look like a quiet user
        ticking.cancel()
        self._hear()
        if self._recovery is not None:
            self.shift.record.recoveries = self._recovery.first

    async def _use(self, user: User, place: int) -> None:
        """One user, from its first request to its last."""
        starts, record, alarm = self.shift.starts, self.shift.record, self._alarm
        await alarm.until(self.shift.joins(place))
        while True:
            now = monotonic_ns()
            intended = starts.take(now)
            if intended is None:
                return
            lag = -1
            if intended > now:
                await alarm.until(intended)
                lag = 0
            if intended > starts.stop:
                return
            self._under_way[user] = intended
            outcome = await user.ask(self.shift.number())
            record.add(intended, outcome, outcome.sent - intended if lag == 0 else -1)
            del self._under_way[user]
            if self._recovery is not None and outcome.code == 0:
                self._recovery.good(outcome.sent, outcome.end)
            if outcome.code == CONNECT and not starts.is_open:
                await alarm.until(outcome.end + PAUSE)

    async def _until_stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Returns at the end of the run; users are still waiting for their answers then."""
        pending: set[asyncio.Task[None]] = set(tasks)
        while pending:
            left = (self.shift.starts.stop - monotonic_ns()) / SECOND
            if left <= 0:
                return
            _, pending = await asyncio.wait(pending, timeout=min(left, 1.0))

    def _give_up(self, late: set[asyncio.Task[None]]) -> None:
        now = monotonic_ns()
        for task in late:
            task.cancel()
        if self.shift.interrupted:
            return  # they were cut off, they did not fail
        for intended in self._under_way.values():
            self.shift.record.add(intended, Outcome().fail(TIMEOUT, "no answer when the run ended", now))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS)
            self._link.send(self.shift.progress())
            self._hear()

    def _hear(self) -> None:
        """What the parent has said. The link is asked, not watched by the loop, which would make it non-blocking."""
        for message in self._link.waiting():
            if message[0] == "killed" and self._recovery is not None:
                self._recovery.killed(message[1])
            elif message[0] == "stop" and not self.shift.interrupted:
                self.shift.stop()
                self._alarm.wake_all()
        if self._recovery is not None:
            self._recovery.look(monotonic_ns())
