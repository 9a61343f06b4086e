"""Sessions whose turn is open: which of them run, now and as time goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from parrot_server.index.sources.base import UNKNOWN, Asked, TurnState
from parrot_server.index.standing import decide
from parrot_server.store.local import SessionFacts
from parrot_wire.records import SessionPatch
from parrot_wire.values import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from msgspec import UnsetType

    from parrot_server.index.sources.base import Evidence, Source, Standing
    from parrot_server.index.standing import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """What a unit tells of a session, without its status."""

    facts: SessionFacts
    standing: Standing
    path: str
    grew: bool
    """The unit grew while it was watched."""


@dataclass(slots=True)
class _Held:
    native_id: str
    path: str
    standing: Standing
    can: tuple[str, ...] | UnsetType
    grew_at_ms: int | None = None
    decision: Decision | None = None
    pid: int | None = None

    def asked(self) -> Asked:
        return Asked(native_id=self.native_id, path=self.path, standing=self.standing)


class OpenTurns:
    """The open turns of one source. A session leaves when its turn is told to be over."""

    def __init__(self, source: Source, now_ms: Callable[[], int]) -> None:
        self._source = source
        self._now_ms = now_ms
        self._held: dict[str, _Held] = {}
        self._running: dict[str, _Held] = {}

    def recall(self, native_id: str, path: str, standing: Standing) -> None:
        """A session as an earlier server left it; what it may do was told then."""
        if standing.turn is TurnState.OPEN:
            self._held[native_id] = _Held(native_id, path, standing, UNSET)

    def forget(self, native_id: str, path: str) -> None:
        """The unit at ``path`` does not tell the session any more."""
        held = self._held.get(native_id)
        if held is not None and held.path == path:
            del self._held[native_id]
            self._running.pop(native_id, None)

    def decide(self, told: Sequence[Undecided]) -> list[SessionFacts]:
        """The facts with their status."""
        asked = [
            Asked(native_id=one.facts.native_id, path=one.path, standing=one.standing)
            for one in told
            if one.standing.turn is TurnState.OPEN
        ]
        evidence: Mapping[str, Evidence] = self._source.evidence(asked) if asked else {}
        now_ms = self._now_ms()
        decided: list[SessionFacts] = []
        for one in told:
            native_id, standing = one.facts.native_id, one.standing
            before = self._held.pop(native_id, None)
            self._running.pop(native_id, None)
            grew_at_ms = now_ms if one.grew else before.grew_at_ms if before is not None else None
            known = evidence.get(native_id, UNKNOWN)
            decision = decide(standing, known, now_ms=now_ms, grew_at_ms=grew_at_ms)
            if standing.turn is TurnState.OPEN:
                held = _Held(native_id, one.path, standing, one.facts.patch.can, grew_at_ms)
                self._hold(held, decision, known.pid)
            patch = _with_status(one.facts.patch, decision, standing, known)
            decided.append(msgspec.structs.replace(one.facts, patch=patch))
        return decided

    def review(self, *, everything: bool) -> list[SessionFacts]:
        """What changed without a record. ``everything``: those that were cut off are looked at again as well."""
        looked_at = list((self._held if everything else self._running).values())
        if not looked_at:
            return []
        evidence = self._source.evidence([held.asked() for held in looked_at])
        now_ms = self._now_ms()
        changed: list[SessionFacts] = []
        for held in looked_at:
            known = evidence.get(held.native_id, UNKNOWN)
            decision = decide(held.standing, known, now_ms=now_ms, grew_at_ms=held.grew_at_ms)
            before = held.decision
            is_same = before is not None and (before.status, before.detail) == (decision.status, decision.detail)
            is_same = is_same and held.pid == known.pid
            self._hold(held, decision, known.pid)
            if not is_same:
                patch = _with_status(SessionPatch(can=held.can), decision, held.standing, known)
                changed.append(SessionFacts(source=self._source.name, native_id=held.native_id, patch=patch))
        return changed

    def _hold(self, held: _Held, decision: Decision, pid: int | None) -> None:
        held.decision, held.pid = decision, pid
        self._held[held.native_id] = held
        if decision.status is Status.RUNNING:
            self._running[held.native_id] = held
        else:
            self._running.pop(held.native_id, None)

    @property
    def due_ms(self) -> int | None:
        """When (ms since 1970) the clock alone makes a running session one that was cut off."""
        due = [held.decision.again_at_ms for held in self._running.values() if held.decision is not None]
        return min((at for at in due if at is not None), default=None)

    @property
    def has_processes(self) -> bool:
        """Whether a session runs in a process that is known, and may end without a word."""
        return any(held.decision is not None and held.decision.again_at_ms is None for held in self._running.values())

    def process_of(self, native_id: str) -> int | None:
        """The process that surely runs a session at this moment. Asked from any thread."""
        held = self._held.get(native_id)
        return self._source.evidence([held.asked()]).get(native_id, UNKNOWN).pid if held is not None else None


def _with_status(patch: SessionPatch, decision: Decision, standing: Standing, evidence: Evidence) -> SessionPatch:
    can = patch.can
    if evidence.pid is not None and decision.status is Status.RUNNING:
        can = (*(can if can is not UNSET else ()), "cancel")
    is_over = decision.status in (Status.ENDED, Status.COMPLETED, Status.CANCELLED) or (
        standing.settles and decision.status is Status.FAILED
    )
    last = patch.last_activity_at
    return msgspec.structs.replace(
        patch,
        status=decision.status,
        status_detail=decision.detail,
        error=standing.error,
        ended_at=last if is_over and last is not UNSET else None,
        can=can,
    )
