"""A session's turns as its cost card shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.captions import token_lines, turn_money
from parrot_wire.values import Basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Turn


@dataclass(frozen=True, slots=True)
class TurnView:
    """One line. ``tooltip`` has the tokens by class, and why a cost is not known."""

    n: int
    model: str
    basis: Basis
    basis_word: str
    cost: str
    micros: int
    tooltip: str
    spoken: str


def turn_view(turn: Turn, words: Words) -> TurnView:
    """The line of a turn."""
    word = basis_word(turn.basis, words)
    # A price that nobody knows is no price of nothing.
    cost = "—" if turn.basis is Basis.UNKNOWN else turn_money(turn.cost or 0)
    lines = [f"{label}: {words.number(count)}" for label, count in token_lines(turn.tokens, words) if count]
    if turn.credits:
        lines.append(words.tr("Credits: {n}", n=words.number(turn.credits)))
    if turn.reason:
        lines.append(turn.reason)
    model = turn.model or words.tr("model not known")
    spoken = words.listed([words.tr("Turn {n}", n=turn.n), model, word, cost])
    return TurnView(turn.n, model, turn.basis, word, cost, turn.cost or 0, "\n".join(lines), spoken)


def basis_word(basis: Basis, words: Words) -> str:
    """How the cost of a turn is known."""
    match basis:
        case Basis.PRICED:
            return words.tr("priced")
        case Basis.ESTIMATED:
            return words.tr("estimated")
        case Basis.UNPRICED:
            return words.tr("unpriced")
        case Basis.UNKNOWN:
            return words.tr("unknown")


@dataclass(frozen=True, slots=True)
class Bar:
    """Some turns, from ``first`` to ``last``, and what they cost together."""

    first: int
    last: int
    micros: int
    has_unknown: bool


def bars(turns: Sequence[Turn], most: int) -> tuple[Bar, ...]:
    """The turns in at most ``most`` bars of as many turns each, oldest first."""
    if not turns or most < 1:
        return ()
    each = -(-len(turns) // most)
    found: list[Bar] = []
    for start in range(0, len(turns), each):
        group = turns[start : start + each]
        found.append(
            Bar(
                group[0].n,
                group[-1].n,
                sum(turn.cost or 0 for turn in group),
                any(turn.basis is Basis.UNKNOWN for turn in group),
            )
        )
    return tuple(found)
