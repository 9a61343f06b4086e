"""Rows of the list, by hand: what a server would send."""

from __future__ import annotations

from typing import Any

from parrot_wire.session import Cost, Member, Row, Step
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, Role, Status

NOW_MS = 1_795_000_000_000
"""2026-11-18T11:06:40Z: the clock of painted rows."""
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

MEMBERS = tuple(
    Member(id=member_id, name=name, role=Role.MEMBER)
    for member_id, name in (
        ("sarah", "Sarah Chen"),
        ("tom", "Tom Asare"),
        ("priya", "Priya Patel"),
        ("lena", "Lena Ortiz"),
        ("jonas", "Jonas Weber"),
        ("marcus", "Marcus Webb"),
    )
)


def row(session_id: str, *, seq: int = 1, at_ms: int = NOW_MS, lasted_ms: int = 5 * MINUTE_MS, **more: Any) -> Row:
    """A row; without more a chat of Sarah's that is open and has had no turn."""
    values: dict[str, Any] = {
        "kind": Kind.CHAT,
        "title": f"Session {session_id}",
        "owner": "sarah",
        "status": Status.OPEN,
        "source": "test",
        "native_id": session_id,
        "steps": (),
        "message_count": 8,
        "tool_call_count": 0,
        "cost": cost(),
        "actions": (),
    }
    values.update(more)
    return Row(
        id=session_id,
        short_id=session_id[:8],
        seq=seq,
        started_at=from_ms(at_ms - lasted_ms),
        last_activity_at=from_ms(at_ms),
        **values,
    )


def cost(micros: int = 0, **counts: Any) -> Cost:
    """A cost; without counts there was no turn."""
    whole: dict[str, Any] = {"priced": 0, "estimated": 0, "unpriced": 0, "unknown": 0, **counts}
    return Cost(micros=micros, **whole)


def steps(*statuses: Status) -> tuple[Step, ...]:
    """Plan, Implement, Verify, Open pull request, ..., in these statuses."""
    skills = ("plan", "implement", "verify", "create-pr", "review", "research")
    names = ("Plan", "Implement", "Verify", "Open pull request", "Review", "Research")
    return tuple(
        Step(id=f"s{n}", name=names[n % 6], skill=skills[n % 6], status=status) for n, status in enumerate(statuses)
    )
