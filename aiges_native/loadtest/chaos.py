"""What goes wrong on purpose: users who vanish, users who read slowly, and kills of the target's process.

Who and when comes from the seed: the same plan has the same requests cut and the same users slow.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from .problem import plan_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .plan import Plan

_CUT, _SLOW, _KILL = range(1, 4)  # streams of chance, apart from each other and from the arrivals


@dataclass(frozen=True)
class Chaos:
    """Nothing of it by default. ``drop``: the share of requests in the midst of which the user vanishes; ``slow``: the
    share of users who read at most ``slow_rate`` bytes a second; ``kill_every``: ns between two kills of a child of
    process ``kill_parent``."""

    drop: float = 0.0
    slow: float = 0.0
    slow_rate: int = 0
    kill_every: int = 0
    kill_parent: int = 0

    def checked(self, plan: Plan) -> None:
        """Raises LoadTestError when the plan has no place for it."""
        if plan.kind == "engine":
            raise plan_error("an engine has no clients that could misbehave", "a service: http:// or ws://")
        if self.kill_parent and not self.kill_every:
            raise plan_error("there is no time between two kills", "--kill-every 10s or more")
        if self.kill_every and plan.duration is not None and plan.warmup + 2 * self.kill_every > plan.duration:
            why = "the run is too short for a kill and as long a time after it"
            raise plan_error(why, "a longer --duration, or a shorter --kill-every")


def chance(plan: Plan, stream: int, number: int) -> random.Random:
    """Random numbers of their own for one request, user or kill."""
    return random.Random((plan.seed * 4 + stream) * 1_000_000_007 + number)


def cut(plan: Plan, number: int) -> float | None:
    """Where in request ``number`` its user vanishes. None: it does not; below 1: after this share of the request was
    sent; up to 2: all of it was sent, and this share (less 1) of the time passes that an answer usually takes."""
    if plan.chaos is None or not plan.chaos.drop:
        return None
    dice = chance(plan, _CUT, number)
    return dice.uniform(0, 2) if dice.random() < plan.chaos.drop else None


def slow_users(plan: Plan) -> frozenset[int]:
    """Numbers of the users who read slowly: at least one."""
    if plan.chaos is None or not plan.chaos.slow:
        return frozenset()
    count = max(1, round(plan.users * plan.chaos.slow))
    return frozenset(chance(plan, _SLOW, 0).sample(range(plan.users), count))


def victim(plan: Plan, number: int, children: list[int]) -> int:
    """Which of several processes the ``number``-th kill is for."""
    return chance(plan, _KILL, number).choice(sorted(children))
