"""Which day the list should begin at."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QDialog, QDialogButtonBox, QLabel, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.i18n import number, tr
from parrot_desktop.theme.icons import icon

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme


class JumpDialog(QDialog):
    """A calendar; Enter or a double click goes. Opened, never executed."""

    chosen = Signal(object)
    """The `date`."""

    def __init__(self, theme: Theme, parent: QWidget, *, day: date | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Jump to date"))
        text = QLabel(tr("The list begins with what last moved on this day, and goes back from there."))
        text.setWordWrap(True)
        text.setFont(theme.fonts.body)
        self.calendar = _Calendar(theme)
        if day is not None:
            self.calendar.setSelectedDate(QDate(day.year, day.month, day.day))
        self.calendar.activated.connect(self._go)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        go = buttons.addButton(tr("Jump"), QDialogButtonBox.ButtonRole.AcceptRole)
        go.setProperty("variant", "primary")
        go.setDefault(True)
        buttons.accepted.connect(self._go)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(text)
        layout.addWidget(self.calendar)
        layout.addWidget(buttons)
        self.calendar.setFocus()

    def _go(self) -> None:
        if self.isVisible():
            day = self.calendar.selectedDate()
            self.accept()
            self.chosen.emit(date(day.year(), day.month(), day.day()))


class _Calendar(QCalendarWidget):
    """Up to today, in the theme's colours: Qt's own are the style's, with weekends in red."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._tokens = tokens = theme.tokens
        self._radius = tokens.radius.button
        self.setFont(theme.fonts.body)
        # Days that a finger meets too.
        self.setMinimumHeight(8 * max(24, self.fontMetrics().height() + 10))
        self.setAccessibleName(tr("Day"))
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.setMaximumDate(QDate.currentDate())
        muted = QTextCharFormat()
        muted.setForeground(tokens.muted)
        muted.setBackground(tokens.raised)
        self.setHeaderTextFormat(muted)
        for day in Qt.DayOfWeek:
            self.setWeekdayTextFormat(day, muted)
        self.setStyleSheet(
            f"#qt_calendar_navigationbar {{ background: {tokens.raised.name()}; }}"
            f"#qt_calendar_navigationbar QToolButton {{ color: {tokens.text.name()}; padding: 4px 6px; }}"
            f"#qt_calendar_calendarview {{ background: {tokens.raised.name()}; }}"
        )
        back, on = ("right", "left") if self.isRightToLeft() else ("left", "right")
        self._dress("qt_calendar_prevmonth", f"chevron-{back}", tr("Earlier month"))
        self._dress("qt_calendar_nextmonth", f"chevron-{on}", tr("Later month"))

    @override
    def paintCell(self, painter: QPainter, rect: QRect, date: QDate | date) -> None:
        day = date if isinstance(date, QDate) else QDate(date.year, date.month, date.day)
        tokens = self._tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, tokens.raised)
        box = QRectF(rect).adjusted(2, 1, -2, -1)
        is_chosen, can_be = day == self.selectedDate(), day <= self.maximumDate()
        if is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.accent)
            painter.drawRoundedRect(box, self._radius, self._radius)
        elif day == QDate.currentDate():
            painter.setPen(QPen(tokens.border, 1))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), self._radius, self._radius)
        ink = tokens.text if can_be and day.month() == self.monthShown() else tokens.faint
        if not can_be:
            painter.setOpacity(0.5)
        painter.setPen(tokens.on_accent if is_chosen else ink)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, number(day.day()))
        painter.restore()

    def _dress(self, name: str, glyph: str, said: str) -> None:
        button = self.findChild(QToolButton, name)
        if button is not None:
            button.setIcon(icon(glyph, self._tokens.text, disabled=self._tokens.faint))
            button.setAccessibleName(said)
            button.setToolTip(said)
