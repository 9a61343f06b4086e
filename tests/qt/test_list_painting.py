"""Facts of the picture of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QStyle

from parrot_desktop.domain.row_view import Marks
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.delegates.paint_kit import Face, PaintKits
from parrot_desktop.views.delegates.row_geometry import Density
from parrot_desktop.views.delegates.row_layout import DOT_BEFORE_REASON, lay_out
from parrot_wire.session import Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import Action, Kind, Mode, Status, StatusGroup
from tests.helpers.list_rows import MINUTE_MS, NOW_MS, cost, row, steps
from tests.helpers.pictures import NOWHERE, Easel, colours, crop

if TYPE_CHECKING:
    from parrot_desktop.domain.row_view import RowView
    from parrot_wire.session import Row

SELECTED = QStyle.StateFlag.State_Enabled | QStyle.StateFlag.State_Selected
HOVERED = QStyle.StateFlag.State_Enabled | QStyle.StateFlag.State_MouseOver
LINE_ROOM = QRect(0, 2, 930, 60)


@pytest.fixture(scope="module")
def dark(qapp: QApplication) -> Theme:
    return Theme(choice=ThemeChoice.DARK)


def full_row() -> Row:
    """A run that waits, with all that a row can show."""
    return row(
        "verify01",
        at_ms=NOW_MS - 3 * MINUTE_MS,
        kind=Kind.FLOW,
        title="Verify CSV format against the Insights fixtures, all of them, and once more for good measure",
        owner="priya",
        status=Status.PAUSED,
        steps=steps(Status.COMPLETED, Status.COMPLETED, Status.PAUSED, Status.PENDING),
        cost=cost(1_920_000, estimated=3, unknown=1),
        actions=(Action.CANCEL,),
        waiting=Waiting(since=from_ms(NOW_MS), reason="approve before Verify"),
    )


@pytest.mark.parametrize("width", [930, 640, 420, 320])
def test_a_reason_is_parted_from_a_name_that_is_there(dark: Theme, width: int) -> None:
    """A dot stands between the owner's name and what is waited for; where the name had to go, none does."""
    easel = Easel(dark, width=width)
    easel.show(full_row())
    view = easel.model.view_at(0)
    assert view is not None
    meta = easel.geometry().meta
    head = lay_out(view, easel.geometry(), PaintKits(dark).at(1.0)).head
    line = [text for text in head.texts if text.x >= meta.x()]
    words = [text.text for text in sorted(line, key=lambda text: text.x) if text.face in {Face.META, Face.MONO}]
    has_name = view.owner.name[0] == words[0][0]
    assert (DOT_BEFORE_REASON in words) == has_name


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
@pytest.mark.parametrize("width", [930, 640, 260])
def test_nothing_is_painted_outside_the_row(dark: Theme, ratio: float, width: int) -> None:
    easel = Easel(dark, width=width, ratio=ratio)
    easel.show(full_row())
    margin = 20
    picture = easel.paint(margin=margin, state=SELECTED)
    assert colours(picture, QRect(0, 0, width + 2 * margin, margin)) == {NOWHERE.name()}
    assert colours(picture, QRect(0, 0, margin, 100)) == {NOWHERE.name()}
    assert colours(picture, QRect(width + margin + 1, 0, margin - 1, 100)) == {NOWHERE.name()}
    assert colours(picture, QRect(0, margin + 65, width + 2 * margin, margin - 2)) == {NOWHERE.name()}


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_painting_again_is_the_same_picture(dark: Theme, ratio: float) -> None:
    """From the second time on texts are drawn from kept glyphs: nothing may jump."""
    easel = Easel(dark, ratio=ratio)
    easel.show(full_row(), row("chat0001", title="日本語 and שלום", mode=Mode.ASK, message_count=14))
    for at in (0, 1):
        first = easel.paint(at=at)
        assert easel.paint(at=at) == first
        assert easel.paint(at=at) == first


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_row_elsewhere_is_the_same_row(dark: Theme, ratio: float) -> None:
    easel = Easel(dark, ratio=ratio)
    easel.show(full_row())
    here = crop(easel.paint(margin=10), QRect(10, 10, 930, 64))
    there = crop(easel.paint(margin=10, corner=QPoint(10, 3)), QRect(10, 3, 930, 64))
    assert here == there


@pytest.mark.parametrize("status", [Status.MERGED, Status.FAILED, Status.PAUSED, Status.QUEUED])
def test_the_pill_wears_the_colours_of_its_status(dark: Theme, status: Status) -> None:
    easel = Easel(dark)
    easel.show(row("a", status=status))
    found = colours(easel.paint(), easel.geometry().status)
    pair = dark.tokens.status(status.group)
    assert pair.ground.name() in found
    for group in StatusGroup:
        if group is not status.group and group is not StatusGroup.LIVE:
            assert dark.tokens.status(group).ground.name() not in found


