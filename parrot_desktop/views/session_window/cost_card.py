"""What a session cost: the sum, what it is made of, and every turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget
from typing_extensions import override

from parrot_desktop.domain.cost_caption import amount, cost_caption
from parrot_desktop.domain.transcript.captions import tokens_text
from parrot_desktop.i18n import QtWords, plural, tr
from parrot_desktop.views.mirroring import place_on
from parrot_desktop.views.session_window.card import Card
from parrot_desktop.views.session_window.cost_chart import CostChart
from parrot_desktop.views.session_window.turn_list import SHOWN, TurnList
from parrot_wire.session import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Detail, Turn


class Tile(QWidget):
    """A small figure with its name above it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = self._value = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)

    def show_figure(self, label: str, value: str, tooltip: str) -> None:
        self._label, self._value = label, value
        self.setAccessibleName(f"{label}: {value}")
        self.setToolTip(tooltip)
        self._restyle()

    @property
    def text(self) -> str:
        return f"{self._label} {self._value}"

    @override
    def sizeHint(self) -> QSize:
        meta, heading = QFontMetrics(self._theme.fonts.meta), QFontMetrics(self._theme.fonts.heading)
        width = max(meta.horizontalAdvance(self._label), heading.horizontalAdvance(self._value)) + 20
        return QSize(width, meta.height() + heading.height() + 19)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(48, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, fonts = self._theme.tokens, self._theme.fonts
        meta, heading = QFontMetrics(fonts.meta), QFontMetrics(fonts.heading)
        room = self.width() - 18
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.border, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, tokens.radius.button, tokens.radius.button)
            painter.setFont(fonts.meta)
            painter.setPen(tokens.faint)
            y = 9 + meta.ascent()
            label = meta.elidedText(self._label, Qt.TextElideMode.ElideRight, room)
            painter.drawText(place_on(self, 10, meta.horizontalAdvance(label)), y, label)
            painter.setFont(fonts.heading)
            painter.setPen(tokens.text)
            y += meta.descent() + heading.ascent() + 1
            value = heading.elidedText(self._value, Qt.TextElideMode.ElideRight, room)
            painter.drawText(place_on(self, 10, heading.horizontalAdvance(value)), y, value)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()


