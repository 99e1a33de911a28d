"""What can be put under load: an engine in this process, a service over HTTP, a service over WebSocket.

A target opens one *user* per request it can have under way. A user has one method, ``ask(number)``, which sends request
``number`` of the plan, once or as a stream, and returns its Outcome; it never raises for what the target does. Users of
an engine block their thread (``blocking``), those of a service are coroutines.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

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

        def close(self) -> None:
            """Drops the connection."""


def open_engine(plan: Plan) -> BlockingTarget:
    """The engine of a plan, started. Raises LoadTestError."""
    from .engine import EngineTarget

    return EngineTarget(plan)


def users_of_service(plan: Plan, count: int, alarm: Alarm) -> list[User]:
    """``count`` users of the service of a plan. Raises LoadTestError: a package is missing."""
    if plan.kind == "http":
        from .http import http_users

        return [*http_users(plan, count)]
    from .websocket import websocket_users

    return [*websocket_users(plan, count, alarm)]
