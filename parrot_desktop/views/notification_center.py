"""The bell's panel: what was said, newest first; a click opens the session."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.domain.alerts import Alert, AlertKind, say
from parrot_desktop.domain.row_view import one_line
from parrot_desktop.i18n import tr
from parrot_desktop.views.delegates.paint_kit import Face, PaintKit, PaintKits
from parrot_wire.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QColor

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_desktop.theme.tokens import Pair

Index = QModelIndex | QPersistentModelIndex

PANEL = QSize(420, 480)
ROW = 64
_ROOT = QModelIndex()
_ALERT = int(Qt.ItemDataRole.UserRole)
_GLYPHS = {
    AlertKind.FAILED: "circle-x",
    AlertKind.WAITING: "hourglass",
    AlertKind.FINISHED: "circle-check",
    AlertKind.SPEND: "coins",
}


class AlertListModel(QAbstractListModel):
    """The history as Qt sees it. ``unseen`` of the first rows were not looked at yet when the panel opened."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._alerts: tuple[Alert, ...] = ()
        self.unseen = 0

    def show_alerts(self, alerts: Sequence[Alert], *, unseen: int) -> None:
        self.beginResetModel()
        self._alerts, self.unseen = tuple(alerts), unseen
        self.endResetModel()

    def alert_at(self, index: Index) -> Alert | None:
        return self._alerts[index.row()] if 0 <= index.row() < len(self._alerts) else None

    @override
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._alerts)

    @override
    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        alert = self.alert_at(index)
        if alert is None:
            return None
        if role == _ALERT:
            return alert
        if role in (int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole)):
            said = say((alert,), self._words)
            return self._words.listed([said.title, said.text.replace("\n", ", ")])
        return None


class AlertDelegate(QStyledItemDelegate):
    """One alert: its glyph, what happened, whose, and when."""

    def __init__(self, kits: PaintKits, *, words: Words, times: TimeTexts, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._kits = kits
        self._words = words
        self._times = times
        self._now_ms = now_ms
        self.people: Mapping[str, Person] = {}

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(PANEL.width(), round(ROW * self._kits.theme.text_scale))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        alert = index.data(_ALERT)
        model = index.model()
        if not isinstance(alert, Alert) or not isinstance(model, AlertListModel):
            return
        kit = self._kits.at(painter.device().devicePixelRatio())
        painter.save()
        try:
            self._paint(painter, option.rect, option.state, alert, index.row() < model.unseen, kit)
        finally:
            painter.restore()

    def _paint(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, alert: Alert, is_unseen: bool, kit: PaintKit
    ) -> None:
        tokens = kit.tokens
        is_rtl = painter.layoutDirection() is Qt.LayoutDirection.RightToLeft

        def at(left: int, width: int) -> int:
            """Where something begins that stands so far from the leading edge."""
            return rect.right() + 1 - left - width if is_rtl else rect.left() + left

        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, tokens.selected)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, tokens.hover)
        painter.setPen(tokens.border)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        side, pad = kit.px(16), kit.px(14)
        top = rect.top() + kit.px(12)
        painter.drawPixmap(at(pad, side), top, kit.glyph(_GLYPHS[alert.kind], _pair(alert.kind, kit).ink, side))
        left = pad + side + kit.px(10)
        age = self._times.ago(to_ms(alert.at), self._now_ms())
        age_width = ceil(kit.width(Face.META, age))
        right = rect.width() - pad
        line = kit.px(18)
        age_box = QRect(at(right - age_width, age_width + 1), top, age_width + 1, line)
        _text(painter, kit, Face.META, tokens.faint, age_box, age)
        room = right - age_width - kit.px(10) - left
        face = Face.TITLE if is_unseen else Face.BODY
        _text(painter, kit, face, tokens.text, QRect(at(left, room), top, room, line), alert.title)
        person = self.people.get(alert.owner)
        headline = say((alert,), self._words).title
        below = " · ".join(part for part in (headline, alert.detail, person.name if person else "") if part)
        foot = QRect(at(left, right - left), top + line + kit.px(2), right - left, line)
        _text(painter, kit, Face.META, tokens.muted, foot, below)


def _text(painter: QPainter, kit: PaintKit, face: Face, ink: QColor, box: QRect, text: str) -> None:
    painter.setFont(kit.fonts[face])
    painter.setPen(ink)
    shown = kit.elided(face, one_line(text), box.width())
    is_rtl = painter.layoutDirection() is Qt.LayoutDirection.RightToLeft
    left = box.right() + 1 - round(kit.width(face, shown)) if is_rtl else box.left()
    painter.drawText(left, kit.baseline(face, box.top(), box.height()), shown)


def _pair(kind: AlertKind, kit: PaintKit) -> Pair:
    return {
        AlertKind.FAILED: kit.tokens.needs_look,
        AlertKind.WAITING: kit.tokens.waiting,
        AlertKind.FINISHED: kit.tokens.live,
        AlertKind.SPEND: kit.tokens.queued,
    }[kind]


class NotificationCenter(QFrame):
    """A popup under the bell. Esc and a click elsewhere close it."""

    alert_opened = Signal(object)
    """The `Alert` that was clicked."""

    def __init__(
        self,
        kits: PaintKits,
        *,
        words: Words,
        times: TimeTexts,
        now_ms: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setProperty("variant", "card")
        self.setWindowTitle(tr("Notifications"))
        self.model = AlertListModel(words)
        self._delegate = AlertDelegate(kits, words=words, times=times, now_ms=now_ms)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName(tr("Notifications"))
        self.view.activated.connect(self._open)
        self.view.clicked.connect(self._open)
        title = QLabel(tr("Notifications"))
        title.setProperty("role", "heading")
        header = QHBoxLayout()
        header.setContentsMargins(14, 10, 14, 10)
        header.addWidget(title, 1)
        line = QFrame()
        line.setProperty("variant", "line")
        line.setFixedHeight(1)
        nothing = QLabel(tr("Nothing has needed you yet. Failures and checkpoints will be listed here."))
        nothing.setProperty("role", "muted")
        nothing.setWordWrap(True)
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        nothing.setMargin(28)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.view)
        self._pages.addWidget(nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(line)
        layout.addWidget(self._pages, 1)
        self.resize(PANEL)

    def open_under(self, anchor: QRect, alerts: Sequence[Alert], *, unseen: int, people: Mapping[str, Person]) -> None:
        """``anchor`` is the bell on the screen."""
        self._delegate.people = people
        self.model.show_alerts(alerts, unseen=unseen)
        self._pages.setCurrentIndex(0 if alerts else 1)
        screen = QGuiApplication.screenAt(anchor.center()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        x = min(max(anchor.right() - self.width(), room.left()), room.right() - self.width())
        self.move(QPoint(x, anchor.bottom() + 4))
        self.show()
        self.view.setFocus(Qt.FocusReason.PopupFocusReason)
        if alerts:
            self.view.setCurrentIndex(self.model.index(0))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.view.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        alert = self.model.alert_at(index)
        if alert is not None and self.isVisible():
            self.hide()
            self.alert_opened.emit(alert)
