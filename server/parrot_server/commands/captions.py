"""Rows in words, for a terminal: cost, age, elapsed, steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_wire.times import to_ms
from parrot_wire.values import Kind, Status, StatusGroup

if TYPE_CHECKING:
    from parrot_wire.session import Cost, Row, Step

COLOURS = {
    StatusGroup.LIVE: "green",
    StatusGroup.SETTLED: "bright_black",
    StatusGroup.NEEDS_LOOK: "red",
    StatusGroup.WAITING: "yellow",
    StatusGroup.QUEUED: "dark_orange",
}
_GLYPHS = {
    StatusGroup.LIVE: "◉",
    StatusGroup.SETTLED: "●",
    StatusGroup.NEEDS_LOOK: "✗",
    StatusGroup.WAITING: "‖",
    StatusGroup.QUEUED: "○",
}
_CENT = 10_000


def money(micros: int) -> str:
    """Micro-dollars to the cent, rounded half up; ``<$0.01`` for what is less, but not nothing."""
    if 0 < micros < _CENT:
        return "<$0.01"
    return f"${(micros + _CENT // 2) // _CENT / 100:,.2f}"


def cost_caption(cost: Cost | None) -> str:
    """``$0.84 + unpriced · 84 credits``; nothing where it is withheld, a dash before the first turn."""
    if cost is None:
        return ""
    parts: list[str] = []
    if cost.priced or cost.estimated or cost.micros:
        parts.append(money(cost.micros))
    if cost.unpriced:
        parts.append("unpriced")
    if cost.unknown:
        parts.append("unknown")
    caption = " + ".join(parts) or "—"
    caption = caption[0].upper() + caption[1:]
    if cost.credits:
        caption += f" · {cost.credits:g} credit{'' if cost.credits == 1 else 's'}"
    return caption


def ago(at: str, now_ms: int) -> str:
    """``now``, ``4s ago``, ``3m ago``, ``2h ago``, ``5d ago``."""
    seconds = max(now_ms - to_ms(at), 0) // 1000
    if seconds < 2:
        return "now"
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds}s ago"


def elapsed(row: Row, now_ms: int) -> str:
    """How long it has been going: ``42s``, ``11m 42s``, ``2h 03m``, ``3d 04h``."""
    if row.status.group is StatusGroup.QUEUED:
        return "—"
    end = to_ms(row.ended_at) if row.ended_at else now_ms if row.status.is_live else to_ms(row.last_activity_at)
    return duration(end - to_ms(row.started_at))


def duration(ms: int) -> str:
    """``42s``, ``11m 42s``, ``2h 03m``, ``3d 04h``; a negative time is none at all."""
    seconds = max(ms, 0) // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02d}h"
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {seconds:02d}s" if minutes else f"{seconds}s"


def step_strip(steps: tuple[Step, ...]) -> str:
    """One mark a step, coloured by its status, as rich's markup."""
    marks = [f"[{COLOURS[step.status.group]}]{_GLYPHS[step.status.group]}[/]" for step in steps]
    return "─".join(marks) if len(marks) <= 8 else f"{'─'.join(marks[:7])}─…"


def progress(row: Row) -> str:
    """A Flow's strip of steps, a chat's number of messages; as rich's markup."""
    if row.kind is Kind.FLOW and row.steps:
        return step_strip(row.steps)
    return f"{row.message_count} message{'' if row.message_count == 1 else 's'}"


def why(row: Row) -> str:
    """Why a row needs a person, in a few words; nothing where it does not."""
    if row.waiting is not None:
        return row.waiting.reason
    needs = row.status.group in (StatusGroup.NEEDS_LOOK, StatusGroup.WAITING) or row.status is Status.CANCELLED
    unreachable = row.status_detail is not None and row.status.is_active
    return row.status_detail or "" if needs or unreachable else ""
