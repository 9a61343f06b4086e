"""What is known of one source's units, and which of them tells which session."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from parrot_server import pricing
from parrot_server.index.sources.base import Standing, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_server.store.local import FileState
    from parrot_wire.answers import SourceProblem
    from parrot_wire.times import Timestamp


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What stands in ``FileState.state``: the reader's own state, and what the engine must know without reading it."""

    version: int
    reader: bytes
    standings: tuple[tuple[str, Standing], ...] = ()
    """By native id, of the sessions that the unit tells."""
    searched: int = -1
    """The unit's size when its texts were last indexed for search; -1 before."""
    prices: int = 0
    """The price list of its turns (``pricing.list_id``)."""

    @property
    def is_priced_today(self) -> bool:
        """Whether its turns were priced by the list of today; else it is read anew, as far as it is still there."""
        return self.prices == pricing.list_id()


def kept_of(state: FileState, version: int) -> Kept | None:
    """None where another version wrote it: then the unit is read anew."""
    try:
        kept = msgspec.msgpack.decode(state.state, type=Kept)
    except msgspec.MsgspecError:
        return None
    return kept if kept.version == version else None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUnit:
    """A unit as it was last read."""

    unit: Unit
    standings: tuple[tuple[str, Standing], ...] = ()
    adds_to: tuple[str, ...] = ()
    """Native ids of sessions that other units tell, and that this one adds to."""
    problems: tuple[SourceProblem, ...] = ()
    missing_since: Timestamp | None = None
    searched: int = -1
    seen_ms: int = 0
    """When this server first saw it."""

    @property
    def is_searched(self) -> bool:
        return self.searched == self.unit.size


class Catalog:
    """All units of a source. One thread changes it; others may look up single things."""

    def __init__(self) -> None:
        self._units: dict[str, KnownUnit] = {}
        self._teller: dict[str, str] = {}
        self._others: dict[str, set[str]] = defaultdict(set)
        """By native id: units that also hold the session, but do not tell it."""
        self._inodes: dict[tuple[int, int], str] = {}
        self._problems: dict[str, tuple[SourceProblem, ...]] = {}
        self.bytes = 0
        self.present = 0

    def __contains__(self, path: str) -> bool:
        return path in self._units

    def __iter__(self) -> Iterator[KnownUnit]:
        return iter(tuple(self._units.values()))

    @property
    def session_count(self) -> int:
        return len(self._teller)

    def get(self, path: str) -> KnownUnit | None:
        return self._units.get(path)

    def put(self, known: KnownUnit) -> None:
        self.drop(known.unit.path)
        path = known.unit.path
        self._units[path] = known
        self._inodes[known.unit.device, known.unit.inode] = path
        if known.problems:
            self._problems[path] = known.problems
        for native_id in known.adds_to:
            self._others[native_id].add(path)
        for native_id, _ in known.standings:
            if self._outranks(known, native_id):
                before = self._teller.get(native_id)
                if before is not None:
                    self._others[native_id].add(before)
                self._teller[native_id] = path
            else:
                self._others[native_id].add(path)
        if known.missing_since is None:
            self.present += 1
            self.bytes += known.unit.size

    def drop(self, path: str) -> None:
        known = self._units.pop(path, None)
        if known is None:
            return
        self._problems.pop(path, None)
        inode = (known.unit.device, known.unit.inode)
        if self._inodes.get(inode) == path:
            del self._inodes[inode]
        for native_id in (*known.adds_to, *(native_id for native_id, _ in known.standings)):
            self._others[native_id].discard(path)
            if not self._others[native_id]:
                del self._others[native_id]
            if self._teller.get(native_id) == path:
                del self._teller[native_id]
        if known.missing_since is None:
            self.present -= 1
            self.bytes -= known.unit.size

    def mark_missing(self, path: str, missing_since: Timestamp | None) -> None:
        known = self._units.get(path)
        if known is not None:
            self.put(replace(known, missing_since=missing_since))

    def mark_searched(self, path: str, size: int) -> None:
        known = self._units.get(path)
        if known is not None:
            self._units[path] = replace(known, searched=size)

    def teller_of(self, native_id: str) -> str | None:
        """The path of the unit that tells a session, also of one that is gone."""
        return self._teller.get(native_id)

    def others_of(self, native_id: str) -> tuple[str, ...]:
        return tuple(self._others.get(native_id, ()))

    def with_inode(self, unit: Unit) -> KnownUnit | None:
        """The unit at another path that was the same file."""
        path = self._inodes.get((unit.device, unit.inode))
        return self._units.get(path) if path is not None and path != unit.path else None

    def problems(self) -> list[SourceProblem]:
        return [problem for problems in self._problems.values() for problem in problems]

    def _outranks(self, known: KnownUnit, native_id: str) -> bool:
        """Of two units with the same session the one that goes on longer, else is larger, tells it."""
        other = self._units.get(self._teller.get(native_id, ""))
        return other is None or _rank(known, native_id) > _rank(other, native_id)


def _rank(known: KnownUnit, native_id: str) -> tuple[bool, int, int, str]:
    standing = dict(known.standings).get(native_id)
    at_ms = standing.at_ms if standing is not None else 0
    return (known.missing_since is None, at_ms, known.unit.size, known.unit.path)
