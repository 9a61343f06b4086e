"""What turns cost, from the packaged price list. Exact: integers all the way, rounded half up once a turn."""

from __future__ import annotations

from dataclasses import dataclass

from parrot_wire.session import Tokens
from parrot_wire.values import Basis


@dataclass(frozen=True, slots=True)
class Priced:
    """A turn's cost in micro-dollars and how it is known; ``reason`` says in words why it is unknown."""

    micros: int
    basis: Basis
    reason: str | None = None


def price_turn(
    model: str | None,
    tokens: Tokens,
    cache_write_1h: int = 0,
    *,
    charge_micros: int | None = None,
    basis: Basis | None = None,
) -> Priced:
    """The cost of one request.

    tokens: normalised (input excludes cached). cache_write_1h: the part of tokens.cache_write kept for an hour.
    charge_micros: a charge that the runtime reported. basis: the source's own word, where it has one.
    """
    raise NotImplementedError


def prices_date() -> str:
    """When the price list was extracted, as YYYY-MM-DD."""
    raise NotImplementedError
