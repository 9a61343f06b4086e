"""A turn as it is kept, what it costs, and the turns of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from parrot_server import pricing
from parrot_server.store import engines, schema
from parrot_server.store.facts import CREDIT, Money, TokenSums
from parrot_wire.session import Tokens, Turn
from parrot_wire.times import Timestamp
from parrot_wire.values import Basis, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.records import TurnRecord


class TurnFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One copy of a response, priced. Stored by position: append only. Credits are millionths."""

    status: Status
    basis: Basis
    micros: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    started_at: Timestamp
    at: Timestamp = ""
    """Of the record; empty for a local source, which is the only writer of its sessions."""
    ended_at: Timestamp | None = None
    model: str | None = None
    credits: int | None = None
    reason: str | None = None

    def add_to(self, money: Money, tokens: TokenSums, times: int) -> None:
        """Add this turn (or with -1 take it away)."""
        money.micros += times * self.micros
        if self.credits is not None:
            money.credits += times * self.credits
            money.credit_turns += times
        match self.basis:
            case Basis.ESTIMATED:
                money.estimated += times
            case Basis.PRICED:
                money.priced += times
            case Basis.UNPRICED:
                money.unpriced += times
            case Basis.UNKNOWN:
                money.unknown += times
        tokens.input += times * self.input
        tokens.output += times * self.output
        tokens.cache_read += times * self.cache_read
        tokens.cache_write += times * self.cache_write

    def to_turn(self, n: int) -> Turn:
        return Turn(
            n=n,
            status=self.status,
            basis=self.basis,
            cost=self.micros,
            tokens=Tokens(
                input=self.input,
                output=self.output,
                cache_read=self.cache_read,
                cache_write=self.cache_write,
                total=self.input + self.output + self.cache_read + self.cache_write,
            ),
            started_at=self.started_at,
            model=self.model,
            credits=None if self.credits is None else self.credits / CREDIT,
            ended_at=self.ended_at,
            reason=self.reason,
        )


encode_turn = msgspec.msgpack.Encoder().encode
decode_turn = msgspec.msgpack.Decoder(TurnFacts).decode


def price(record: TurnRecord, at: Timestamp, fallback: Timestamp) -> TurnFacts:
    """A turn as it is kept. ``fallback``: when it began, where the record does not say."""
    tokens = record.tokens
    priced = pricing.price_turn(
        record.model, tokens, record.cache_write_1h, charge_micros=record.cost, basis=record.basis
    )
    return TurnFacts(
        record.status,
        priced.basis,
        priced.micros,
        tokens.input,
        tokens.output,
        tokens.cache_read,
        tokens.cache_write,
        record.started_at or record.ended_at or fallback,
        at,
        record.ended_at,
        record.model,
        None if record.credits is None else round(record.credits * CREDIT),
        priced.reason,
    )


class NumberedTurn(msgspec.Struct, frozen=True):
    """A turn and its number in the session."""

    n: int
    facts: TurnFacts


def all_of(conn: Connection, session_id: str) -> list[NumberedTurn]:
    """The turns that a session owns, oldest first, numbered from 1."""
    owned = _owned_since(conn, session_id, "")
    return [NumberedTurn(n, facts) for n, facts in enumerate(owned, 1)]


def last_of(conn: Connection, session_id: str, since: Timestamp, *, total: int) -> list[NumberedTurn]:
    """Of those the ones that began at ``since`` or later. total: how many the session owns, so that not all of them
    need be counted whenever one is told.
    """
    owned = _owned_since(conn, session_id, since)
    return [NumberedTurn(n, facts) for n, facts in enumerate(owned, total - len(owned) + 1)]


def _owned_since(conn: Connection, session_id: str, since: Timestamp) -> list[TurnFacts]:
    rows = conn.execute(_OWNED, {"session": session_id, "since": since})
    return [decode_turn(body if figures is None else figures) for body, figures in rows]


_turn = schema.turn
_owned = sa.and_(
    _turn.c.workspace_id == engines.WORKSPACE, _turn.c.session_id == sa.bindparam("session"), _turn.c.owned == 1
)
_OWNED = (
    sa.select(_turn.c.body, _turn.c.figures)
    .where(_owned, _turn.c.started_at >= sa.bindparam("since"))
    .order_by(_turn.c.started_at, _turn.c.response_id, _turn.c.request_id)
)
