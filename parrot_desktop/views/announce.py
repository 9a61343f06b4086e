"""Says something to those who listen: screen readers hear it wherever their cursor is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Politely: after what is being said. ``widget`` is in the window that it concerns.

    Qt's alert events never leave the process on Linux; announcements reach AT-SPI, UI Automation and VoiceOver.
    """
    event = QAccessibleAnnouncementEvent(widget, text)
    event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)
