"""The foot of the window: how the connection stands, how many sessions, what they cost, who is looking."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSize, Qt, QTime, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QStatusBar, QWidget
from typing_extensions import override

from parrot_desktop.domain.connection_state import Connection, ConnectionState
from parrot_desktop.domain.cost_caption import amount, cost_caption
from parrot_desktop.i18n import QtWords, number, plural, tr
from parrot_desktop.views.announce import announce
from parrot_desktop.views.connection_words import connection_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from parrot_desktop.domain.connection_state import Indexing
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Cost

HEIGHT = 28


class _Dot(QWidget):
    """A shape for each state, so that it is not told by colour alone: full, ring, cross."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.state = ConnectionState.STARTING
        self.setFixedSize(10, 10)

    def colour(self) -> QColor:
        tokens = self._theme.tokens
        match self.state:
            case ConnectionState.LIVE:
                return tokens.live.ink
            case ConnectionState.STARTING | ConnectionState.CONNECTING:
                return tokens.muted
            case ConnectionState.RECONNECTING:
                return tokens.waiting.ink
            case ConnectionState.OFFLINE | ConnectionState.UNAUTHORISED | ConnectionState.FAILED:
                return tokens.danger

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = painter.pen()
            pen.setColor(self.colour())
            pen.setWidthF(2)
            match self.state:
                case ConnectionState.LIVE:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(self.colour())
                    painter.drawEllipse(1, 1, 8, 8)
                case ConnectionState.STARTING | ConnectionState.CONNECTING | ConnectionState.RECONNECTING:
                    painter.setPen(pen)
                    painter.drawEllipse(2, 2, 6, 6)
                case ConnectionState.OFFLINE | ConnectionState.UNAUTHORISED | ConnectionState.FAILED:
                    painter.setPen(pen)
                    painter.drawLine(2, 2, 8, 8)
                    painter.drawLine(8, 2, 2, 8)


