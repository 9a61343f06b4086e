"""What a corpus holds, counted while it is written: turns, tokens and micro-dollars, by session and in sum.

Ownership (docs: a response that stands in several sessions is counted once): it belongs to the session that has no
record of its own, else to the one whose first own record is oldest, else to the smaller native id. Its figures are
those of the copy with the largest output; of equals, the last one of the owner's file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.corpus.prices import Charge, Prices, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answered request as one file shows it. `charge` is a price that the record itself states, in micros."""

    id: str
    model: str | None
    usage: Usage
    request_id: str | None = None
    charge: int | None = None


@dataclass(slots=True)
class Figures:
    """Sums over turns."""

    turns: int = 0
    micros: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    priced: int = 0
    estimated: int = 0
    unpriced: int = 0
    unknown: int = 0

    def count(self, usage: Usage, charge: Charge) -> None:
        self.turns += 1
        self.micros += charge.micros
        self.input += usage.input
        self.output += usage.output
        self.cache_read += usage.cache_read
        self.cache_write += usage.cache_write_5m + usage.cache_write_1h
        setattr(self, charge.basis, getattr(self, charge.basis) + 1)

    def add(self, other: Figures) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True, kw_only=True)
class SessionTruth:
    """One session. `parent` is the native id of the session that its cost is added to."""

    source: str
    native_id: str
    parent: str | None = None
    own: Figures = field(default_factory=Figures)


@dataclass(slots=True, kw_only=True)
class Copy:
    """What one session of a family of forks holds. Records are (uuid, milliseconds)."""

    native_id: str
    records: list[tuple[str, int]]
    responses: list[Response]


class Ledger:
    """Adds up responses while a corpus is written."""

    def __init__(self) -> None:
        self._prices = Prices()
        self._sessions: dict[tuple[str, str], SessionTruth] = {}

    def session(self, source: str, native_id: str, parent: str | None = None) -> SessionTruth:
        """The session, made when it is first named."""
        return self._sessions.setdefault(
            (source, native_id), SessionTruth(source=source, native_id=native_id, parent=parent)
        )

    def count(self, session: SessionTruth, responses: Iterable[Response]) -> None:
        """Count responses that stand in this session alone."""
        for response in responses:
            charge = (
                Charge(response.charge, "priced")
                if response.charge is not None
                else self._prices.charge(response.model, response.usage)
            )
            session.own.count(response.usage, charge)

    def count_family(self, source: str, copies: Iterable[Copy]) -> None:
        """Count the responses of forks of one another, each for its owner alone."""
        family = list(copies)
        seen_in: dict[str, int] = {}
        for copy in family:
            for uuid, _ in copy.records:
                seen_in[uuid] = seen_in.get(uuid, 0) + 1

        def rank(copy: Copy) -> tuple[float, str]:
            own = [ms for uuid, ms in copy.records if seen_in[uuid] == 1]
            return (min(own) if own else float("-inf"), copy.native_id)

        everywhere: dict[str, list[Response]] = {}
        for copy in family:
            for response in copy.responses:
                everywhere.setdefault(response.id, []).append(response)
        counted: dict[str, list[Response]] = {}
        for copy in sorted(family, key=rank):
            session = self.session(source, copy.native_id)
            for response in copy.responses:
                earlier = counted.setdefault(response.id, [])
                if any(_same_request(response, other) for other in earlier):
                    continue
                earlier.append(response)
                same = [response, *(other for other in everywhere[response.id] if _same_request(response, other))]
                self.count(session, [max(same, key=lambda other: other.usage.output)])

    def sessions(self) -> list[SessionTruth]:
        return list(self._sessions.values())

    def as_dict(self) -> dict[str, Any]:
        """The truth file: `total`, and by source and top session `own` and `tree` (with what it started)."""
        total = Figures()
        trees: dict[tuple[str, str], Figures] = {}
        for session in self._sessions.values():
            total.add(session.own)
            trees.setdefault((session.source, session.parent or session.native_id), Figures()).add(session.own)
        by_source: dict[str, dict[str, Any]] = {}
        for (source, native_id), session in self._sessions.items():
            of_source = by_source.setdefault(source, {})
            entry: dict[str, Any] = {"own": session.own.as_dict()}
            if session.parent is not None:
                entry["parent"] = session.parent
            else:
                entry["tree"] = trees[source, native_id].as_dict()
            of_source[native_id] = entry
        # A subagent whose parent's file is not there hangs under a placeholder, which holds its spend.
        for (source, native_id), tree in trees.items():
            if native_id not in by_source.setdefault(source, {}):
                by_source[source][native_id] = {
                    "own": Figures().as_dict(),
                    "tree": tree.as_dict(),
                    "placeholder": True,
                }
        return {"total": total.as_dict(), "sessions": by_source}


def _same_request(one: Response, other: Response) -> bool:
    return one.request_id is None or other.request_id is None or one.request_id == other.request_id
