"""Who may see and do what. Pure, and the one place where cost is withheld and actions are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from parrot_wire.values import Action, Kind, Role, Scope, Status

if TYPE_CHECKING:
    from parrot_server.stored import StoredDetail, StoredRow
    from parrot_wire.session import Detail, Row, Turn


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a member, by one of their tokens. The scopes are the token's, which may be fewer than the role's."""

    member: str
    role: Role
    scopes: frozenset[Scope]
    token_id: str

    def has(self, scope: Scope) -> bool:
        return scope in self.scopes

    @property
    def actions_depend_on_member(self) -> bool:
        """Whether two members with these scopes can be offered different actions on one row."""
        own_only = Scope.FLOWS_CANCEL_OWN in self.scopes and Scope.FLOWS_CANCEL_ANY not in self.scopes
        return own_only or Scope.CHECKPOINTS_DECIDE not in self.scopes


def sees_cost(principal: Principal, *, spend_tracking: bool) -> bool:
    return spend_tracking and principal.has(Scope.AI_SPEND_READ)


def read_scope(kind: Kind) -> Scope:
    """What opening a session of this kind needs: its detail, transcript, turns and stream."""
    return Scope.FLOWS_READ if kind is Kind.FLOW else Scope.SESSIONS_READ


def may_cancel(row: Row, principal: Principal) -> bool:
    """The right alone; whether there is anything to cancel is `is_cancellable`."""
    if row.kind is not Kind.FLOW:
        return principal.has(Scope.CONVERSATIONS_MANAGE)
    own = principal.has(Scope.FLOWS_CANCEL_OWN) and row.owner == principal.member
    return own or principal.has(Scope.FLOWS_CANCEL_ANY)


def is_stoppable(row: Row) -> bool:
    """An active flow, a running chat or task."""
    return row.status.is_active if row.kind is Kind.FLOW else row.status.is_live


def is_cancellable(row: Row, can: frozenset[str]) -> bool:
    """What can be stopped and whose source can do it: it says so of a chat only where it is sure of the process."""
    return is_stoppable(row) and "cancel" in can


def is_open_conversation(row: Row) -> bool:
    return row.kind is Kind.CHAT and row.status is not Status.ENDED


def may_decide(assignee: str | None, principal: Principal) -> bool:
    return principal.has(Scope.CHECKPOINTS_DECIDE) or assignee == principal.member


def actions(row: Row, can: frozenset[str], principal: Principal) -> tuple[Action, ...]:
    """What the caller may do to the session now, in a fixed order. can: what its source can be asked."""
    found: list[Action] = []
    if is_cancellable(row, can) and may_cancel(row, principal):
        found.append(Action.CANCEL)
    if is_open_conversation(row) and principal.has(Scope.CONVERSATIONS_MANAGE):
        found.append(Action.END)
        if "resume" in can:
            found.append(Action.RESUME)
        if "open_editor" in can:
            found.append(Action.OPEN_EDITOR)
    waiting = row.waiting
    if waiting is not None and waiting.checkpoint is not None and may_decide(waiting.assignee, principal):
        found.append(Action.DECIDE)
    return tuple(found)


def project(stored: StoredRow, principal: Principal, *, spend_tracking: bool) -> Row:
    """The row as this caller may see it."""
    row = stored.row
    cost = row.cost if sees_cost(principal, spend_tracking=spend_tracking) else None
    return replace(row, cost=cost, actions=actions(row, stored.can, principal))


def project_detail(stored: StoredDetail, principal: Principal, *, spend_tracking: bool) -> Detail:
    """The detail as this caller may see it, its children projected too."""
    detail = stored.detail
    visible = sees_cost(principal, spend_tracking=spend_tracking)
    return replace(
        detail,
        cost=detail.cost if visible else None,
        own_cost=detail.own_cost if visible else None,
        actions=actions(detail, stored.can, principal),
        children=tuple(project(child, principal, spend_tracking=spend_tracking) for child in stored.children),
    )


def project_turn(turn: Turn, principal: Principal, *, spend_tracking: bool) -> Turn:
    """The turn without its money where the caller may not see it."""
    return turn if sees_cost(principal, spend_tracking=spend_tracking) else withhold_turn(turn)


def withhold_turn(turn: Turn) -> Turn:
    """The turn without its money."""
    return replace(turn, cost=None, credits=None, reason=None)