class StatusBar(QStatusBar):
    """``retry_asked`` comes from the button that stands beside a broken connection."""

    retry_asked = Signal()

    def __init__(self, theme: Theme, *, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._theme = theme
        self._now_ms = now_ms
        self._words = QtWords()
        self._connection = Connection(ConnectionState.STARTING, now_ms())
        self._indexing: Indexing | None = None
        self.setSizeGripEnabled(False)
        self.setAccessibleName(tr("Status"))

        self._dot = _Dot(theme)
        self._state = QLabel()
        self._retry = QPushButton(tr("Retry now"))
        self._retry.setProperty("variant", "link")
        self._retry.clicked.connect(self.retry_asked)
        self._total = QLabel()
        self._loaded = QLabel()
        self._spend = QLabel()
        self._selected = QLabel()
        self._index_text = QLabel()
        self._index_bar = QProgressBar()
        self._index_bar.setTextVisible(False)
        self._index_bar.setFixedWidth(110)
        self._index_bar.setAccessibleName(tr("Reading transcripts"))
        self._member = QLabel()

        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(16)
        state = QHBoxLayout()
        state.setSpacing(4)
        state.addWidget(self._dot)
        state.addWidget(self._state)
        state.addWidget(self._retry)
        layout.addLayout(state)
        for label in (self._total, self._loaded, self._spend, self._selected):
            layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(self._index_text)
        layout.addWidget(self._index_bar)
        layout.addWidget(self._member)
        row.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.addWidget(row, 1)
        self._row = row

        self._countdown = QTimer(self)
        self._countdown.setInterval(1_000)
        self._countdown.timeout.connect(self._show_connection)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.show_connection(self._connection)
        self.show_indexing(None)

    @property
    def texts(self) -> list[str]:
        """What it says, start to end, what has no room included."""
        labels = (self._state, self._total, self._loaded, self._spend, self._selected, self._index_text, self._member)
        return [label.text() for label in labels if label.text()]

    def show_connection(self, connection: Connection) -> None:
        is_news = connection.state is not self._connection.state
        self._connection = connection
        self._show_connection()
        if connection.retry_at_ms is None:
            self._countdown.stop()
        elif not self._countdown.isActive():
            self._countdown.start()
        if is_news and connection.is_trouble:
            self._state.setAccessibleName(self._state.text())
            announce(self._state, self._state.text())

    def show_counts(self, total: int | None, loaded: int, *, is_filtered: bool, hidden: int = 0) -> None:
        """``total`` is the summary's under the filter in force; None while unknown. Hidden rows are counted in it."""
        if total is None:
            text = ""
        elif is_filtered:
            text = plural(total, "{n} session matches", "{n} sessions match")
        else:
            text = plural(total, "{n} session", "{n} sessions")
        if hidden and text:
            text = tr("{sessions} · {n} hidden", sessions=text, n=number(hidden))
        self._total.setText(text)
        self._loaded.setText(tr("{count} loaded", count=number(loaded)) if loaded else "")
        self._fit()

    def show_spend(self, cost: Cost | None) -> None:
        """The summary's cost; None where it is withheld: then there is no trace of it."""
        if cost is None:
            self._spend.setText("")
            self._spend.setToolTip("")
        else:
            text = tr("{money} in view", money=amount(cost.micros, self._words))
            parts = [
                tr(words, n=number(count))
                for count, words in (
                    (cost.estimated, "{n} estimated"),
                    (cost.unpriced, "{n} unpriced"),
                    (cost.unknown, "{n} unknown"),
                )
                if count
            ]
            self._spend.setText(f"{text} · {', '.join(parts)}" if parts else text)
            self._spend.setToolTip(
                tr(
                    "What every session of this view cost together. Turns by how their cost is known: {priced} priced, "
                    "{estimated} estimated from tokens, {unpriced} without a charge, {unknown} whose price nobody "
                    "knows.",
                    priced=number(cost.priced),
                    estimated=number(cost.estimated),
                    unpriced=number(cost.unpriced),
                    unknown=number(cost.unknown),
                )
            )
        self._fit()

    def show_selected(self, count: int, cost: Cost | None) -> None:
        """Several selected rows and what they cost together; nothing for fewer than two."""
        if count < 2:
            self._selected.setText("")
        else:
            caption = cost_caption(cost, self._words)
            words = plural(count, "{n} selected", "{n} selected")
            self._selected.setText(f"{words} · {caption}" if caption else words)
        self._fit()

    def show_member(self, text: str) -> None:
        """ "Sarah Chen · Lead" """
        self._member.setText(text)
        self._fit()

    def show_indexing(self, indexing: Indexing | None) -> None:
        self._indexing = indexing
        running = indexing is not None and indexing.is_running
        self._index_bar.setVisible(running)
        self._index_text.setVisible(running or bool(indexing and indexing.problems))
        if indexing is not None and running:
            self._index_bar.setRange(0, indexing.total)
            self._index_bar.setValue(indexing.done)
            text = tr("Reading {done} of {total} files", done=number(indexing.done), total=number(indexing.total))
            self._index_text.setText(text)
            self._index_text.setToolTip("\n".join(indexing.places))
        elif indexing is not None and indexing.problems:
            self._index_text.setText(plural(indexing.problems, "{n} unreadable line", "{n} unreadable lines"))
            self._index_text.setToolTip(
                tr("Some lines of the transcripts could not be read; nothing else was skipped.")
            )
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, super().minimumSizeHint().height())

    def _show_connection(self) -> None:
        connection = self._connection
        self._dot.state = connection.state
        self._dot.update()
        self._state.setText(self._state_words(connection))
        self._state.setToolTip(connection.detail)
        # Offline for longer, a banner or a face offers it.
        self._retry.setVisible(connection.state is ConnectionState.RECONNECTING)
        ink = self._dot.colour()
        self._state.setStyleSheet(f"color: {ink.name()}")
        self._fit()

    def _state_words(self, connection: Connection) -> str:
        match connection.state:
            case ConnectionState.OFFLINE:
                since = datetime.fromtimestamp(connection.since_ms / 1000)
                clock = QLocale().toString(QTime(since.hour, since.minute), QLocale.FormatType.ShortFormat)
                wait_ms = (connection.retry_at_ms or 0) - self._now_ms()
                if wait_ms >= 1_000:
                    return tr("Offline since {time}, next try in {n} s", time=clock, n=round(wait_ms / 1000))
                return tr("Offline since {time}", time=clock)
            case state:
                return connection_words(state)

    def _fit(self) -> None:
        """Hide the less important where the rest would not fit: loaded, member, spend, index text."""
        gap = 16
        optional = [self._loaded, self._member, self._index_text, self._spend]

        def width_of(widget: QWidget) -> int:
            if isinstance(widget, QLabel):
                text_width = QFontMetrics(widget.font()).horizontalAdvance(widget.text())
                return text_width + gap + 2 if text_width else 0
            return 0 if widget.isHidden() else widget.sizeHint().width() + gap

        wants_index = self._index_bar.isVisibleTo(self._row)
        has_index_text = bool(self._indexing and (self._indexing.is_running or self._indexing.problems))
        shown = {label: bool(label.text()) for label in optional}
        shown[self._index_text] = has_index_text
        room = self.width() - 28 - 14 - width_of(self._state) - width_of(self._total) - width_of(self._selected)
        if not self._retry.isHidden():
            room -= self._retry.sizeHint().width() + 4
        if wants_index:
            room -= 126
        needed = sum(width_of(label) for label in optional if shown[label])
        for label in optional:
            if needed <= room:
                break
            if shown[label]:
                needed -= width_of(label)
                shown[label] = False
        for label in optional:
            label.setVisible(shown[label])
        for label in (self._total, self._selected):
            label.setVisible(bool(label.text()))

    def _restyle(self) -> None:
        fonts = self._theme.fonts
        for label in (
            self._state,
            self._total,
            self._loaded,
            self._spend,
            self._selected,
            self._index_text,
            self._member,
        ):
            label.setFont(fonts.meta)
            if label is not self._state:
                label.setProperty("role", "muted")
        self._retry.setFont(fonts.meta)
        self.setFixedHeight(max(HEIGHT, QFontMetrics(fonts.meta).height() + 12))
        self._show_connection()
