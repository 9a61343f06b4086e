"""Rows as a busy workspace has them, made without a server: for the figures of the list alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from parrot_wire.session import Cost, Member, Row, Step, Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import Action, Kind, Mode, Role, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW_MS = 1_795_000_000_000

_TEXT = (
    "verify export csv format reporting page draft three plans full flaky login test migrate billing schema rename "
    "token refresh fix race in worker pool add retry to webhook delivery speed up index build"
)
_WORDS = _TEXT.split()
_NAMES = ("Sarah Chen", "Priya Patel", "Tom Asare", "Marcus Webb", "Ana Lima", "Jun Ito", "Eva Novak", "Omar Haddad")
_STATUSES = tuple(Status)
_SKILLS = ("plan", "implement", "verify", "create-pr", "review")
_MIXED = 2_654_435_761
"""Knuth's multiplier: neighbours differ in every part of the row."""

_DIFFERENT = 10_000

MEMBERS = tuple(Member(id=f"m{n}", name=name, role=Role.MEMBER) for n, name in enumerate(_NAMES))


def make_row(number: int, *, seq: int | None = None, at_ms: int | None = None) -> Row:
    """The row of a number: always the same one, and no two alike. Number 0 moved last."""
    mixed = (number * _MIXED) & 0xFFFFFFFF
    is_flow = mixed % 3 == 0
    status = _STATUSES[(mixed >> 7) % len(_STATUSES)]
    last_ms = NOW_MS - number * 3_000 if at_ms is None else at_ms
    title = " ".join(_WORDS[(mixed >> shift) % len(_WORDS)] for shift in (1, 5, 9, 13, 17, 21))
    return Row(
        id=f"s{number:07d}",
        short_id=f"{mixed:08x}",
        seq=number + 1 if seq is None else seq,
        kind=Kind.FLOW if is_flow else Kind.CHAT,
        mode=Mode.ASK if mixed % 11 == 0 and not is_flow else None,
        title=f"{title[: 20 + mixed % 40].capitalize()} #{number}",
        owner=f"m{mixed % len(_NAMES)}",
        status=status,
        status_detail="Implement: 4 tests failed" if status is Status.FAILED else None,
        source="benchmark",
        native_id=f"{number:08x}",
        steps=tuple(_steps(mixed)) if is_flow else (),
        message_count=mixed % 120,
        tool_call_count=mixed % 60,
        cost=Cost(micros=mixed % 9_000_000, priced=0, estimated=mixed % 5, unpriced=mixed % 2, unknown=mixed % 3 // 2),
        started_at=from_ms(last_ms - mixed % 4_000_000),
        last_activity_at=from_ms(last_ms),
        actions=(Action.CANCEL,) if is_flow and status.is_active else (Action.END,) if mixed % 2 else (),
        waiting=Waiting(since=from_ms(last_ms), reason="approve before Verify") if status is Status.PAUSED else None,
    )


def make_rows(count: int) -> list[Row]:
    """The rows of the first numbers, newest first. Beyond some thousands only what is one row's own is made anew."""
    first = [make_row(number) for number in range(min(count, _DIFFERENT))]
    rest = [
        replace(
            first[number % _DIFFERENT],
            id=f"s{number:07d}",
            seq=number + 1,
            last_activity_at=from_ms(NOW_MS - number * 3_000),
        )
        for number in range(_DIFFERENT, count)
    ]
    return [*first, *rest]


def _steps(mixed: int) -> Iterator[Step]:
    for n in range(3 + mixed % 3):
        status = (Status.COMPLETED, Status.RUNNING, Status.PENDING, Status.FAILED)[(mixed >> (2 * n)) & 3]
        yield Step(id=f"s{n}", name=_SKILLS[n].capitalize(), skill=_SKILLS[n], status=status)
