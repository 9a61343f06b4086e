"""The window as it was left, with the rows that it showed last: painted before event loop and network are loaded.

What the first picture does not show is made in `wiring`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QByteArray

from parrot_desktop.controllers.filters import Filters
from parrot_desktop.controllers.presenter import Presenter
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.i18n import QtWords
from parrot_desktop.last_known import load_last_known
from parrot_desktop.models.owner_filter_model import OwnerFilterModel
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.theme.stylesheet import make_stylesheet
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.main_window import MainWindow
from parrot_desktop.views.placing import keep_on_screen

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.last_known import LastKnown
    from parrot_desktop.options import Options
    from parrot_desktop.settings import Settings

_PAINT_ROUNDS = 20
"""Turns of the event loop within which every platform has shown a window that it can show at once."""


class FirstPicture(NamedTuple):
    """What it is made of; everything else stands on these."""

    theme: Theme
    model: SessionListModel
    owners: OwnerFilterModel
    filters: Filters
    window: MainWindow
    presenter: Presenter


def make_first_picture(
    qt: QApplication, options: Options, settings: Settings, *, last_known: Path | None
) -> FirstPicture:
    """The main window, filled and placed, not shown yet. last_known: where the rows of the last run are kept."""
    theme = Theme(
        choice=ThemeChoice(options.theme) if options.theme else settings.theme, text_scale=settings.text_scale
    )

    def restyle() -> None:
        qt.setStyleSheet(make_stylesheet(theme.tokens, theme.fonts))

    theme.changed.connect(restyle)
    restyle()
    words = QtWords()
    model = SessionListModel(words=words, times=TimeTexts(words))
    owners = OwnerFilterModel(words=words)
    filters = Filters(settings)
    if options.screenshot is not None:
        filters.begin_with_everything()
    window = MainWindow(theme, model, owners)
    known = None if last_known is None else load_last_known(last_known)
    if known is not None and known.filter != filters.current():
        known = None
    if known is not None:
        model.set_members(known.members)
        owners.set_members(known.members)
        model.show_page(known.rows, has_more=False)
    _place(window, options, settings)
    presenter = Presenter(window=window, model=model, owners=owners, filters=filters, is_sample=options.sample)
    window.list_view.setFocus()
    _show_known(presenter, known)
    return FirstPicture(theme, model, owners, filters, window, presenter)


def paint(qt: QApplication, window: MainWindow) -> None:
    """Shows the window, and returns when it is painted, or when the platform does not want it yet."""
    window.show()
    for _ in range(_PAINT_ROUNDS):
        qt.processEvents()
        if window.is_painted:
            break


def remember_place(window: MainWindow, settings: Settings) -> None:
    """Keeps where the window is and what it is divided into, for `make_first_picture` of the next start."""
    settings.geometry = window.saveGeometry()
    settings.layout = window.dump_layout()
    settings.has_filter = window.has_filter
    settings.has_details = window.has_details
    settings.save()


def _place(window: MainWindow, options: Options, settings: Settings) -> None:
    is_fresh = options.screenshot is not None
    window.restore_layout(
        QByteArray() if is_fresh else settings.geometry,
        QByteArray() if is_fresh else settings.layout,
        has_filter=settings.has_filter and not is_fresh,
        has_details=settings.has_details,
    )
    keep_on_screen(window)
    if settings.has_menu_bar:
        window.set_menu_bar(True)
    if options.size is not None:
        window.resize(*options.size)


def _show_known(presenter: Presenter, known: LastKnown | None) -> None:
    if known is None:
        presenter.list_loading()
        presenter.filters_changed()
        return
    presenter.show_me(known.me, known.members)
    if known.summary is not None:
        presenter.show_summary(known.summary)
    presenter.last_known_shown()
