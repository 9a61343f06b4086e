"""What a person sees and hears of a window: its words, and whether they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def seen(window: QWidget) -> Iterator[QWidget]:
    """The window and whatever is visible in it, its own dialogs aside."""
    yield window
    for child in window.findChildren(QWidget):
        if child.isVisibleTo(window) and child.window() is window and not child.objectName().startswith("qt_"):
            yield child


def words(window: QWidget) -> list[tuple[str, str]]:
    """(where, text) of all that is read or heard in the window."""
    found = [("window title", window.windowTitle())]
    for widget in seen(window):
        kind = type(widget).__name__
        found += [(f"{kind} name", widget.accessibleName()), (f"{kind} tooltip", widget.toolTip())]
        if isinstance(widget, QLabel | QAbstractButton):
            found.append((kind, widget.text()))
        if isinstance(widget, QLineEdit) and not isinstance(widget.parent(), QAbstractSpinBox):
            found.append((f"{kind} placeholder", widget.placeholderText()))
        if isinstance(widget, QComboBox):
            found += [(f"{kind} line", widget.itemText(at)) for at in range(widget.count())]
        if isinstance(widget, QListWidget):
            found += [(f"{kind} line", widget.item(at).text()) for at in range(widget.count())]
    for action in window.findChildren(QAction):
        if not isinstance(action.parent(), QLineEdit):
            found.append(("action", action.text().partition("\t")[0]))
            found.append(("action tip", action.toolTip()))
    return [(where, text) for where, text in found if text]


def cut(window: QWidget) -> list[str]:
    """Buttons and labels that have less room than their text takes."""
    found: list[str] = []
    for widget in seen(window):
        if widget.width() <= 0:
            continue  # it gave way on purpose
        if isinstance(widget, QAbstractButton) and widget.text():
            if widget.width() < widget.sizeHint().width() - 1 or widget.height() < widget.sizeHint().height() - 4:
                found.append(f"{type(widget).__name__} {widget.text()!r} {widget.size()} of {widget.sizeHint()}")
        elif isinstance(widget, QLabel) and widget.text() and type(widget) is QLabel:
            room = widget.contentsRect()
            if widget.wordWrap():
                if widget.height() < widget.heightForWidth(widget.width()) - 1:
                    found.append(f"label {widget.text()!r} is cut at its foot")
            elif "<" not in widget.text() and (
                QFontMetrics(widget.font()).horizontalAdvance(widget.text()) > room.width() + 1
            ):
                found.append(f"label {widget.text()!r} has {room.width()} px")
    return found


def overlapping(window: QWidget) -> list[str]:
    """Buttons, labels and fields that lie on each other, or outside the window where nothing scrolls."""
    told = [
        (widget, _on(window, widget))
        for widget in seen(window)
        if isinstance(widget, QAbstractButton | QLabel | QLineEdit | QComboBox)
        and (not isinstance(widget, QLabel) or widget.text())
        and not isinstance(widget.parent(), QLineEdit | QAbstractSpinBox | QComboBox)
        and widget.width() > 0
    ]
    found: list[str] = []
    for at, (one, box) in enumerate(told):
        if not _scrolls(one, window) and not window.rect().contains(box):
            found.append(f"{_called(one)} lies outside: {box}")
        for other, its in told[at + 1 :]:
            if one.parent() is other.parent() and box.intersects(its):
                found.append(f"{_called(one)} {box} on {_called(other)} {its}")
    return found


def _scrolls(widget: QWidget, window: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return isinstance(window, QAbstractScrollArea)


def _on(window: QWidget, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _called(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return f"{type(widget).__name__} {text or widget.accessibleName()!r}"
