"""Who may see and do what: cost is withheld and actions are offered in one place, for every role."""

from __future__ import annotations

from typing import Any

import pytest

from parrot_server.scopes import Principal, project, project_detail, project_turn
from parrot_server.stored import StoredDetail
from parrot_wire.session import Detail, Tokens, Turn, Waiting
from parrot_wire.values import SCOPES_OF, Action, Basis, Kind, Role, Scope, Status
from tests.helpers.records import at
from tests.helpers.rows import COST, row, stored

DECISION = Waiting(since=at(1), reason="Before Verify", checkpoint="c1", assignee="bob")


def principal(role: Role, member: str = "bob") -> Principal:
    return Principal(member=member, role=role, scopes=SCOPES_OF[role], token_id="t")


@pytest.mark.parametrize(
    ("role", "spend_tracking", "sees"),
    [
        (Role.OWNER, True, True),
        (Role.ADMIN, True, True),
        (Role.BILLING, True, True),
        (Role.LEAD, True, False),
        (Role.MEMBER, True, False),
        (Role.VIEWER, True, False),
        (Role.OWNER, False, False),
    ],
)
def test_cost_is_for_those_who_may_see_spend(role: Role, spend_tracking: bool, sees: bool) -> None:
    caller = principal(role)
    shown = project(stored("s"), caller, spend_tracking=spend_tracking)
    turn = Turn(
        n=1, status=Status.COMPLETED, basis=Basis.PRICED, cost=5, credits=2.0, tokens=Tokens(), started_at=at(0)
    )
    shown_turn = project_turn(turn, caller, spend_tracking=spend_tracking)
    assert shown.cost == (COST if sees else None)
    assert (shown_turn.cost, shown_turn.credits) == ((5, 2.0) if sees else (None, None))


def test_a_detail_withholds_its_own_and_its_children_s_cost() -> None:
    fields: dict[str, Any] = {name: getattr(row("s"), name) for name in row("s").__struct_fields__}
    detail = Detail(**fields, models=(), tokens=Tokens(), own_cost=COST, turn_count=1, event_count=1, children=())
    whole = StoredDetail(detail=detail, can=frozenset(), children=(stored("child", kind=Kind.TASK),))
    seen = project_detail(whole, principal(Role.OWNER), spend_tracking=True)
    withheld = project_detail(whole, principal(Role.VIEWER), spend_tracking=True)
    assert (seen.cost, seen.own_cost, seen.children[0].cost) == (COST, COST, COST)
    assert (withheld.cost, withheld.own_cost, withheld.children[0].cost) == (None, None, None)


@pytest.mark.parametrize(
    ("role", "fields", "can", "offered"),
    [
        # An open chat.
        (Role.OWNER, {}, ("resume", "open_editor"), "end resume open_editor"),
        (Role.MEMBER, {}, ("resume",), "end resume"),
        (Role.VIEWER, {}, ("resume", "open_editor", "cancel"), ""),
        (Role.OWNER, {"status": Status.ENDED}, ("resume", "open_editor"), ""),
        # A running chat: cancelled only on sure evidence, which is what `can` says.
        (Role.OWNER, {"status": Status.RUNNING}, (), "end"),
        (Role.MEMBER, {"status": Status.RUNNING}, ("cancel",), "cancel end"),
        (Role.OWNER, {"status": Status.PAUSED}, ("cancel",), "end"),
        # A flow.
        (Role.OWNER, {"kind": Kind.FLOW, "status": Status.RUNNING}, ("cancel",), "cancel"),
        (Role.OWNER, {"kind": Kind.FLOW, "status": Status.QUEUED}, ("cancel",), "cancel"),
        (Role.OWNER, {"kind": Kind.FLOW, "status": Status.RUNNING}, (), ""),
        (Role.OWNER, {"kind": Kind.FLOW, "status": Status.COMPLETED}, ("cancel",), ""),
        (Role.MEMBER, {"kind": Kind.FLOW, "status": Status.RUNNING}, ("cancel",), ""),
        (Role.MEMBER, {"kind": Kind.FLOW, "status": Status.RUNNING, "owner": "bob"}, ("cancel",), "cancel"),
        (Role.LEAD, {"kind": Kind.FLOW, "status": Status.RUNNING}, ("cancel",), "cancel"),
        (Role.VIEWER, {"kind": Kind.FLOW, "status": Status.RUNNING, "owner": "bob"}, ("cancel",), ""),
        # A checkpoint that waits: for those who decide, and for its assignee.
        (Role.LEAD, {"kind": Kind.FLOW, "status": Status.PAUSED, "waiting": DECISION}, (), "decide"),
        (Role.VIEWER, {"kind": Kind.FLOW, "status": Status.PAUSED, "waiting": DECISION}, (), "decide"),
        # A background task.
        (Role.MEMBER, {"kind": Kind.TASK, "status": Status.RUNNING}, ("cancel",), "cancel"),
        (Role.OWNER, {"kind": Kind.TASK, "status": Status.OPEN}, ("resume",), ""),
    ],
)
def test_actions_are_what_the_caller_may_do_now(
    role: Role, fields: dict[str, Any], can: tuple[str, ...], offered: str
) -> None:
    shown = project(stored("s", can=can, **fields), principal(role), spend_tracking=True)
    assert shown.actions == tuple(Action(word) for word in offered.split())


def test_another_member_decides_nothing_that_is_assigned_elsewhere() -> None:
    waiting = stored("s", kind=Kind.FLOW, status=Status.PAUSED, waiting=DECISION)
    assert project(waiting, principal(Role.MEMBER, "carol"), spend_tracking=True).actions == ()


def test_rights_that_depend_on_who_one_is() -> None:
    """Streams of two members can share their bytes only where being the one or the other makes no difference."""
    depends = {role for role in Role if principal(role).actions_depend_on_member}
    assert depends == {Role.MEMBER, Role.VIEWER, Role.BILLING, Role.COLLECTOR}
    narrowed = Principal(member="a", role=Role.OWNER, scopes=frozenset({Scope.SESSIONS_READ}), token_id="t")
    assert narrowed.actions_depend_on_member
