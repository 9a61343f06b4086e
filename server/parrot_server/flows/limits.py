"""How long a run may work and what it may cost, and what of it is used up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_server.flows.journal import NOTHING_SPENT, Spent
from parrot_wire.values import Basis

if TYPE_CHECKING:
    from parrot_server.flows.definition import Defaults
    from parrot_server.pricing import Priced


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A limit that was hit: which one, how often it was lifted before, and why in words."""

    name: str
    lifted: int
    reason: str
    unknown: bool = False


class Stopwatch:
    """Counts the seconds between `start` and `stop`, any number of times."""

    def __init__(self, already_s: float = 0.0) -> None:
        self._sum_s = already_s
        self._since: float | None = None

    def start(self) -> None:
        if self._since is None:
            self._since = time.monotonic()

    def stop(self) -> None:
        self._sum_s = self.elapsed_s
        self._since = None

    @property
    def elapsed_s(self) -> float:
        return self._sum_s + (time.monotonic() - self._since if self._since is not None else 0.0)


class Limits:
    """What a run has used. Time counts while a step's process runs, not while a person is waited for.

    A limit that was hit blocks the run. Lifting it grants the same amount once more; lifting one that was hit because a
    cost is not known lets unknown costs pass until the step is over.
    """

    def __init__(self, defaults: Defaults, spent: Spent = NOTHING_SPENT) -> None:
        self._max_s = None if defaults.max_minutes is None else defaults.max_minutes * 60
        self._max_micros = defaults.max_cost_micros
        self.watch = Stopwatch(spent.active_s)
        self._before_micros = spent.micros
        self._minutes_lifted = spent.minutes_lifted
        self._cost_lifted = spent.cost_lifted
        self._known: dict[str, int] = {}
        self._unknown: dict[str, str] = {}
        self._unknown_passes = False
        self.changed = asyncio.Event()
        """Set whenever a cost was added."""

    @property
    def micros(self) -> int:
        """What is known of the cost so far."""
        return self._before_micros + sum(self._known.values())

    @property
    def spent(self) -> Spent:
        """For the journal."""
        return Spent(
            active_s=self.watch.elapsed_s,
            micros=self.micros,
            minutes_lifted=self._minutes_lifted,
            cost_lifted=self._cost_lifted,
        )

    def add(self, turn: str, cost: Priced) -> None:
        """What one turn cost; the same turn again replaces it."""
        self._known.pop(turn, None)
        self._unknown.pop(turn, None)
        if cost.basis is Basis.UNKNOWN:
            self._unknown[turn] = cost.reason or "its price is not known"
        else:
            self._known[turn] = cost.micros
        self.changed.set()

    def settle(self, micros: int) -> None:
        """The agent itself says what its step cost in all: that may be more than the sum of what we could price."""
        self._known = {"": max(micros, sum(self._known.values()))}
        self.changed.set()

    def end_step(self) -> None:
        """The next step's costs are counted anew on top of these, and must be known again."""
        self._before_micros = self.micros
        self._known.clear()
        self._unknown.clear()
        self._unknown_passes = False

    @property
    def seconds_left(self) -> float | None:
        """Until max_minutes is hit; None without such a limit."""
        if self._max_s is None:
            return None
        return max(self._max_s * (1 + self._minutes_lifted) - self.watch.elapsed_s, 0.0)

    @property
    def hit(self) -> Hit | None:
        """The limit that is hit now."""
        if self.seconds_left == 0.0:
            assert self._max_s is not None
            minutes = f"{self._max_s / 60:g}"
            return Hit(name="minutes", lifted=self._minutes_lifted, reason=f"max_minutes = {minutes} is used up")
        if self._max_micros is None:
            return None
        dollars = f"max_cost_usd = {self._max_micros / 1_000_000:g}"
        if self._unknown and not self._unknown_passes:
            why = next(iter(self._unknown.values()))
            reason = f"the cost is not known ({why}), so {dollars} cannot be kept"
            return Hit(name="cost", lifted=self._cost_lifted, reason=reason, unknown=True)
        if self.micros >= self._max_micros * (1 + self._cost_lifted):
            reason = f"{dollars} is used up: ${self.micros / 1_000_000:.2f} so far"
            return Hit(name="cost", lifted=self._cost_lifted, reason=reason)
        return None

    def lift(self, hit: Hit) -> None:
        """Let the run go on past this."""
        if hit.name == "minutes":
            self._minutes_lifted += 1
        elif hit.unknown:
            self._unknown_passes = True
        else:
            self._cost_lifted += 1
