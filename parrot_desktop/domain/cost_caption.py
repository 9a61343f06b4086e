"""What a session cost, in one caption that never hides what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Cost

MICROS_PER_CENT = 10_000


def amount(micros: int, words: Words) -> str:
    """Micro-dollars as money, rounded half up to the cent; "<$0.01" for what is less than one but not nothing."""
    if 0 < micros < MICROS_PER_CENT:
        return words.tr("<{money}", money=words.money(1))
    return words.money((micros + MICROS_PER_CENT // 2) // MICROS_PER_CENT)


def cost_caption(cost: Cost | None, words: Words) -> str | None:
    """The caption of a cost; None where it is withheld, which is not the same as "—", before the first turn.

    `$0.84`, `$0.84 + unpriced`, `$0.84 + unknown`, `$0.84 + unpriced + unknown`, `Unpriced`, `Unknown`,
    `Unpriced + unknown`, each followed by ` · 84 credits` where the source reports credits.
    """
    if cost is None:
        return None
    caption = _money_part(cost, words)
    if cost.credits:
        counted = words.number(cost.credits)
        whole = round(cost.credits) if cost.credits == round(cost.credits) else 2
        return words.plural(
            whole, "{caption} · {credits} credit", "{caption} · {credits} credits", caption=caption, credits=counted
        )
    return caption


def _money_part(cost: Cost, words: Words) -> str:
    if cost.priced or cost.estimated or cost.micros:
        money = amount(cost.micros, words)
        match bool(cost.unpriced), bool(cost.unknown):
            case False, False:
                return money
            case True, False:
                return words.tr("{money} + unpriced", money=money)
            case False, True:
                return words.tr("{money} + unknown", money=money)
            case _:
                return words.tr("{money} + unpriced + unknown", money=money)
    match bool(cost.unpriced), bool(cost.unknown):
        case False, False:
            return "—"
        case True, False:
            return words.tr("Unpriced")
        case False, True:
            return words.tr("Unknown")
        case _:
            return words.tr("Unpriced + unknown")