def test_what_is_live_has_a_spinner_that_turns_and_no_pill(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(row("a", status=Status.RUNNING))
    first = easel.paint()
    room = easel.geometry().status
    assert dark.tokens.live.ink.name() in colours(first, room)
    assert dark.tokens.live.ground.name() not in colours(first, room)
    easel.delegate.spinner_phase = 4
    second = easel.paint()
    assert crop(first, room) != crop(second, room)
    rest = QRect(0, 0, room.x(), 64)
    assert crop(first, rest) == crop(second, rest)


def test_light_is_not_dark(dark: Theme) -> None:
    pictures = [Easel(dark)]
    pictures.append(Easel(Theme(choice=ThemeChoice.LIGHT)))
    for easel in pictures:
        easel.show(full_row())
    in_dark, in_light = (colours(easel.paint(), LINE_ROOM) for easel in pictures)
    tokens = pictures[1].theme.tokens
    assert dark.tokens.surface.name() in in_dark - in_light
    assert {tokens.surface.name(), tokens.text.name()} <= in_light
    assert tokens.text.name() not in in_dark


def test_selection_shows_by_a_bar_at_the_leading_edge(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(full_row())
    accent = dark.tokens.accent.name()
    assert accent not in colours(easel.paint())
    assert colours(easel.paint(state=SELECTED), QRect(0, 0, 3, 60)) == {accent}
    assert colours(easel.paint(state=SELECTED, is_mirrored=True), QRect(927, 0, 3, 60)) == {accent}
    assert dark.tokens.hover.name() in colours(easel.paint(state=HOVERED))


def test_the_focus_ring_is_for_those_who_use_keys(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(full_row())
    focused = SELECTED | QStyle.StateFlag.State_HasFocus
    plain = easel.paint(state=focused)
    easel.delegate.shows_focus = True
    assert easel.paint(state=focused) != plain
    assert easel.paint(state=SELECTED) == plain


def test_without_the_right_to_see_spend_there_is_no_caption_and_no_gap(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(row("a", cost=None), row("b", cost=cost(840_000, estimated=1)))
    geometry = easel.geometry()
    ground = {dark.tokens.surface.name()}
    withheld, shown = easel.paint(at=1), easel.paint(at=0)
    assert colours(shown, geometry.cost.adjusted(0, 6, 0, 0)) != ground
    assert colours(withheld, QRect(geometry.cost.x(), 44, geometry.cost.width(), 16)) == ground
    assert colours(withheld, geometry.progress_alone) != ground


def test_marks_have_their_place(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(row("a"), marks=Marks(is_unread=True, is_starred=True))
    geometry = easel.geometry()
    marked = easel.paint()
    assert dark.tokens.accent.name() in colours(marked, geometry.unread)
    easel.show(row("a"), marks=Marks())
    plain = easel.paint()
    assert crop(marked, geometry.title) != crop(plain, geometry.title)
    assert crop(marked, geometry.meta) == crop(plain, geometry.meta)


def test_an_action_that_was_asked_for_says_so_and_is_offered_no_more(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(full_row(), marks=Marks(pending=Action.CANCEL))
    assert colours(easel.paint(), easel.geometry().action) == {dark.tokens.surface.name()}


def test_what_stops_work_is_always_offered_and_what_tidies_up_on_the_row_one_is_at(dark: Theme) -> None:
    easel = Easel(dark)
    easel.show(full_row(), row("chat", at_ms=NOW_MS - 9 * MINUTE_MS, actions=(Action.END,)))
    room = easel.geometry().action
    assert dark.tokens.danger.name() in colours(easel.paint(at=0), room)
    assert colours(easel.paint(at=1), room) == {dark.tokens.surface.name()}
    for state in (SELECTED, HOVERED):
        assert dark.tokens.raised.name() in colours(easel.paint(at=1, state=state), room)


@pytest.mark.parametrize("density", Density)
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_row_is_painted_at_every_width(dark: Theme, density: Density, is_mirrored: bool) -> None:
    failed: list[str] = []
    for width in range(40, 1_500, 73):
        easel = Easel(dark, width=width, density=density)
        easel.delegate.row_failed.connect(failed.append)
        easel.show(full_row(), marks=Marks(is_unread=True, is_starred=True))
        easel.paint(is_mirrored=is_mirrored)
    assert failed == []


def test_texts_are_cut_and_kept_for_the_tooltip(dark: Theme) -> None:
    easel = Easel(dark, width=640)
    easel.show(full_row())
    view = easel.model.view_at(0)
    assert view is not None
    layout = easel.delegate.layout_of(view, easel.geometry(), 1.0)
    assert view.title in [text for _, text in layout.head.whole]
    assert any(text.text.endswith("…") for text in layout.head.texts)


def test_what_a_row_is_about_is_fitted_once_while_it_only_moves_on(dark: Theme) -> None:
    easel = Easel(dark)
    kit, geometry = PaintKits(dark).at(1.0), easel.geometry()

    def view(**fields: Any) -> RowView:
        easel.show(row("a", **fields))
        found = easel.model.view_at(0)
        assert found is not None
        return found

    first = lay_out(view(message_count=3), geometry, kit)
    moved = lay_out(view(message_count=4, status=Status.RUNNING), geometry, kit)
    later = lay_out(moved.view, geometry, kit, before=first)
    assert (later.parts, later.standing) == (moved.parts, moved.standing)
    again = lay_out(view(message_count=5, status=Status.RUNNING), geometry, kit, before=later)
    assert again.head is later.head
    assert again.standing is later.standing
    assert again.progress != later.progress
    renamed = view(message_count=5, status=Status.RUNNING, title="Something else")
    assert lay_out(renamed, geometry, kit, before=again).head == lay_out(renamed, geometry, kit).head
    assert lay_out(again.view, easel.geometry(is_mirrored=True), kit, before=again).head is not again.head