class CostCard(Card):
    """Hidden, whole, where the cost is withheld."""

    turn_activated = Signal(int)

    def __init__(self, theme: Theme, kits: PaintKits, parent: QWidget | None = None) -> None:
        super().__init__(theme, tr("AI cost"), parent)
        self._words = QtWords()
        self._tiles: list[Tile] = []
        self._count = 0
        self._of_which = QLabel()
        self._of_which.setProperty("role", "faint")
        self._of_which.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._tile_grid = QGridLayout()
        self._tile_grid.setSpacing(8)
        self._tile_shape = (0, 0)
        self._chart = CostChart(theme)
        self._list = TurnList(kits, self._words)
        self._more = QPushButton()
        self._more.setProperty("variant", "link")
        self._more.clicked.connect(self._toggle_more)
        self._is_whole = False
        self.body.addWidget(self._of_which)
        self.body.addLayout(self._tile_grid)
        self.body.addWidget(self._chart)
        self.body.addWidget(self._list)
        self.body.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self._chart.turn_activated.connect(self.turn_activated)
        self._list.turn_activated.connect(self.turn_activated)
        theme.changed.connect(self._refont)
        self._refont()
        self.hide()

    def show_cost(self, detail: Detail, turns: Sequence[Turn]) -> None:
        """``turns`` oldest first, of the session itself."""
        cost = detail.cost
        self.setVisible(cost is not None)
        if cost is None:
            return
        caption = cost_caption(_without_credits(cost), self._words) or ""
        self.figure.setText(caption)
        self.figure.setAccessibleName(tr("Total: {cost}", cost=caption))
        self._show_children(detail)
        self._show_tiles(detail)
        # One bar says nothing that the list does not.
        self._chart.setVisible(len(turns) > 1 and any(turn.cost for turn in turns))
        self._chart.show_turns(turns)
        self._list.show_turns(turns)
        self._list.setVisible(bool(turns))
        self._count = len(turns)
        self._show_more()

    def _show_children(self, detail: Detail) -> None:
        """What the children spent, of the whole."""
        own, whole = detail.own_cost, detail.cost
        spent = own is not None and whole is not None and whole.micros > own.micros
        self._of_which.setVisible(spent)
        if spent and own is not None and whole is not None:
            money = amount(whole.micros - own.micros, self._words)
            self._of_which.setText(tr("of which subagents {cost}", cost=money))

    def _show_tiles(self, detail: Detail) -> None:
        words, tokens = self._words, detail.tokens
        figures = [
            (tr("Turns"), words.number(detail.turn_count), ""),
            (tr("Events"), words.number(detail.event_count), tr("Parts of all messages")),
        ]
        if detail.cost is not None and detail.cost.credits:
            figures.append((tr("AI credits"), words.number(detail.cost.credits), tr("As the source reports them")))
        by_class = "\n".join(
            f"{label}: {words.number(count)}"
            for label, count in (
                (tr("Input"), tokens.input),
                (tr("Output"), tokens.output),
                (tr("Cache read"), tokens.cache_read),
                (tr("Cache write"), tokens.cache_write),
            )
        )
        figures.append((tr("Tokens"), tokens_text(tokens.total), by_class))
        if detail.tool_call_count:
            figures.append((tr("Tool calls"), words.number(detail.tool_call_count), ""))
        while len(self._tiles) < len(figures):
            tile = Tile(self._theme, self)
            self._tiles.append(tile)
        for tile, figure in zip(self._tiles, figures, strict=False):
            tile.show_figure(*figure)
        for number, tile in enumerate(self._tiles):
            tile.setVisible(number < len(figures))
        self._arrange_tiles()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_tiles()

    def _arrange_tiles(self) -> None:
        """In one row where all their words fit, else in as many as it takes."""
        tiles = [tile for tile in self._tiles if not tile.isHidden()]
        if not tiles:
            return
        room = self.contentsRect().width() - 28
        across = len(tiles)
        widths = [tile.sizeHint().width() for tile in tiles]
        if sum(widths) + 8 * (across - 1) > room:
            across = max(2, min(across - 1, (room + 8) // (max(widths) + 8)))
        rows = -(-len(tiles) // across)
        across = -(-len(tiles) // rows)
        if (len(tiles), across) == self._tile_shape:
            return
        self._tile_shape = (len(tiles), across)
        while self._tile_grid.takeAt(0) is not None:
            pass
        for number, tile in enumerate(tiles):
            self._tile_grid.addWidget(tile, number // across, number % across)

    @property
    def tile_texts(self) -> list[str]:
        """Of the tiles in sight."""
        return [tile.text for tile in self._tiles if not tile.isHidden()]

    def _toggle_more(self) -> None:
        self._is_whole = not self._is_whole
        self._list.show_whole(self._is_whole)
        self._show_more()

    def _show_more(self) -> None:
        self._more.setVisible(self._count > SHOWN)
        if self._is_whole:
            self._more.setText(tr("Show fewer"))
        else:
            self._more.setText(plural(self._count, "Show the {n} turn", "Show all {n} turns"))

    def _refont(self) -> None:
        self._arrange_tiles()
        self._of_which.setFont(self._theme.fonts.meta)
        self._more.setFont(self._theme.fonts.meta)


def _without_credits(cost: Cost) -> Cost:
    """The credits have a tile of their own."""
    return Cost(
        micros=cost.micros,
        priced=cost.priced,
        estimated=cost.estimated,
        unpriced=cost.unpriced,
        unknown=cost.unknown,
    )
