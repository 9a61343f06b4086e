"""The rounded cards of the right side, and lines of facts in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QGuiApplication, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon_pixmap

if TYPE_CHECKING:
    from parrot_desktop.domain.session_facts import Fact
    from parrot_desktop.theme.theme import Theme


class Card(QFrame):
    """A raised ground with a fine border. ``body`` takes the content, under a title with a figure at its right."""

    def __init__(self, theme: Theme, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 13, 14, 13)
        self.body.setSpacing(10)
        self.title = QLabel(title)
        self.figure = QLabel()
        if title:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(self.title)
            row.addStretch(1)
            row.addWidget(self.figure)
            self.body.addLayout(row)
            self.setAccessibleName(title)
        theme.changed.connect(self._refont_title)
        self._refont_title()

    def _refont_title(self) -> None:
        self.title.setFont(self._theme.fonts.body_bold)
        self.figure.setFont(self._theme.fonts.heading)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.border, 1))
            painter.setBrush(tokens.raised)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, tokens.radius.card, tokens.radius.card)


class FactLabel(QLabel):
    """A value: wraps, can be copied, and is a link where it leads somewhere."""

    link_activated = Signal(object)
    """The Fact."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fact: Fact | None = None
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.linkActivated.connect(self._activate)
        # The text as it is shown has places to wrap in it: what is copied is the value.
        copy = QAction(tr("Copy"), self)
        copy.triggered.connect(self._copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def show_fact(self, fact: Fact) -> None:
        self._fact = fact
        self.restyle()

    def restyle(self) -> None:
        fact = self._fact
        if fact is None:
            return
        leads = fact.link is not None or fact.record is not None
        self.setFont(self._theme.fonts.mono if fact.is_code else self._theme.fonts.body)
        # Paths and ids have no spaces to wrap at.
        text = _breakable(fact.value)
        if leads:
            colour = self._theme.tokens.accent.name()
            self.setTextFormat(Qt.TextFormat.RichText)
            self.setText(f'<a href="open" style="color:{colour};text-decoration:none">{_escaped(text)}</a>')
            flags = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        else:
            self.setTextFormat(Qt.TextFormat.PlainText)
            self.setText(text)
            flags = Qt.TextInteractionFlag.NoTextInteraction
        self.setTextInteractionFlags(flags)
        self.setAccessibleName(f"{fact.label}: {fact.value}")
        self.setToolTip(fact.link or (tr("Show all its sessions in the list") if fact.record is not None else ""))

    def _copy(self) -> None:
        if self._fact is not None:
            QGuiApplication.clipboard().setText(self._fact.value)

    def _activate(self, _target: str) -> None:
        if self._fact is not None:
            self.link_activated.emit(self._fact)


class CopyButton(QAbstractButton):
    """A quiet glyph that lights up under the pointer."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.setToolTip(tr("Copy"))
        self.setFixedSize(26, 26)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        lit = self.underMouse() or self.hasFocus()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if lit:
                painter.setPen(QPen(tokens.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
                painter.setBrush(tokens.hover)
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
            ink = tokens.text if lit else tokens.faint
            painter.setOpacity(1.0 if lit else 0.75)
            painter.drawPixmap(6, 6, icon_pixmap("copy", ink, 14, self.devicePixelRatioF()))


_NARROW_CHARS = 46
"""With room for fewer characters, two columns of facts would wrap at every word."""


class FactGrid(QWidget):
    """Facts in two columns, as in the summary card; one below the other where there is little room."""

    activated = Signal(object)
    """The Fact of a link."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(7)
        self._is_narrow = False
        self._labels: dict[tuple[int, int], QLabel] = {}
        self._values: dict[tuple[int, int], FactLabel] = {}
        self._shown: tuple[tuple[Fact, ...], ...] = ()
        theme.changed.connect(self._restyle)

    def show_facts(self, columns: tuple[tuple[Fact, ...], ...]) -> None:
        if columns == self._shown:
            return
        shape = tuple(tuple(fact.label for fact in column) for column in columns)
        if shape == tuple(tuple(fact.label for fact in column) for column in self._shown):
            for x, column in enumerate(columns):
                for y, fact in enumerate(column):
                    if fact != self._shown[x][y]:
                        self._values[x, y].show_fact(fact)
            self._shown = columns
            return
        self._shown = columns
        for widget in (*self._labels.values(), *self._values.values()):
            widget.deleteLater()
        self._labels.clear()
        self._values.clear()
        for x, column in enumerate(columns):
            for y, fact in enumerate(column):
                label = QLabel(fact.label)
                label.setProperty("role", "faint")
                label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                value = FactLabel(self._theme)
                value.link_activated.connect(self.activated)
                value.show_fact(fact)
                self._labels[x, y], self._values[x, y] = label, value
        self._restyle()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wants_narrow() != self._is_narrow:
            self._arrange()

    def _wants_narrow(self) -> bool:
        return self.width() < _NARROW_CHARS * QFontMetrics(self._theme.fonts.body).averageCharWidth()

    def _arrange(self) -> None:
        self._is_narrow = narrow = self._wants_narrow()
        while self._grid.takeAt(0) is not None:
            pass
        for row, (x, y) in enumerate(self._values):
            at = (row, 0) if narrow else (y, 2 * x)
            self._grid.addWidget(self._labels[x, y], *at)
            self._grid.addWidget(self._values[x, y], at[0], at[1] + 1)
        least = QFontMetrics(self._theme.fonts.meta).averageCharWidth() * 8
        for column, stretch in enumerate((0, 1, 0, 1)):
            is_used = not narrow or column < 2
            self._grid.setColumnStretch(column, stretch if is_used else 0)
            self._grid.setColumnMinimumWidth(column, least if is_used and not stretch else 0)

    def value_text(self, label: str) -> str | None:
        """The value beside a label; None where there is no such line."""
        return next((fact.value for column in self._shown for fact in column if fact.label == label), None)

    def _restyle(self) -> None:
        for label in self._labels.values():
            label.setFont(self._theme.fonts.meta)
        for value in self._values.values():
            value.restyle()
        self._arrange()


def _breakable(text: str) -> str:
    """With places to wrap after the separators of long words."""
    if len(text) < 24 or " " in text[:24]:
        return text
    return "".join(f"{character}\u200b" if character in "/\\-_.@" else character for character in text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
