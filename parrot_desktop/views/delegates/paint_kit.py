"""What painters share: fonts, measures, pens and small pixmaps, made once for a theme, a text size and a pixel ratio.

Nothing of it is built while a row is painted: that would cost four times the painting itself.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPixmap, QStaticText, QTransform

from parrot_desktop.theme.icons import icon_pixmap
from parrot_wire.values import StatusGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from PySide6.QtGui import QColor, QFont

    from parrot_desktop.theme.fonts import Fonts
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.theme.tokens import Tokens

MAX_TEXTS = 2_048
"""Texts that are kept for each font."""

_KEPT = re.compile("[\\x20-\u058f\u2010-\u203a]*")
"""Scripts that the shipped fonts hold. Another font's ascent would shift a prepared text."""
MAX_PIXMAPS = 2_048


class Face(IntEnum):
    """The fonts of a row; values index `PaintKit.fonts`."""

    TITLE = 0
    BODY = 1
    META = 2
    META_BOLD = 3
    MONO = 4


class PlacedText(NamedTuple):
    """``x`` is the left end, ``y`` the baseline."""

    face: Face
    pen: QPen
    x: int
    y: int
    text: str


class PaintKit:
    """For one theme, text size and device pixel ratio. ``scale`` is the text size, 1.0 = 100 %."""

    def __init__(self, tokens: Tokens, fonts: Fonts, *, scale: float, ratio: float) -> None:
        self.tokens = tokens
        self.scale = scale
        self.ratio = ratio
        self.fonts: tuple[QFont, ...] = (fonts.title_bold, fonts.body, fonts.meta, fonts.meta_bold, fonts.mono)
        self.metrics = tuple(QFontMetricsF(font) for font in self.fonts)
        # Capitals and figures, not the whole line, are what the eye centres.
        self._half_capitals = tuple(metrics.capHeight() / 2 for metrics in self.metrics)
        self._ascents = tuple(metrics.ascent() for metrics in self.metrics)
        self._widths: tuple[OrderedDict[str, float], ...] = tuple(OrderedDict() for _ in self.fonts)
        self._texts: tuple[OrderedDict[str, QStaticText | None], ...] = tuple(OrderedDict() for _ in self.fonts)
        # Between whole pixels a prepared text can come to lie one beside a plain one.
        self._can_keep_texts = float(ratio).is_integer()
        self._pixmaps: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self._inks = {group: QPen(tokens.status(group).ink) for group in StatusGroup}

    def px(self, value: float) -> int:
        """A length at 100 % text, at this text size."""
        return round(value * self.scale)

    def ink(self, group: StatusGroup) -> QPen:
        """The pen for words in a status's colour."""
        return self._inks[group]

    def baseline(self, face: Face, top: int, height: int) -> int:
        """Where text stands so that its capitals are in the middle of a line."""
        return round(top + height / 2 + self._half_capitals[face])

    def width(self, face: Face, text: str) -> float:
        """Advance of a text, kept."""
        kept = self._widths[face]
        width = kept.get(text)
        if width is None:
            # The oldest goes, one at a time: dropping thousands at once would cost a frame.
            if len(kept) >= MAX_TEXTS:
                kept.popitem(last=False)
            width = kept[text] = self.metrics[face].horizontalAdvance(text)
        return width

    def draw(self, painter: QPainter, texts: Iterable[PlacedText]) -> None:
        """``drawText``, which from a text's second drawing on uses the glyphs of the first: a third of the time.

        Making them costs more than one plain drawing, so a text that is seen once, as in fast scrolling, is spared it.
        Neighbours of one face and pen come cheaper.
        """
        last_face = last_pen = None
        for face, pen, x, baseline, text in texts:
            if face is not last_face:
                painter.setFont(self.fonts[face])
                last_face = face
            if pen is not last_pen:
                painter.setPen(pen)
                last_pen = pen
            kept = self._texts[face]
            if text in kept:
                static = kept[text]
                if static is None:
                    static = kept[text] = self._prepared(face, text)
                painter.drawStaticText(QPointF(x, baseline - self._ascents[face]), static)
                continue
            if self._can_keep_texts and _KEPT.fullmatch(text):
                if len(kept) >= MAX_TEXTS:
                    kept.popitem(last=False)
                kept[text] = None
            painter.drawText(x, baseline, text)

    def _prepared(self, face: Face, text: str) -> QStaticText:
        static = QStaticText(text)
        static.setTextFormat(Qt.TextFormat.PlainText)
        static.prepare(QTransform(), self.fonts[face])
        return static

    def elided(self, face: Face, text: str, width: float) -> str:
        """The text, cut with an ellipsis where it is wider; "" where not even that fits."""
        if self.width(face, text) <= width:
            return text
        short = self.metrics[face].elidedText(text, Qt.TextElideMode.ElideRight, width)
        return "" if short == "…" else short

    def glyph(self, name: str, colour: QColor, size: int) -> QPixmap:
        """An icon; ``size`` in device-independent pixels."""
        return icon_pixmap(name, colour, size, self.ratio)

    def pixmap(self, key: Hashable, width: int, height: int, draw: Callable[[QPainter], None]) -> QPixmap:
        """What ``draw`` draws into (0, 0, width, height), made once for a key. A key starts with its painter's name."""
        found = self._pixmaps.get(key)
        if found is None:
            if len(self._pixmaps) >= MAX_PIXMAPS:
                self._pixmaps.popitem(last=False)
            found = QPixmap(max(1, round(width * self.ratio)), max(1, round(height * self.ratio)))
            found.setDevicePixelRatio(self.ratio)
            found.fill(Qt.GlobalColor.transparent)
            with QPainter(found) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
                draw(painter)
            self._pixmaps[key] = found
        return found

    @cached_property
    def text(self) -> QPen:
        return QPen(self.tokens.text)

    @cached_property
    def muted(self) -> QPen:
        return QPen(self.tokens.muted)

    @cached_property
    def faint(self) -> QPen:
        return QPen(self.tokens.faint)

    @cached_property
    def accent(self) -> QPen:
        return QPen(self.tokens.accent)


class PaintKits(QObject):
    """The kits of a theme by pixel ratio; made anew when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._kits: dict[float, PaintKit] = {}
        theme.changed.connect(self._kits.clear)

    def at(self, ratio: float) -> PaintKit:
        kit = self._kits.get(ratio)
        if kit is None:
            theme = self.theme
            kit = PaintKit(theme.tokens, theme.fonts, scale=theme.text_scale, ratio=ratio)
            self._kits[ratio] = kit
        return kit
