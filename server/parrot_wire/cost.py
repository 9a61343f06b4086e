"""Adding costs, which stays exact: micro-dollars are integers and a turn is rounded once, before it comes here."""

from __future__ import annotations

from collections.abc import Iterable

from parrot_wire.session import Cost

ZERO = Cost(micros=0, priced=0, estimated=0, unpriced=0, unknown=0)


def add(costs: Iterable[Cost | None]) -> Cost:
    """The sum; a cost that is None (withheld) adds nothing. Credits stay None until one of the costs has them."""
    micros = priced = estimated = unpriced = unknown = 0
    credits_sum: float | None = None
    for cost in costs:
        if cost is None:
            continue
        micros += cost.micros
        priced += cost.priced
        estimated += cost.estimated
        unpriced += cost.unpriced
        unknown += cost.unknown
        if cost.credits is not None:
            credits_sum = (credits_sum or 0.0) + cost.credits
    return Cost(
        micros=micros,
        priced=priced,
        estimated=estimated,
        unpriced=unpriced,
        unknown=unknown,
        credits=credits_sum,
    )
