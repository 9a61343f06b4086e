"""The Command Center: what is in motion now, and the last day; as a popup from anywhere, or beside the list.

Its rows are the list's own, in the compact density, so that whatever a row says and does is the same everywhere.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.domain.activity import Activity
from parrot_desktop.i18n import plural, tr
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.views.delegates.row_geometry import Density
from parrot_desktop.views.session_list_view import SessionListView
from parrot_desktop.views.session_window.header import ElidedLabel
from parrot_wire.events import SessionChanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Member, Row

PANEL = QSize(520, 620)
_MARGIN = 8
_LOOK_AGAIN_MS = 500
_ALONG = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class _Section(QWidget):
    """A heading, and a list as tall as its rows; nothing at all without rows."""

    left = Signal(int)
    """The cursor goes on past the last row (1), or back past the first (-1)."""

    def __init__(self, theme: Theme, kits: PaintKits, words: Words, times: TimeTexts) -> None:
        super().__init__()
        self.model = SessionListModel(words=words, times=times)
        self.view = SessionListView(theme, self.model, kits=kits)
        self.view.set_density(Density.COMPACT)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.installEventFilter(self)
        self.heading = QLabel()
        self.heading.setProperty("role", "section")
        self.heading.setContentsMargins(14, 12, 14, 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.heading)
        layout.addWidget(self.view)
        self.hide()

    def show_rows(self, title: str, rows: Sequence[Row]) -> None:
        self.heading.setText(title)
        self.view.setAccessibleName(title)
        if self.model.loaded_count:
            self.model.resync(rows, has_more=False)
        else:
            self.model.show_page(rows, has_more=False)
        self.fit()
        self.setVisible(bool(rows))

    def refresh_rows(self, rows: Iterable[Row]) -> None:
        """The rows that stand here already, as they are now, where they stand."""
        self.model.apply(SessionChanged(row=row) for row in rows if self.model.row_of(row.id) is not None)

    def fit(self) -> None:
        """As tall as the rows are; the panel scrolls, not the section."""
        self.view.setFixedHeight(max(1, self.model.rowCount()) * self.view.delegate.row_height())

    def enter(self, at: int) -> None:
        """The cursor comes to the first row (0) or the last (-1)."""
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        self.view.setCurrentIndex(self.model.index(at % self.model.loaded_count))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            by = _ALONG.get(Qt.Key(event.key()), 0)
            last = {1: self.model.loaded_count - 1, -1: 0}.get(by)
            if last is not None and not event.modifiers() and self.view.currentIndex().row() == last:
                self.left.emit(by)
                return True
        return False


class CommandCenter(QWidget):
    """Active now (mine, then the others'), and the last day. Lives in a popup or in a dock.

    tools: what stands at the end of its header in place of the way to the full list, for where that is in sight.
    """

    session_opened = Signal(str)
    action_requested = Signal(object, str)
    """The row's button: an `Action` of the wire, and the session's id."""
    sessions_wanted = Signal()
    """The full list is wanted."""

    def __init__(
        self, theme: Theme, kits: PaintKits, *, words: Words, times: TimeTexts, tools: Sequence[QWidget] = ()
    ) -> None:
        super().__init__()
        self._theme = theme
        self._me = ""
        self._activity = Activity()
        self.setAccessibleName(tr("Command Center"))
        self._sections = [_Section(theme, kits, words, times) for _ in range(3)]
        self._nothing = QLabel(tr("Nothing is in motion, and nothing was in the last day."))
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setMargin(24)
        self._counts = ElidedLabel()
        self._counts.setProperty("role", "faint")
        self._later = QTimer(self, singleShot=True, interval=_LOOK_AGAIN_MS)
        self._later.timeout.connect(self._show_activity)
        self._build(tools)
        theme.changed.connect(self._refit)
        for section in self._sections:
            section.view.session_opened.connect(self.session_opened)
            section.view.action_requested.connect(self.action_requested)
            section.view.current_session_changed.connect(partial(self._follow_cursor, section))
            section.left.connect(partial(self._go_on, section))

    @property
    def has_rows(self) -> bool:
        return bool(self._activity.active or self._activity.recent)

    @property
    def shown(self) -> list[tuple[str, list[str]]]:
        """The headings, each with the ids of its rows as they stand."""
        return [
            (
                section.heading.text(),
                [row.id for at in range(section.model.loaded_count) if (row := section.model.row_at(at))],
            )
            for section in self._sections
            if not section.isHidden()
        ]

    def set_people(self, members: Iterable[Member], *, me: str) -> None:
        """Everyone's names, and who looks on."""
        self._me = me
        known = tuple(members)
        for section in self._sections:
            section.model.set_members(known)

    def set_activity(self, activity: Activity) -> None:
        """Shown where it can be seen; else when it comes into sight: a busy workspace changes all the time."""
        self._activity = activity
        if self.isVisible():
            self._show_activity()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._show_activity()
        super().showEvent(event)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._later.stop()
        super().hideEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._theme.tokens.surface)

    def _show_activity(self) -> None:
        activity = self._activity
        self._counts.set_words(_counted(activity))
        if any(section.view.is_reading for section in self._sections):
            # Somebody points at the rows: they change where they stand, and come and go later.
            for section in self._sections:
                section.refresh_rows((*activity.active, *activity.recent))
            self._later.start()
            return
        mine = [row for row in activity.active if row.owner == self._me]
        others = [row for row in activity.active if row.owner != self._me]
        for section, (title, rows) in zip(
            self._sections,
            (
                (tr("Active now"), mine or others),
                (tr("Active now · others"), others if mine else []),
                (tr("Recent"), activity.recent),
            ),
            strict=True,
        ):
            section.show_rows(title, rows)
        self._nothing.setVisible(not activity.active and not activity.recent)
        if self.hasFocus():
            # It was opened before there was anything in it.
            self.take_focus()

    def set_reduced_motion(self, reduced: bool) -> None:
        for section in self._sections:
            section.view.set_reduced_motion(reduced)

    def take_focus(self) -> None:
        """To where the cursor was, else to the first list that has rows."""
        filled = [section for section in self._sections if section.model.loaded_count]
        for section in filled:
            if section.view.currentIndex().isValid():
                section.view.setFocus(Qt.FocusReason.TabFocusReason)
                return
        if filled:
            filled[0].enter(0)
        else:
            self.setFocus()

    def _follow_cursor(self, section: _Section, _session: object) -> None:
        """One cursor in all lists, and always in sight."""
        index = section.view.currentIndex()
        if not index.isValid():
            return
        for other in self._sections:
            if other is not section and other.view.currentIndex().isValid():
                other.view.clearSelection()
                other.view.selectionModel().clearCurrentIndex()
        at = section.view.mapTo(self._content, section.view.visualRect(index).center())
        self._scroll.ensureVisible(0, at.y(), 0, section.view.delegate.row_height())

    def _go_on(self, section: _Section, by: int) -> None:
        at = self._sections.index(section) + by
        while 0 <= at < len(self._sections):
            if self._sections[at].model.loaded_count:
                self._sections[at].enter(0 if by > 0 else -1)
                return
            at += by

    def _build(self, tools: Sequence[QWidget]) -> None:
        title = ElidedLabel()
        title.set_words(tr("Command Center"))
        title.setProperty("role", "heading")
        # The counts give way first, and wholly.
        self._counts.setMinimumWidth(1)
        header = QHBoxLayout()
        header.setContentsMargins(14, 10, 10, 10)
        header.setSpacing(10)
        header.addWidget(title)
        header.addWidget(self._counts, 1)
        for tool in tools or (self._way_to_sessions(),):
            header.addWidget(tool)
        line = QFrame()
        line.setProperty("variant", "line")
        line.setFixedHeight(1)
        self._content = QWidget()
        inside = QVBoxLayout(self._content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        for section in self._sections:
            inside.addWidget(section)
        inside.addWidget(self._nothing)
        inside.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidget(self._content)
        self._content.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(line)
        layout.addWidget(self._scroll, 1)

    def _way_to_sessions(self) -> QPushButton:
        whole = QPushButton(tr("All sessions"))
        whole.setProperty("variant", "link")
        whole.clicked.connect(self.sessions_wanted)
        return whole

    def _refit(self) -> None:
        for section in self._sections:
            section.fit()
        self.update()


class CommandCenterPanel(QFrame):
    """The Command Center as a popup beside the tray. Esc and a click elsewhere close it."""

    def __init__(self, content: CommandCenter) -> None:
        super().__init__(None, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("command-center")
        self.setWindowTitle(tr("Command Center"))
        self.setProperty("variant", "card")
        self.content = content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(content)
        self.resize(PANEL)

    def open_at(self, anchor: QRect) -> None:
        """Beside a button or the tray's icon (on the screen); where a tray tells no place, in the corner."""
        point = anchor.center() if not anchor.isEmpty() else None
        screen = (QGuiApplication.screenAt(point) if point is not None else None) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        self.resize(PANEL.boundedTo(room.size()))
        corner = QPoint(room.right() - self.width(), room.top())
        if point is not None:
            below = min(anchor.bottom() + _MARGIN, room.bottom() - self.height())
            corner = QPoint(
                min(max(point.x() - self.width() // 2, room.left()), room.right() - self.width()),
                below if point.y() < room.center().y() else max(anchor.top() - _MARGIN - self.height(), room.top()),
            )
        self.move(corner)
        self.show()
        self.raise_()
        self.activateWindow()
        self.content.take_focus()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)


def _counted(activity: Activity) -> str:
    live, waiting = activity.live_count, activity.waiting_count
    parts = [plural(live, "{n} live", "{n} live")] if live else []
    if waiting:
        parts.append(plural(waiting, "{n} waits", "{n} wait"))
    return " · ".join(parts)
