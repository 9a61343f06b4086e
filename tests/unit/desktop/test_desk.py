"""What a desktop keeps of a workspace: stars, hidden, looked at, views; and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.controllers.desk_store import desk_path, load_desk, save_desk
from parrot_desktop.domain.desk import MAX_KEPT, Desk, SavedView
from parrot_desktop.domain.filter_state import FilterState, Tab
from parrot_desktop.domain.needs import added, needs_filter, needs_parts, needs_somebody
from parrot_wire.answers import Summary
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, Status, StatusGroup
from tests.helpers.list_rows import HOUR_MS, NOW_MS, cost, row

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = from_ms(NOW_MS)


def ago(hours: float) -> str:
    return from_ms(round(NOW_MS - hours * HOUR_MS))


def test_unread_is_what_moved_since_it_was_opened() -> None:
    """Looked at: until it moves on. Never opened: when it began after somebody last looked."""
    desk = Desk(since=ago(2))
    old = row("old", at_ms=NOW_MS, lasted_ms=3 * HOUR_MS)
    new = row("new", at_ms=NOW_MS, lasted_ms=HOUR_MS)
    assert (desk.is_unread(old), desk.is_unread(new)) == (False, True)
    desk.look_at("new", new.last_activity_at)
    desk.look_at("old", ago(1))
    assert (desk.is_unread(old), desk.is_unread(new)) == (True, False)
    desk.look_at("old", NOW)
    desk.look_at("old", ago(1))
    assert not desk.is_unread(old)
    desk.mark_unread(["old"])
    assert desk.is_unread(old)
    desk.look_at("old", NOW)
    assert not desk.is_unread(old)


def test_what_is_kept_is_bounded() -> None:
    """The file stays small, whatever one opens in years; the oldest marks go."""
    desk = Desk(since=NOW)
    for n in range(MAX_KEPT + 5):
        desk.look_at(f"s{n}", NOW)
    assert len(desk.seen) == MAX_KEPT
    assert "s4" not in desk.seen
    assert "s5" in desk.seen


def test_stars_feed_the_rules_of_notifications() -> None:
    desk = Desk(since=NOW)
    desk.set_starred(["a", "b"], starred=True, now=NOW)
    desk.set_starred(["b"], starred=False, now=NOW)
    desk.set_owners_starred(["tom"], starred=True, now=NOW)
    watching = desk.watching("me")
    assert (watching.sessions, watching.owners) == ({"a"}, {"tom"})
    marks = desk.marks_of(row("a", owner="tom"))
    assert marks.is_starred
    assert marks.is_owner_starred


def test_hidden_may_be_shown_all_the_same() -> None:
    desk = Desk(since=NOW)
    desk.set_hidden(["a"], hidden=True, now=NOW)
    assert desk.veiled == {"a"}
    desk.shows_hidden = True
    assert desk.veiled == frozenset()
    assert desk.marks_of(row("a")).is_hidden


def test_views_have_names_of_their_own_and_an_order() -> None:
    desk = Desk(since=NOW)
    for name in ("Mine", "Failed", "Chats"):
        desk.save_view(SavedView(name=name))
    desk.save_view(SavedView(name="Failed", tab=Tab.FLOWS))
    assert [(view.name, view.tab) for view in desk.views] == [
        ("Mine", Tab.ALL),
        ("Failed", Tab.FLOWS),
        ("Chats", Tab.ALL),
    ]
    assert desk.rename_view("Chats", "  Mine ") == "Mine 2"
    assert desk.rename_view("Mine", "") == "Mine"
    desk.order_views(["Mine 2", "Mine"])
    assert [view.name for view in desk.views] == ["Mine 2", "Mine", "Failed"]
    removed = desk.remove_view("Mine")
    assert removed is not None
    assert removed[0] == 1
    assert desk.remove_view("Mine") is None


def test_the_desk_survives_a_restart(tmp_path: Path) -> None:
    """In a file that nobody else can read."""
    path = desk_path(tmp_path, "acme", "m1")
    desk = load_desk(path, now=NOW)
    desk.set_hidden(["a"], hidden=True, now=NOW)
    desk.save_view(SavedView(name="Red", state=FilterState(status_groups=frozenset({StatusGroup.NEEDS_LOOK}))))
    save_desk(path, desk)
    assert load_desk(path, now=ago(5)) == desk
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_file_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = desk_path(tmp_path, "acme", "../m1")
    assert path.parent == tmp_path
    path.write_text("{")
    assert load_desk(path, now=NOW) == Desk(since=NOW)
    assert path.with_suffix(".unreadable").read_text() == "{"
    assert "put aside" in caplog.text


def test_what_needs_somebody() -> None:
    """What is paused or blocked waits for ever; a failure asks for a look for a week."""
    old = NOW_MS - 30 * 24 * HOUR_MS
    assert needs_somebody(row("a", status=Status.PAUSED, at_ms=old), NOW_MS)
    assert needs_somebody(row("b", status=Status.FAILED), NOW_MS)
    assert not needs_somebody(row("c", status=Status.FAILED, at_ms=old), NOW_MS)
    assert not needs_somebody(row("d", status=Status.RUNNING), NOW_MS)
    waiting, lately = needs_parts(NOW_MS)
    assert waiting.statuses | lately.statuses == needs_filter().statuses
    assert not waiting.statuses & lately.statuses


def test_sums_of_parts_add_up() -> None:
    one = Summary(
        total=2, by_kind={Kind.FLOW: 2}, by_group={StatusGroup.WAITING: 2}, by_owner={"tom": 2}, cost=cost(5, priced=1)
    )
    other = Summary(
        total=1,
        by_kind={Kind.FLOW: 1},
        by_group={StatusGroup.NEEDS_LOOK: 1},
        by_owner={"tom": 1},
        cost=cost(7, unknown=1),
    )
    assert added([one, other]) == Summary(
        total=3,
        by_kind={Kind.FLOW: 3},
        by_group={StatusGroup.WAITING: 2, StatusGroup.NEEDS_LOOK: 1},
        by_owner={"tom": 3},
        cost=cost(12, priced=1, unknown=1),
    )
