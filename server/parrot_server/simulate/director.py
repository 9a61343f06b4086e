"""Keeps the sample alive: who acts when, who comes next, and what people ask of them."""

from __future__ import annotations

import heapq
import itertools
import random
from typing import TYPE_CHECKING

from parrot_server.simulate.actors import ChatActor, FlowActor
from parrot_server.simulate.plots import a_plot
from parrot_server.simulate.showcase import SCENES, tell_scene
from parrot_wire.records import CommandResult
from parrot_wire.values import Decision, Kind, Status, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.simulate.actors import Actor
    from parrot_server.simulate.output import Lines
    from parrot_server.simulate.team import Person
    from parrot_wire.records import Command

LEAST_ACTORS = 6
MOST_ACTORS = 400
ALONE_MS = 8 * 60_000
"""A checkpoint that nobody decides for so long is decided by a colleague, unless it is the last one waiting."""

_DECISIONS = {Verb.APPROVE: Decision.APPROVE, Verb.REJECT: Decision.REJECT, Verb.SKIP: Decision.SKIP}


class Director:
    """All live sessions, by the time of their next change (milliseconds since 1970)."""

    def __init__(self, *, seed: int, people: Sequence[Person]) -> None:
        self._seed = seed
        self._rng = random.Random(f"live {seed}")
        self._people = people
        self._size = min(max(LEAST_ACTORS, round(len(people) * 1.3)), MOST_ACTORS)
        self._due: list[tuple[int, int, Actor]] = []
        self._order = itertools.count()
        self._actors: dict[tuple[str, str], Actor] = {}
        self._entries: dict[tuple[str, str], int] = {}
        """The one entry of the queue that counts for each actor."""
        self._waiting_since: dict[tuple[str, str], int] = {}

    def open(self, now_ms: int, lines: Lines) -> None:
        """The first picture: rows of every kind, some of which go on by themselves."""
        for scene in SCENES:
            plot, messages = tell_scene(lines, scene, now_ms)
            rng = random.Random(f"{self._seed} {scene.id}")
            match scene.status:
                case Status.RUNNING if scene.is_flow:
                    self._add(
                        FlowActor(plot, rng, messages=messages, reached=scene.reached, told_ms=now_ms), now_ms + 2_000
                    )
                case Status.RUNNING:
                    self._add(ChatActor(plot, rng, messages=messages, told_ms=now_ms), now_ms + 3_000)
                case Status.PAUSED:
                    actor = FlowActor(plot, rng, messages=messages, reached=scene.reached, paused=True, told_ms=now_ms)
                    self._add(actor, now_ms + 3_600_000)
                case Status.QUEUED:
                    self._add(FlowActor(plot, rng, told_ms=now_ms), now_ms + 45_000)
                case _:
                    pass

    def next_due_ms(self) -> int | None:
        """When somebody has something to do; None where nobody does."""
        return self._due[0][0] if self._due else None

    def advance(self, now_ms: int, lines: Lines) -> None:
        """One change: of whoever is due first, due or not. Ahead of time the sample's own clock runs ahead, too."""
        while True:
            clock_ms = max(now_ms, self._due[0][0]) if self._due else now_ms
            self._keep_company(now_ms, clock_ms)
            _, entry, actor = heapq.heappop(self._due)
            if self._entries.get(_key(actor)) != entry:
                continue  # over, or due at another time by now
            if actor.waits:
                if self._decide_for(actor, now_ms, clock_ms, lines):
                    return
                continue
            wait_s = actor.advance(now_ms, lines)
            if wait_s is None:
                self._remove(actor)
            elif actor.waits:
                self._waiting_since[_key(actor)] = clock_ms
                self._push(actor, clock_ms + ALONE_MS)
            else:
                self._push(actor, clock_ms + int(wait_s * 1000))
            return

    def obey(self, command: Command, now_ms: int, lines: Lines) -> CommandResult:
        """What a person asks of a session, done at once."""
        actor = self._actors.get((command.source, command.native_id))
        if actor is None:
            return CommandResult(ok=False, detail="it is over")
        match command.verb:
            case Verb.CANCEL | Verb.END:
                actor.cancel(now_ms, lines)
                self._remove(actor)
            case Verb.APPROVE | Verb.REJECT | Verb.SKIP:
                if not isinstance(actor, FlowActor) or not actor.decide(_DECISIONS[command.verb], now_ms, lines):
                    return CommandResult(ok=False, detail="it waits for nobody")
                self._after_decision(actor, now_ms)
        return CommandResult(ok=True)

    def _keep_company(self, now_ms: int, clock_ms: int) -> None:
        """Let new sessions begin where old ones have ended."""
        while len(self._actors) < self._size:
            kind = Kind.FLOW if self._rng.random() < 0.5 else Kind.CHAT
            plot = a_plot(self._rng, kind, self._people, now_ms)
            rng = random.Random(self._rng.getrandbits(64))
            actor = FlowActor(plot, rng) if kind is Kind.FLOW else ChatActor(plot, rng)
            self._add(actor, clock_ms + int(self._rng.uniform(4_000, 90_000)))

    def _decide_for(self, actor: Actor, now_ms: int, clock_ms: int, lines: Lines) -> bool:
        """A colleague decides in the end, so that the queue does not grow; two always stay for whoever looks on."""
        waiting = sum(each.waits for each in self._actors.values())
        alone_ms = clock_ms - self._waiting_since.get(_key(actor), clock_ms)
        if waiting > 2 and alone_ms >= ALONE_MS and isinstance(actor, FlowActor):
            actor.decide(Decision.APPROVE, now_ms, lines)
            self._after_decision(actor, clock_ms)
            return True
        self._push(actor, clock_ms + ALONE_MS)
        return False

    def _after_decision(self, actor: FlowActor, clock_ms: int) -> None:
        self._waiting_since.pop(_key(actor), None)
        if actor.is_over:
            self._remove(actor)
        else:
            self._push(actor, clock_ms + 1_500)

    def _add(self, actor: Actor, due_ms: int) -> None:
        self._actors[_key(actor)] = actor
        self._push(actor, due_ms)

    def _push(self, actor: Actor, due_ms: int) -> None:
        """Due then, and at no other time."""
        entry = next(self._order)
        self._entries[_key(actor)] = entry
        heapq.heappush(self._due, (due_ms, entry, actor))

    def _remove(self, actor: Actor) -> None:
        self._actors.pop(_key(actor), None)
        self._entries.pop(_key(actor), None)


def _key(actor: Actor) -> tuple[str, str]:
    return actor.plot.source, actor.plot.native_id
