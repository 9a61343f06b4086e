"""What the selected sessions come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.cost_caption import cost_caption
from parrot_wire.cost import add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Cost, Row


@dataclass(frozen=True, slots=True)
class SelectionSummary:
    """How many sessions, and their cost; ``cost`` and ``caption`` are None where it is withheld, or nothing selected.

    ``caption`` is the cost as the rows write it.
    """

    count: int = 0
    cost: Cost | None = None
    caption: str | None = None


def summarise(rows: Sequence[Row], words: Words) -> SelectionSummary:
    """The sum over the rows. One row whose cost is withheld withholds the sum: half of it would look like all."""
    costs = [row.cost for row in rows]
    if not costs or None in costs:
        return SelectionSummary(count=len(rows))
    cost = add(costs)
    return SelectionSummary(len(rows), cost, cost_caption(cost, words))
