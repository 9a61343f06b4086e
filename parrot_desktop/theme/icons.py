"""Lucide icons, tinted at run time. A pixmap is made once for each (name, colour, size, pixel ratio)."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from parrot_desktop.theme.resources import resource_path


@lru_cache(maxsize=256)
def _svg(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text("utf-8")


@lru_cache(maxsize=1024)
def _pixmap(name: str, rgba: int, size_px: int, ratio: float) -> QPixmap:
    colour = QColor.fromRgba(rgba)
    side = max(1, round(size_px * ratio))
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(_svg(name).replace("currentColor", colour.name()).encode())
    with QPainter(pixmap) as painter:
        painter.setOpacity(colour.alphaF())
        renderer.render(painter, QRectF(0, 0, side, side))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon_pixmap(name: str, colour: QColor, size_px: int, ratio: float) -> QPixmap:
    """An icon of ``resources/icons`` in one colour; ``size_px`` is device-independent.

    Raises FileNotFoundError.
    """
    return _pixmap(name, colour.rgba(), size_px, ratio)


def icon(name: str, colour: QColor, *, disabled: QColor | None = None, size_px: int = 16) -> QIcon:
    """A QIcon that stays sharp at pixel ratios 1 to 3; ``disabled`` is its colour in a disabled button."""
    result = QIcon()
    for ratio in (1.0, 1.5, 2.0, 3.0):
        result.addPixmap(icon_pixmap(name, colour, size_px, ratio))
        if disabled is not None:
            result.addPixmap(icon_pixmap(name, disabled, size_px, ratio), QIcon.Mode.Disabled)
    return result
