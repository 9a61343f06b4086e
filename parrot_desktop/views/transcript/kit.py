"""What painting a transcript needs, made once for a theme and text size: fonts, colours, formats, measures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPen,
    QPixmap,
    QTextBlockFormat,
    QTextCharFormat,
)

from parrot_desktop.domain.transcript.cards import Tone
from parrot_desktop.domain.transcript.diff import LineKind
from parrot_desktop.richtext.highlight import Ink
from parrot_desktop.theme.icons import icon_pixmap
from parrot_desktop.views.mirroring import place_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QTextDocument

    from parrot_desktop.domain.transcript.ansi import Colour, Style
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.theme.tokens import Tokens
    from parrot_desktop.views.transcript.colouring import Colourer
    from parrot_desktop.views.transcript.documents import Painted

_LEAST_CONTRAST = 3.0


class TranscriptKit:
    """Read-only after it is made; a theme or text size that changes makes a new one."""

    def __init__(self, theme: Theme, colourer: Colourer, *, is_mirrored: bool = False) -> None:
        """``is_mirrored``: the window reads from right to left."""
        t, f = theme.tokens, theme.fonts
        self.is_mirrored = is_mirrored
        self._colourer = colourer
        self.tokens: Tokens = t
        self._corners: dict[tuple[int, float], QPixmap] = {}
        self.scale = theme.text_scale
        self.body: QFont = f.body
        self.body_bold: QFont = f.body_bold
        self.title: QFont = f.title_bold
        self.meta: QFont = f.meta
        self.meta_bold: QFont = f.meta_bold
        self.mono: QFont = _without_ligatures(f.mono)
        self.body_metrics = QFontMetrics(f.body)
        self.title_metrics = QFontMetrics(f.title_bold)
        self.bold_metrics = QFontMetrics(f.body_bold)
        self.meta_metrics = QFontMetrics(f.meta)
        self.mono_metrics = QFontMetrics(self.mono)
        self.body_char = max(1.0, QFontMetricsF(f.body).averageCharWidth())
        self.mono_char = max(1.0, QFontMetricsF(self.mono).horizontalAdvance("0"))
        self.body_line = self.body_metrics.lineSpacing() * 1.28
        self.mono_line = self.mono_metrics.lineSpacing() * 1.2

        self.card_ground = t.raised
        self.code_ground = t.window if t.is_dark else _mixed(t.window, t.surface, 0.35)
        self.inline_ground = _alpha(t.text, 17 if t.is_dark else 13)
        self.border_pen = QPen(t.border, 1)
        self.match_ground = _alpha(t.waiting.ink, 90 if t.is_dark else 80)
        self.current_ground = _alpha(t.queued.ink, 190)
        self.current_ink = t.on_accent
        self.selection_ground = t.accent
        self.selection_ink = t.on_accent
        self.tones = {
            Tone.GOOD: t.live.ink,
            Tone.BAD: t.needs_look.ink,
            Tone.WAITING: t.waiting.ink,
            Tone.MUTED: t.muted,
            Tone.LIVE: t.live.ink,
        }
        self.diff_grounds = {
            LineKind.ADDED: _alpha(t.live.ink, 34 if t.is_dark else 26),
            LineKind.REMOVED: _alpha(t.needs_look.ink, 34 if t.is_dark else 22),
            LineKind.GAP: _alpha(t.info.ink, 22 if t.is_dark else 16),
        }
        self.diff_marks = {
            LineKind.ADDED: _alpha(t.live.ink, 80 if t.is_dark else 62),
            LineKind.REMOVED: _alpha(t.needs_look.ink, 84 if t.is_dark else 56),
        }
        self._inks = {
            Ink.KEYWORD: t.queued.ink,
            Ink.NAME: t.info.ink,
            Ink.STRING: t.live.ink,
            Ink.NUMBER: t.live.ink,
            Ink.COMMENT: t.faint,
            Ink.META: t.waiting.ink,
            Ink.ADDED: t.live.ink,
            Ink.REMOVED: t.needs_look.ink,
        }
        self.ink_formats = {ink: _coloured(colour) for ink, colour in self._inks.items()}
        self._ansi = _ansi_colours(t)
        self._ansi_formats: dict[Style, QTextCharFormat] = {}

        self.prose_format = QTextCharFormat()
        self.prose_format.setForeground(t.text)
        self.code_format = QTextCharFormat()
        self.code_format.setFont(self.mono)
        self.code_format.setForeground(t.text)
        self.code_format.setBackground(self.inline_ground)
        self.link_ink = t.accent

    def colour(self, document: QTextDocument, text: str, language: str, *, over: Sequence[Painted] = ()) -> None:
        """Colour a document's code, now or soon; ``over`` lies over the colours."""
        self._colourer.colour(document, text, language, self.ink_formats, over)

    def px(self, value: float) -> int:
        """A length at 100 % text size in today's pixels."""
        return round(value * self.scale)

    def x(self, rect: QRect, left: int, width: int) -> int:
        """Where something begins that stands at ``left`` in a rect read from left to right, and is so wide."""
        return place_in(rect, left, width, is_mirrored=self.is_mirrored)

    def box(self, rect: QRect, inner: QRect) -> QRect:
        """A part of a rect read from left to right, where it is to be."""
        return QRect(self.x(rect, inner.left(), inner.width()), inner.top(), inner.width(), inner.height())

    def closed_chevron(self) -> str:
        """The icon of what can be unfolded: it points to where the text goes."""
        return "chevron-left" if self.is_mirrored else "chevron-right"

    def icon(self, name: str, colour: QColor, ratio: float, size: int = 14) -> QPixmap:
        return icon_pixmap(name, colour, self.px(size), ratio)

    def corners(self, ground: QColor, ratio: float) -> QPixmap:
        """A disc on the ground with the border's line: its quarters are the corners of a box."""
        key = (ground.rgba(), ratio)
        made = self._corners.get(key)
        if made is None:
            side = 2 * self.tokens.radius.card
            made = QPixmap(round(side * ratio), round(side * ratio))
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            with QPainter(made) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(self.border_pen)
                painter.setBrush(ground)
                painter.drawEllipse(QRectF(0.5, 0.5, side - 1, side - 1))
            self._corners[key] = made
        return made

    def heading_font(self, level: int) -> QFont:
        """Headings of Markdown: three sizes; a transcript is no article."""
        font = QFont(self.body_bold)
        font.setPointSizeF(self.body.pointSizeF() * {1: 1.3, 2: 1.17, 3: 1.06}.get(level, 1.0))
        return font

    def line_format(self) -> QTextBlockFormat:
        """A paragraph of running text."""
        made = QTextBlockFormat()
        made.setLineHeight(128, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value))
        return made

    def code_line_format(self) -> QTextBlockFormat:
        made = QTextBlockFormat()
        made.setLineHeight(120, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value))
        return made

    def ansi_format(self, style: Style) -> QTextCharFormat:
        """The terminal's colours as ours, readable on this theme's ground."""
        made = self._ansi_formats.get(style)
        if made is None:
            made = QTextCharFormat()
            ink = None if style.ink is None else self._ansi_colour(style.ink)
            ground = None if style.ground is None else self._ansi_colour(style.ground)
            if style.inverse:
                ink, ground = ground or self.code_ground, ink or self.tokens.text
            if ground is not None:
                made.setBackground(ground)
            shown = readable(ink or self.tokens.text, ground or self.code_ground, self.tokens)
            if style.dim and ground is None:
                shown = self.tokens.muted
            made.setForeground(shown)
            if style.bold:
                made.setFontWeight(QFont.Weight.Bold)
            made.setFontItalic(style.italic)
            made.setFontUnderline(style.underline)
            made.setFontStrikeOut(style.strike)
            if len(self._ansi_formats) > 500:
                self._ansi_formats.clear()
            self._ansi_formats[style] = made
        return made

    def _ansi_colour(self, colour: Colour) -> QColor:
        return self._ansi[colour] if isinstance(colour, int) else QColor(*colour)


