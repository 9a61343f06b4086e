"""Which lines of a rollout are answered requests, and what each used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from parrot_server.index.sources.codex.lines import Counts
from parrot_wire.session import Tokens

if TYPE_CHECKING:
    from parrot_server.index.sources.codex.lines import Body

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Used(NamedTuple):
    """One request: an id that every copy of this history has and no other, and its tokens."""

    id: str
    tokens: Tokens


class TurnCount(msgspec.Struct):
    """Follows a rollout's counts. ``lineage`` is the thread that this one was copied from, or the thread itself."""

    lineage: str = ""
    turn_id: str | None = None
    counted: int = 0
    counted_in_turn: int = 0
    total: Counts | None = None
    has_records: bool = False

    def enter(self, turn_id: str | None) -> None:
        """A turn of the conversation begins, or is named again."""
        if turn_id and turn_id != self.turn_id:
            self.turn_id, self.counted_in_turn = turn_id, 0

    def record(self, body: Body) -> Used | None:
        """``token_usage_record``: one answered request. From then on running counts only repeat what records say."""
        if body.usage is None:
            return None
        self.has_records = True
        return self._used(body.response_id or self._key(f"{self.counted}:{body.usage.total_tokens}"), body.usage)

    def running(self, body: Body) -> Used | None:
        """``token_count``: written again and again; where it did not move the total there was no request."""
        info = body.info
        if info is None:
            return None
        before, total, last = self.total, info.total, info.last
        if total is not None:
            if total == before:
                return None
            self.total = total
        if self.has_records:
            return None
        usage = last if last is not None and _sum(last) else _difference(total, before)
        if usage is None or not _sum(usage):
            return None
        return self._used(self._key(f"{self.counted_in_turn}:{_sum(total) if total is not None else 0}"), usage)

    def _used(self, request_id: str, usage: Counts) -> Used:
        self.counted += 1
        self.counted_in_turn += 1
        return Used(request_id, _tokens(usage))

    def _key(self, place: str) -> str:
        """Copies keep the ids of turns and the running totals. An id that is no UUID is only unique in its thread."""
        turn_id = self.turn_id or ""
        return f"{turn_id}:{place}" if _UUID.fullmatch(turn_id) else f"{self.lineage}:{turn_id}:{place}"


def _sum(counts: Counts) -> int:
    return (counts.input_tokens or 0) + (counts.output_tokens or 0)


def _difference(total: Counts | None, before: Counts | None) -> Counts | None:
    """What a running total grew by; all of it where it began anew."""
    if total is None:
        return None
    if before is None or _sum(total) < _sum(before):
        return total
    return Counts(
        input_tokens=(total.input_tokens or 0) - (before.input_tokens or 0),
        cached_input_tokens=(total.cached_input_tokens or 0) - (before.cached_input_tokens or 0),
        cache_write_input_tokens=(total.cache_write_input_tokens or 0) - (before.cache_write_input_tokens or 0),
        output_tokens=(total.output_tokens or 0) - (before.output_tokens or 0),
    )


def _tokens(usage: Counts) -> Tokens:
    """Codex counts cached tokens as part of the input; here they stand beside it."""
    whole = max(0, usage.input_tokens or 0)
    read = min(whole, max(0, usage.cached_input_tokens or 0))
    write = min(whole - read, max(0, usage.cache_write_input_tokens or 0))
    output = max(0, usage.output_tokens or 0)
    return Tokens(input=whole - read - write, output=output, cache_read=read, cache_write=write, total=whole + output)
