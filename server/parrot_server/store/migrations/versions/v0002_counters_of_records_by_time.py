"""Counters of records by stretches of time, of two records at once, and of stretches of time whoever owns them."""

from __future__ import annotations

from itertools import combinations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS = ("project", "initiative", "plan")
_MONEY = ("micros", "credits", "credit_turns", "priced", "estimated", "unpriced", "unknown")


def upgrade() -> None:
    for kind in _KINDS:
        for length in (7, 9, 10):
            scope = f"'at:' || substr(last_activity_at, 1, {length}) || ':{kind}:' || {kind}_id"
            _count(scope, f"{kind}_id IS NOT NULL")
    for one, other in combinations(_KINDS, 2):
        scope = f"'both:{one}:' || {one}_id || ':{other}:' || {other}_id"
        _count(scope, f"{one}_id IS NOT NULL AND {other}_id IS NOT NULL")
    for length in (0, 7, 9, 10):
        _count(f"'anyone:' || substr(last_activity_at, 1, {length})", "TRUE", owner="''")


def _count(scope: str, condition: str, *, owner: str = "owner") -> None:
    names = [f"{prefix}_{name}" for prefix in ("tree", "own") for name in _MONEY]
    # By the driver: elsewhere a colon would begin a parameter.
    op.get_bind().exec_driver_sql(
        f"INSERT INTO tally (workspace_id, scope, lane, owner, status, sessions, {', '.join(names)})"
        f" SELECT workspace_id, {scope}, lane, {owner}, status, count(*), {', '.join(f'sum({name})' for name in names)}"
        f" FROM session WHERE lane <> '' AND {condition} GROUP BY 1, 2, 3, 4, 5"
    )


def downgrade() -> None:
    raise NotImplementedError("a database is only ever brought forward")