def _without_ligatures(font: QFont) -> QFont:
    """What was typed is shown, each character for itself."""
    made = QFont(font)
    for name in ("calt", "liga"):
        made.setFeature(QFont.Tag(name), 0)
    return made


def contrast(one: QColor, other: QColor) -> float:
    """WCAG contrast of two opaque colours, 1 to 21."""
    a, b = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def readable(ink: QColor, ground: QColor, tokens: Tokens) -> QColor:
    """The ink, moved towards the theme's text where it could not be read on the ground."""
    for share in (0.0, 0.35, 0.6, 0.85):
        tried = _mixed(ink, tokens.text, share)
        if contrast(tried, ground) >= _LEAST_CONTRAST:
            return tried
    return max((tokens.text, tokens.window), key=lambda colour: contrast(colour, ground))


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def _ansi_colours(t: Tokens) -> tuple[QColor, ...]:
    """The terminal's sixteen, of the theme's own hues where it has them."""
    red, green, yellow, blue = t.needs_look.ink, t.live.ink, t.waiting.ink, t.accent
    magenta, cyan = _mixed(red, blue, 0.5), _mixed(green, blue, 0.5)
    black, white = (t.faint, t.text) if t.is_dark else (t.text, t.muted)
    plain = (black, red, green, yellow, blue, magenta, cyan, white)
    bright = (t.faint, *(_mixed(colour, t.text, 0.18) for colour in plain[1:7]), t.text)
    return (*plain, *bright)


def _coloured(colour: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(colour)
    return made


def _alpha(colour: QColor, alpha: int) -> QColor:
    made = QColor(colour)
    made.setAlpha(alpha)
    return made


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    """``share`` of the other in the one, 0 to 1."""
    return QColor.fromRgbF(
        one.redF() * (1 - share) + other.redF() * share,
        one.greenF() * (1 - share) + other.greenF() * share,
        one.blueF() * (1 - share) + other.blueF() * share,
    )
