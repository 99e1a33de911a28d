"""A user who vanishes in the midst of some requests, and may read slowly."""

from __future__ import annotations

from aiges_native.loadtest.chaos import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.loadtest.outcome import Outcome
    from aiges_native.loadtest.plan import Plan

    from . import User


class UnrulyUser:
    """Behaves as another user does, most of the time."""

    def __init__(self, plan: Plan, user: User, slow: bool) -> None:
        self._plan, self._user, self._slow = plan, user, slow
        self._usual = 0  # ns from the last byte sent to the end of the answer, the last time
        self.open, self.close = user.open, user.close

    async def ask(self, number: int) -> Outcome:
        """Request ``number``, as far as it goes."""
        where = cut(self._plan, number)
        if where is not None:
            wait = round(max(where - 1, 0) * self._usual)
            outcome = await self._user.vanish(number, min(where, 1.0), wait)
        else:
            outcome = await self._user.ask(number)
            if outcome.code == 0:
                self._usual = outcome.end - (outcome.last_sent or outcome.sent)
        outcome.slow = self._slow
        return outcome
