"""The Filter dock: owner, status, stars, project, record and dates.

What is picked is a draft until Apply; Clear takes everything back at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.domain.filter_state import FilterState, Span
from parrot_desktop.i18n import tr
from parrot_desktop.views.filter_words import SPAN_WORDS, STATUS_WORDS
from parrot_desktop.views.flow_layout import FlowLayout
from parrot_desktop.views.owner_facet import OwnerFacet
from parrot_desktop.views.pill_button import PillButton, Tone
from parrot_desktop.views.record_picker import Choice, RecordPicker
from parrot_desktop.views.widgets.content_area import ContentArea
from parrot_wire.values import RecordKind, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.models.owner_filter_model import OwnerFilterModel
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.answers import RecordItem

_SIDE = 14


class FilterPanel(QWidget):
    """Emits ``applied`` with the FilterState that a person asks for; its ``q`` is whatever `set_state` brought."""

    applied = Signal(object)
    close_asked = Signal()

    def __init__(self, theme: Theme, owners: OwnerFilterModel) -> None:
        super().__init__()
        self._theme = theme
        self._owners = owners
        self._state = FilterState()
        self._draft = FilterState()
        self._is_showing = False
        self._records: dict[RecordKind, Sequence[RecordItem]] = {}
        self.setAccessibleName(tr("Filter"))

        self._owner_facet = OwnerFacet(theme, owners)
        owners.checked_changed.connect(self._changed)
        self._statuses: dict[StatusGroup, PillButton] = {}
        status_row = QWidget()
        status_flow = FlowLayout(status_row)
        for group, words in STATUS_WORDS.items():
            pill = PillButton(theme, text=tr(words), tone=Tone(group))
            pill.setAccessibleName(tr(words))
            pill.setCheckable(True)
            pill.clicked.connect(self._changed)
            self._statuses[group] = pill
            status_flow.addWidget(pill)
        self._starred = PillButton(theme, text=tr("Starred only"), icon="star", tone=Tone.PLAIN)
        self._starred.setAccessibleName(tr("Starred only"))
        self._starred.setToolTip(tr("What has a star, or whose owner has one"))
        self._starred.setCheckable(True)
        self._starred.clicked.connect(self._changed)
        star_row = QWidget()
        FlowLayout(star_row).addWidget(self._starred)
        self._project = RecordPicker(theme, placeholder=tr("Any project"), name=tr("Projects"))
        self._record = RecordPicker(theme, placeholder=tr("Any initiative or plan"), name=tr("Initiatives and plans"))
        for picker in (self._project, self._record):
            picker.changed.connect(self._changed)
        self._spans: dict[Span, PillButton] = {}
        span_row = QWidget()
        span_flow = FlowLayout(span_row)
        for span, words in SPAN_WORDS.items():
            pill = PillButton(theme, text=tr(words), tone=Tone.SETTLED)
            pill.setAccessibleName(tr(words))
            pill.setCheckable(True)
            pill.clicked.connect(lambda _=False, which=span: self._span_chosen(which))
            self._spans[span] = pill
            span_flow.addWidget(pill)
        self._first, self._last = _date_edit(tr("From")), _date_edit(tr("To"))
        self._range = QWidget()
        range_row = QHBoxLayout(self._range)
        range_row.setContentsMargins(0, 0, 0, 0)
        range_row.setSpacing(6)
        range_row.addWidget(self._first, 1)
        range_row.addWidget(QLabel(tr("to")))
        range_row.addWidget(self._last, 1)
        for edit in (self._first, self._last):
            edit.dateChanged.connect(self._changed)

        heading = QLabel(tr("Filter"))
        heading.setProperty("role", "heading")
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(_SIDE, 12, _SIDE, 4)
        column.setSpacing(8)
        column.addWidget(heading)
        for title, widgets in (
            (tr("Owner"), (self._owner_facet,)),
            (tr("Status"), (status_row,)),
            (tr("Stars"), (star_row,)),
            (tr("Project"), (self._project,)),
            (tr("Record"), (self._record,)),
            (tr("Last active"), (span_row, self._range)),
        ):
            column.addSpacing(2)
            column.addWidget(_section(title))
            for widget in widgets:
                column.addWidget(widget)
        column.addStretch(1)
        self._area = ContentArea(content)

        self._apply = QPushButton(tr("Apply"))
        self._apply.setProperty("variant", "primary")
        self._apply.clicked.connect(self.apply)
        clear = QPushButton(tr("Clear"))
        clear.clicked.connect(self.clear)
        foot = QWidget()
        # Where the panel is low its facets scroll; what applies them stays whole.
        foot.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        buttons = QHBoxLayout(foot)
        buttons.setContentsMargins(_SIDE, 8, _SIDE, 12)
        buttons.setSpacing(8)
        buttons.addWidget(self._apply)
        buttons.addWidget(clear)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._area)
        layout.addWidget(foot)
        layout.addStretch(1)
        foot.setMinimumWidth(220)
        theme.changed.connect(self.update)
        self.set_state(self._state)

    @property
    def owners(self) -> OwnerFilterModel:
        return self._owners

    @property
    def owner_search(self) -> QLineEdit:
        return self._owner_facet.search

    def status_pill(self, group: StatusGroup) -> PillButton:
        return self._statuses[group]

    @property
    def starred_pill(self) -> PillButton:
        return self._starred

    @property
    def draft(self) -> FilterState:
        """What Apply would apply."""
        return self._draft

    def set_state(self, state: FilterState) -> None:
        """The filter in force; an unapplied draft is given up."""
        self._state = self._draft = state
        self._is_showing = True
        try:
            self._owners.set_checked(state.owners)
            for group, pill in self._statuses.items():
                pill.setChecked(group in state.status_groups)
            self._project.set_chosen(state.projects)
            self._record.set_chosen(
                frozenset({f"{RecordKind.INITIATIVE}:{each}" for each in state.initiatives})
                | {f"{RecordKind.PLAN}:{each}" for each in state.plans}
            )
            self._starred.setChecked(state.is_starred)
            today = QDate.currentDate()
            self._first.setDate(_qdate(state.first_day) or today.addDays(-6))
            self._last.setDate(_qdate(state.last_day) or today)
            self._show_span(state.span)
        finally:
            self._is_showing = False
        self._refresh_apply()

    def set_records(self, kind: RecordKind, items: Sequence[RecordItem]) -> None:
        """What can be picked, most recently active first."""
        self._records[kind] = items
        if kind is RecordKind.PROJECT:
            self._project.set_choices(_choices([(item, item.id) for item in items]))
        else:
            both = (RecordKind.INITIATIVE, RecordKind.PLAN)
            self._record.set_choices(
                _choices([(item, f"{each}:{item.id}") for each in both for item in self._records.get(each, ())])
            )

    def take_focus(self) -> None:
        self._owners.reorder()
        self._owner_facet.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def apply(self) -> None:
        self._state = self._draft
        self._refresh_apply()
        self.applied.emit(self._state)

    def clear(self) -> None:
        """All facets; the words of the title search are not the dock's."""
        self.set_state(FilterState(q=self._state.q))
        self.applied.emit(self._state)

    @override
    def sizeHint(self) -> QSize:
        return QSize(268, 600)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.apply()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.tokens.surface)

    def _span_chosen(self, span: Span) -> None:
        self._show_span(span)
        self._changed()

    def _show_span(self, span: Span) -> None:
        for each, pill in self._spans.items():
            pill.setChecked(each is span)
        self._range.setVisible(span is Span.RANGE)

    def _changed(self) -> None:
        if self._is_showing:
            return
        span = next((each for each, pill in self._spans.items() if pill.isChecked()), Span.ANY)
        records = [key.partition(":") for key in self._record.chosen]
        first, last = _pydate(self._first.date()), _pydate(self._last.date())
        self._draft = replace(
            self._state,
            owners=self._owners.checked,
            status_groups=frozenset(group for group, pill in self._statuses.items() if pill.isChecked()),
            projects=self._project.chosen,
            initiatives=frozenset(key for kind, _, key in records if kind == RecordKind.INITIATIVE),
            plans=frozenset(key for kind, _, key in records if kind == RecordKind.PLAN),
            span=span,
            first_day=min(first, last) if span is Span.RANGE else None,
            last_day=max(first, last) if span is Span.RANGE else None,
            is_starred=self._starred.isChecked(),
        )
        self._refresh_apply()

    def _refresh_apply(self) -> None:
        self._apply.setEnabled(self._draft != self._state)


def _section(title: str) -> QLabel:
    label = QLabel(title.upper())
    label.setProperty("role", "section")
    return label


def _choices(items: Sequence[tuple[RecordItem, str]]) -> list[Choice]:
    """Titles that several records share are told apart by their ids."""
    titles = [item.title for item, _ in items]
    return [
        Choice(key, item.title if titles.count(item.title) == 1 else f"{item.title} ({item.id[:8]})")
        for item, key in items
    ]


def _date_edit(name: str) -> QDateEdit:
    edit = QDateEdit()
    edit.setCalendarPopup(True)
    edit.setAccessibleName(name)
    edit.setMaximumDate(QDate.currentDate().addDays(1))
    return edit


def _qdate(day: date | None) -> QDate | None:
    return None if day is None else QDate(day.year, day.month, day.day)


def _pydate(day: QDate) -> date:
    return date(day.year(), day.month(), day.day())
