"""What can be put under load: an engine in this process, a service over HTTP, a service over WebSocket.

A target opens one *user* per request it can have under way. A user has one method, ``ask(number)``, which sends request
``number`` of the plan, once or as a stream, and returns its Outcome; it never raises for what the target does. Users of
an engine block their thread (``blocking``), those of a service are coroutines.
"""

from __future__ import annotations

from aiges_native.loadtest.chaos import slow_users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from aiges_native.loadtest.alarm import Alarm
    from aiges_native.loadtest.outcome import Outcome
    from aiges_native.loadtest.plan import Plan

    class BlockingUser(Protocol):
        """Calls an engine from its own thread."""

        def ask(self, number: int) -> Outcome:
            """Runs request ``number``."""

    class BlockingTarget(Protocol):
        """Where blocking users come from."""

        def user(self) -> BlockingUser:
            """One more user. Raises LoadTestError."""

        def close(self) -> None:
            """Ends what the target opened."""

    class User(Protocol):
        """Talks to a service from the event loop."""

        async def open(self) -> None:
            """Connects, where a connection outlives a request. Raises LoadTestError."""

        async def ask(self, number: int) -> Outcome:
            """Runs request ``number``."""

        async def vanish(self, number: int, part: float, wait: int) -> Outcome:
            """Begins request ``number`` and is gone: after a part of what is to be sent, or (1.0) after all of it and
            ``wait`` ns."""

        def close(self) -> None:
            """Drops the connection."""


def open_engine(plan: Plan) -> BlockingTarget:
    """The engine of a plan, started. Raises LoadTestError."""
    from .engine import EngineTarget

    return EngineTarget(plan)


def users_of_service(plan: Plan, numbers: Sequence[int], alarm: Alarm) -> list[User]:
    """Users of the service of a plan, by their numbers in the whole run. Raises LoadTestError: a package is missing."""
    slow = slow_users(plan)
    rates = [plan.chaos.slow_rate if plan.chaos is not None and number in slow else 0 for number in numbers]
    users: list[Any]
    if plan.kind == "http":
        from .http import http_users

        users = [*http_users(plan, rates)]
    else:
        from .websocket import websocket_users

        users = [*websocket_users(plan, rates, alarm)]
    if plan.chaos is not None and (plan.chaos.drop or slow):
        from .unruly import UnrulyUser

        users = [UnrulyUser(plan, user, bool(rate)) for user, rate in zip(users, rates, strict=True)]
    return users
