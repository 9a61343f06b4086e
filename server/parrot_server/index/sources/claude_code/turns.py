"""Claude Code's answered requests, put together from the lines they are scattered over.

One answer is written as several lines with one ``message.id``; each repeats the usage as it was known then. What counts
is the snapshot with the largest output, of equals the last. Two answers share an id only where both carry a request id
and these differ.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index.id_map import MOST, IdMap
from parrot_wire.records import TurnRecord
from parrot_wire.session import Tokens
from parrot_wire.values import Basis, Status

if TYPE_CHECKING:
    from parrot_server.index.sources.claude_code.lines import Line, Message

SYNTHETIC = "<synthetic>"
"""The model of what the tool answers by itself."""

_REMEMBERED = 48
_MICROS = Decimal(1_000_000)


class Turn(msgspec.Struct, array_like=True):
    """One answer: the snapshot that counts, and from when to when its lines were written."""

    id: str
    request_id: str | None
    started_at: str
    ended_at: str
    model: str | None = None
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    cost: int | None = None
    failed: bool = False

    def count(self, message: Message, output: int) -> None:
        """Take a snapshot's figures."""
        usage = message.usage
        self.model = message.model
        self.output = output
        if usage is None:
            return
        self.input = max(0, usage.input_tokens or 0)
        self.cache_read = max(0, usage.cache_read_input_tokens or 0)
        creation = usage.cache_creation
        hour = max(0, creation.ephemeral_1h_input_tokens or 0) if creation is not None else 0
        minutes = max(0, creation.ephemeral_5m_input_tokens or 0) if creation is not None else 0
        self.cache_write = max(usage.cache_creation_input_tokens or 0, hour + minutes)
        self.cache_write_1h = hour

    def record(self) -> TurnRecord:
        return TurnRecord(
            id=self.id,
            status=Status.FAILED if self.failed else Status.COMPLETED,
            model=self.model,
            tokens=Tokens(
                input=self.input,
                output=self.output,
                cache_read=self.cache_read,
                cache_write=self.cache_write,
                total=self.input + self.output + self.cache_read + self.cache_write,
            ),
            cache_write_1h=self.cache_write_1h,
            cost=self.cost,
            basis=Basis.UNPRICED if self.model == SYNTHETIC and self.cost is None else None,
            request_id=self.request_id,
            started_at=self.started_at or None,
            ended_at=self.ended_at or None,
        )


class Kept(msgspec.Struct):
    """All that is known of a file's turns: the last ones, and of those before a hash and the output."""

    last: list[Turn] = []
    older: bytes = b""
    count: int = 0


class Turns:
    """The turns of one file."""

    def __init__(self, kept: Kept) -> None:
        self._by_id: dict[str, list[Turn]] = {}
        for turn in kept.last:
            self._by_id.setdefault(turn.id, []).append(turn)
        self._older_outputs = IdMap(kept.older)
        self._count = kept.count
        self._changed: dict[int, Turn] = {}

    def kept(self) -> Kept:
        last = [turn for turns in self._by_id.values() for turn in turns]
        return Kept(last=last, older=self._older_outputs.dump(), count=self._count)

    def take(self, line: Line, message: Message, session: str, at: str) -> tuple[Turn, bool]:
        """The turn that a line belongs to, with its figures, and whether it is new."""
        key = message.id or line.uuid or f"{session}#{self._count}"
        known = self._by_id.get(key)
        if known is None:
            self._forget()
            known = self._by_id[key] = []
        turn = next((each for each in known if _is_same(each.request_id, line.request_id)), None)
        is_new = turn is None
        if turn is None:
            turn = Turn(id=key, request_id=line.request_id, started_at=at, ended_at=at)
            known.append(turn)
            forgotten = self._older_outputs.get(key)
            if forgotten is None:
                self._count += 1
            else:
                is_new, turn.output = False, forgotten
        elif turn.request_id is None:
            turn.request_id = line.request_id
        turn.ended_at = max(turn.ended_at, at)
        usage = message.usage
        output = max(0, usage.output_tokens or 0) if usage is not None else 0
        if line.cost_usd is not None and line.cost_usd >= 0:
            turn.cost = int((Decimal(str(line.cost_usd)) * _MICROS).to_integral_value(ROUND_HALF_UP))
        if is_new or (usage is not None and output >= turn.output):
            turn.count(message, output)
        elif turn.model is None:
            # A copy of one that was long since told, and fuller.
            return turn, is_new
        self._changed[id(turn)] = turn
        return turn, is_new

    def touch_all(self) -> None:
        """Count every turn that is remembered as changed."""
        self._changed = {id(turn): turn for turns in self._by_id.values() for turn in turns}

    def changed(self) -> tuple[TurnRecord, ...]:
        """The turns that are new or changed since the last call."""
        changed, self._changed = self._changed, {}
        return tuple(turn.record() for turn in changed.values())

    def _forget(self) -> None:
        """Keep the last turns alone, so that a long session's state stays small."""
        while len(self._by_id) >= _REMEMBERED:
            key = next(iter(self._by_id))
            self._older_outputs[key] = min(max(turn.output for turn in self._by_id.pop(key)), MOST)


def _is_same(known: str | None, request_id: str | None) -> bool:
    """Two answers of one id are told apart only where both carry a request id."""
    return not (known and request_id) or known == request_id
