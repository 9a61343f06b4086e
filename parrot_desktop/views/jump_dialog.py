"""Which day the list should begin at."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from parrot_desktop.i18n import tr

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
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(tr("Day"))
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.calendar.setMaximumDate(QDate.currentDate())
        self._soften(theme)
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

    def _soften(self, theme: Theme) -> None:
        """Qt paints weekends in red and the months on the colour of selections: both say too much here."""
        tokens = theme.tokens
        plain, faint = QTextCharFormat(), QTextCharFormat()
        plain.setForeground(tokens.text)
        faint.setForeground(tokens.muted)
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.calendar.setWeekdayTextFormat(day, plain)
        self.calendar.setHeaderTextFormat(faint)
        self.calendar.setStyleSheet(
            f"#qt_calendar_navigationbar {{ background: {tokens.raised.name()}; }}"
            f"#qt_calendar_navigationbar QToolButton {{ color: {tokens.text.name()}; }}"
        )

    def _go(self) -> None:
        if self.isVisible():
            day = self.calendar.selectedDate()
            self.accept()
            self.chosen.emit(date(day.year(), day.month(), day.day()))
