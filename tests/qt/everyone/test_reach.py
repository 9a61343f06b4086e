"""What a person without a mouse, or without sight, can reach: names, order of Tab, focus that shows, shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from parrot_desktop.actions import SPECS, Place
from parrot_desktop.theme.theme import ThemeChoice
from parrot_desktop.views.command_palette import commands_of
from parrot_desktop.views.menus import context_menu
from parrot_desktop.views.shortcut_overview import shortcut_lines
from parrot_wire.values import Action, Kind
from tests.helpers.details import row
from tests.qt.everyone.looking import seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.qt.everyone.windows import Stage


def by_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled()


def spoken(widget: QWidget) -> str:
    """What a screen reader calls it."""
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return widget.accessibleName() or text


def test_everything_that_tab_reaches_has_a_name(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    nameless: list[str] = []
    here = stage()
    for name, make in here.every().items():
        window = make()
        nameless += [
            f"{name}: {type(widget).__name__} in {type(widget.parent()).__name__}"
            for widget in seen(window)
            if by_tab(widget) and not spoken(widget)
        ]
    assert nameless == []


def test_tab_goes_through_header_filter_list_and_details(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    """As it is read: the header from its tabs on, then the panes, and round again."""
    window = stage().main()
    qapp.processEvents()
    order: list[QWidget] = []
    at = window.nextInFocusChain()
    while at is not None and at is not window:
        if by_tab(at) and at.isVisibleTo(window) and at.window() is window:
            order.append(at)
        at = at.nextInFocusChain()
    panes = [window.header, window.list_view, window.filter_panel]
    places = [[n for n, widget in enumerate(order) if widget is pane or pane.isAncestorOf(widget)] for pane in panes]
    assert all(places)
    # Each pane is gone through as a whole.
    assert all(found[-1] - found[0] + 1 == len(found) for found in places)
    assert places[0][0] < places[1][0]
    header = [widget for widget in order if window.header.isAncestorOf(widget)]
    across = [widget.mapTo(window, widget.rect().topLeft()).x() for widget in header]
    assert across == sorted(across)


def test_tab_comes_to_the_command_center_as_a_whole(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    """Its tools, then its lists, and nothing of another pane between."""
    window = stage().pane()
    qapp.processEvents()
    order: list[QWidget] = []
    at = window.nextInFocusChain()
    while at is not None and at is not window:
        if by_tab(at) and at.isVisibleTo(window) and at.window() is window:
            order.append(at)
        at = at.nextInFocusChain()
    pane = window.panes.center
    places = [n for n, widget in enumerate(order) if pane.isAncestorOf(widget)]
    assert [spoken(order[n]) for n in places] == [
        "Place of the Command Center",
        "Close the Command Center",
        "Active now",
        "Active now · others",
        "Recent",
    ]
    assert places[-1] - places[0] + 1 == len(places)


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.HIGH_CONTRAST])
def test_focus_shows_in_every_theme(qapp: QApplication, stage: Callable[..., Stage], choice: ThemeChoice) -> None:
    """A button, a pill, a tab, a field, the list look different while they have the focus."""
    window = stage(choice).main()
    window.toasts.notices.clear()
    qapp.processEvents()
    unseen: list[str] = []
    for widget in (
        window.header.filter_button,
        window.header.bell_button,
        window.header.search,
        *window.header.tabs.findChildren(QAbstractButton),
        *window.filter_panel.findChildren(QAbstractButton),
    ):
        if not by_tab(widget) or not widget.isVisibleTo(window) or widget.width() == 0:
            continue
        window.list_view.setFocus()
        qapp.processEvents()
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        qapp.processEvents()
        if isinstance(widget, QLineEdit):
            widget.deselect()
        if widget.hasFocus() and widget.grab().toImage() == without:
            unseen.append(f"{type(widget).__name__} {spoken(widget)!r}")
    assert unseen == []


def test_whatever_a_context_menu_offers_has_a_key_or_stands_in_the_palette(
    qapp: QApplication, stage: Callable[..., Stage]
) -> None:
    window = stage().main()
    whole = (row("x", kind=Kind.FLOW, mode=None, actions=tuple(Action)),)
    for action in window.actions_by_id.values():
        action.setEnabled(True)
    palette = {command.text for command in commands_of(window.actions_by_id)}
    keyed = {words for place in Place for _, words in shortcut_lines(place)}
    menu = context_menu(window, window.actions_by_id, whole)
    offered = {action.text().partition("\t")[0].rstrip("…") for action in menu.actions() if action.text()}
    assert offered
    assert offered - palette - keyed == set()
    menu.deleteLater()


def test_the_overview_lists_every_key() -> None:
    listed = {words for place in Place for _, words in shortcut_lines(place)}
    assert {spec.text.rstrip("…") for spec in SPECS if spec.shortcut} <= listed
