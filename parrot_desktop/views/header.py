"""The row above the list: title, tabs, views, attention chips, search in titles, Filter, Details, Command Center, bell.

As the window narrows things give way in this order: the search field becomes its icon, the buttons lose their words,
the chips lose theirs (glyph and number stay), the title goes, the chips go. The tab of a view that is seen stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QWidget
from typing_extensions import override

from parrot_desktop.domain.filter_state import Attention, Tab
from parrot_desktop.i18n import plural, tr
from parrot_desktop.theme.icons import icon
from parrot_desktop.views.pill_button import PillButton, Tone
from parrot_desktop.views.segmented_tabs import SegmentedTabs
from parrot_desktop.views.tool_button import ToolButton
from parrot_desktop.views.view_tabs import ViewTabs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_desktop.theme.theme import Theme

HEIGHT = 52
SEARCH_DELAY_MS = 200
"""A pause in typing after which the list follows the words."""

_SEARCH_WIDTH = (150, 280)
_CHIPS = {
    Attention.WAITING: ("pause", Tone.WAITING),
    Attention.FAILED_TODAY: ("circle-x", Tone.NEEDS_LOOK),
    Attention.LIVE: ("loader-circle", Tone.LIVE),
}


class Header(QWidget):
    """Emits what a person asks for; the setters change what is shown and tell nobody."""

    tab_chosen = Signal(object)
    """Tab"""
    attention_chosen = Signal(object)
    """Attention; again for the one that is on means off."""
    menu_wanted = Signal()
    """Before the menu opens: the time to fill it."""
    words_changed = Signal(str)
    """What to look for in titles, once typing pauses."""
    search_left = Signal()
    """By Esc, which takes the words back, or by Down, which goes to what was found."""

    def __init__(
        self,
        theme: Theme,
        *,
        filter_action: QAction,
        details_action: QAction,
        center_action: QAction,
        bell_action: QAction,
        needs_action: QAction,
        save_view_action: QAction,
        menu: QMenu,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._counts: Mapping[Attention, int] = {}
        self._attention: Attention | None = None
        self._is_search_open = False
        self.setObjectName("header")

        self._title = QLabel(tr("Sessions"))
        self._title.setProperty("role", "heading")
        self.tabs = SegmentedTabs(
            theme,
            [(Tab.ALL, tr("All")), (Tab.FLOWS, tr("Flows")), (Tab.CHATS, tr("Chats"))],
            name=tr("Kinds of sessions"),
            on_chosen=self.tab_chosen.emit,
        )
        self.views = ViewTabs(theme, save_action=save_view_action, needs_action=needs_action)
        self._chips: dict[Attention, PillButton] = {}
        for attention, (glyph, tone) in _CHIPS.items():
            chip = PillButton(theme, icon=glyph, tone=tone)
            chip.setCheckable(True)
            chip.setVisible(False)
            chip.clicked.connect(lambda _=False, which=attention: self._chip_clicked(which))
            self._chips[attention] = chip

        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search titles"))
        self.search.setAccessibleName(tr("Search titles"))
        self.search.setClearButtonEnabled(True)
        self._glass = QAction(self.search)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._search_button = ToolButton(theme, "search")
        self._search_button.setAccessibleName(tr("Search titles"))
        self._search_button.setToolTip(tr("Search titles"))
        self._search_button.clicked.connect(self.open_search)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_DELAY_MS)
        self._pause.timeout.connect(lambda: self.words_changed.emit(self.search.text()))
        self.search.textChanged.connect(self._typed)
        self.search.returnPressed.connect(self._search_now)
        self.search.editingFinished.connect(self._leave_search)

        self.filter_button = ToolButton(theme, "funnel", text=tr("Filter"), action=filter_action)
        self.details_button = ToolButton(theme, "panel-right", text=tr("Details"), action=details_action)
        self.center_button = ToolButton(theme, "activity", action=center_action)
        self.bell_button = ToolButton(theme, "bell", action=bell_action)
        self._menu_button = ToolButton(theme, "ellipsis-vertical", menu=menu, is_quiet=True)
        self._menu_button.setAccessibleName(tr("Menu"))
        self._menu_button.setToolTip(tr("Menu (F10)"))
        self._menu_button.pressed.connect(self.menu_wanted)

        # Whatever has no parent yet gets it here: Tab goes the way of the layout.
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 12, 0)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addSpacing(13)
        layout.addWidget(self.tabs)
        layout.addWidget(self.views)
        layout.addSpacing(8)
        for chip in self._chips.values():
            layout.addWidget(chip)
        layout.addStretch(1)
        layout.addWidget(self.search, 2)
        layout.addWidget(self._search_button)
        layout.addWidget(self.filter_button)
        layout.addWidget(self.details_button)
        layout.addWidget(self.center_button)
        layout.addWidget(self.bell_button)
        layout.addWidget(self._menu_button)
        self.views.wanted_changed.connect(self._fit)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_counts(self, counts: Mapping[Attention, int]) -> None:
        """What the chips say; a count of 0 hides its chip, unless the list shows just that."""
        if counts != self._counts:
            self._counts = counts
            self._show_chips()

    def set_unseen(self, count: int) -> None:
        """How many notifications were not looked at."""
        self.bell_button.set_badge(count)
        self._fit()

    def set_attention(self, attention: Attention | None) -> None:
        self._attention = attention
        self._show_chips()

    def set_words(self, words: str) -> None:
        if self.search.text() != words:
            self.search.blockSignals(True)
            self.search.setText(words)
            self.search.blockSignals(False)
        self._fit()

    def set_menu_visible(self, visible: bool) -> None:
        """The menu button stands in for a menu bar."""
        self._menu_button.setVisible(visible)

    def open_menu(self) -> None:
        if self._menu_button.isVisible():
            self._menu_button.click()

    def open_search(self) -> None:
        """Put the caret into the search field, wherever it hides."""
        self._is_search_open = True
        self._fit()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @override
    def sizeHint(self) -> QSize:
        return QSize(1360, max(HEIGHT, self.tabs.height() + 20))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(400, self.sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.search.hasFocus() and event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Down}:
            if event.key() == Qt.Key.Key_Escape:
                self.search.clear()
            self._search_now()
            self.search.clearFocus()
            self.search_left.emit()
            return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), tokens.surface)
            painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.border)

    def _chip_clicked(self, attention: Attention) -> None:
        self._show_chips()  # the click has toggled the chip; what is on is for the controller to say
        self.attention_chosen.emit(attention)

    def _show_chips(self) -> None:
        for attention, chip in self._chips.items():
            count = self._counts.get(attention, 0)
            text, tip = _chip_texts(attention, count)
            chip.set_texts(text, short=str(count))
            chip.setToolTip(tip)
            chip.setChecked(attention is self._attention)
            chip.setVisible(count > 0 or attention is self._attention)
        self._fit()

    def _typed(self, _text: str) -> None:
        self._pause.start()

    def _search_now(self) -> None:
        self._pause.stop()
        self.words_changed.emit(self.search.text())

    def _leave_search(self) -> None:
        if not self.search.hasFocus():
            self._is_search_open = False
            self._fit()

    def _fit(self) -> None:
        """Let things give way until the rest fits."""
        shown = [chip for chip in self._chips.values() if not chip.isHidden()]
        spacing = 8
        for chip in shown:
            chip.set_compact(False)
        chips_full = sum(chip.sizeHint().width() + spacing for chip in shown)
        for chip in shown:
            chip.set_compact(True)
        chips_short = sum(chip.sizeHint().width() + spacing for chip in shown)
        buttons = (self.filter_button, self.details_button)
        for button in buttons:
            button.set_compact(False)
        buttons_full = sum(button.sizeHint().width() + spacing for button in buttons)
        for button in buttons:
            button.set_compact(True)
        buttons_short = sum(button.sizeHint().width() + spacing for button in buttons)
        always = sum(
            button.sizeHint().width() + spacing
            for button in (self.center_button, self.bell_button, self._menu_button)
            if not button.isHidden()
        )
        title = self._title.sizeHint().width() + 21
        icon_only = self._search_button.sizeHint().width() + spacing
        field = _SEARCH_WIDTH[0] + spacing
        room = self.width() - 28 - self.tabs.sizeHint().width() - 32 - always
        views_least = self.views.least_width + spacing
        # What says which view is seen comes before chips, words and title. In the smallest window, where none is seen,
        # the views are in the menu alone.
        seen = self.views.current_width
        least = buttons_short + icon_only + views_least
        has_views = chips_short + least <= room or (seen > 0 and seen + least <= room)
        if has_views:
            room -= views_least
        else:
            seen = 0
        wants_field = self._is_search_open or bool(self.search.text())

        levels = (
            (True, False, False, True, title + chips_full + buttons_full + field),
            (False, False, False, True, title + chips_full + buttons_full + icon_only),
            (False, True, False, True, title + chips_full + buttons_short + icon_only),
            (False, True, True, True, title + chips_short + buttons_short + icon_only),
            (False, True, True, False, chips_short + buttons_short + icon_only),
            (False, True, True, False, buttons_short + icon_only),
        )
        has_field, short_buttons, short_chips, has_title, used = next(
            (level for level in levels if level[4] + seen <= room), levels[-1]
        )
        if wants_field and not has_field:
            has_field = True
            short_buttons = short_chips = True
            has_title = title + chips_short + buttons_short + field + seen <= room
            used = (title if has_title else 0) + chips_short + buttons_short + field
            shown_chips = chips_short + buttons_short + field + seen <= room
        else:
            # With large text in a small window even the chips go; their keys, and the Filter, stay.
            shown_chips = chips_short + buttons_short + icon_only + seen <= room
        for button in buttons:
            button.set_compact(short_buttons)
        for chip in shown:
            chip.set_compact(short_chips)
            chip.setMaximumWidth(16_777_215 if shown_chips else 0)
        self.views.setVisible(has_views)
        self.views.set_room(self.views.least_width + max(0, room - used))
        self._title.setVisible(has_title)
        self.search.setVisible(has_field)
        self._search_button.setVisible(not has_field)

    def _restyle(self) -> None:
        tokens = self._theme.tokens
        self.search.setMinimumWidth(_SEARCH_WIDTH[0])
        self.search.setMaximumWidth(_SEARCH_WIDTH[1])
        self._glass.setIcon(icon("search", tokens.faint))
        self.setFixedHeight(self.sizeHint().height())
        self._fit()
        self.update()


def _chip_texts(attention: Attention, count: int) -> tuple[str, str]:
    """(what the chip says, its tooltip)"""
    match attention:
        case Attention.WAITING:
            return plural(count, "{n} waiting on you", "{n} waiting on you"), tr(
                "Paused or blocked, in the whole workspace. Click to see just these, again for all."
            )
        case Attention.FAILED_TODAY:
            return plural(count, "{n} failed today", "{n} failed today"), tr(
                "Failed, rejected or discarded since midnight, in the whole workspace. Click to see just these."
            )
        case Attention.LIVE:
            return plural(count, "{n} live", "{n} live"), tr(
                "Running now, in the whole workspace. Click to see just these, again for all."
            )
