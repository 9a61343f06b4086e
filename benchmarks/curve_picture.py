"""The curves of growth as a PNG, drawn by Qt."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# Before Qt is asked for: there need not be a screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QImage, QPainter, QPainterPath, QPen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.curves import Growth, Point

_FONT = Path(__file__).parents[1] / "resources" / "fonts"
_SIZE, _SCALE, _GAP, _HEAD = (1120, 330), 2, 28, 54
_INK, _FAINT, _GRID, _PAPER = QColor("#1f2430"), QColor("#6b7280"), QColor("#e5e7eb"), QColor("#ffffff")
_LINES = (QColor("#2563eb"), QColor("#d97706"))


@dataclass(frozen=True, slots=True)
class _Panel:
    """One diagram: what it shows, in which unit, and its lines by name."""

    title: str
    unit: str
    lines: dict[str, Callable[[Point], float]]


_PANELS = (
    _Panel("Indexing and starting again", "s", {"index": lambda p: p.index_s, "restart": lambda p: p.restart_s}),
    _Panel("The server's memory", "MB", {"indexing": lambda p: p.indexing_mb, "at rest": lambda p: p.server_mb}),
    _Panel("A page of 50, any filter", "ms", {"p50": lambda p: p.page_p50_ms, "p99": lambda p: p.page_p99_ms}),
    _Panel("A summary", "ms", {"p50": lambda p: p.summary_p50_ms, "p99": lambda p: p.summary_p99_ms}),
)


def draw(growth: Growth, path: Path) -> None:
    """Four small diagrams beside one another, both axes logarithmic."""
    application = QGuiApplication.instance() or QGuiApplication(["curves"])
    for name in ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Regular.ttf", "Inter-SemiBold.ttf"):
        if (_FONT / name).exists():
            QFontDatabase.addApplicationFont(str(_FONT / name))
    width, height = _SIZE
    image = QImage(width * _SCALE, height * _SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SCALE)
    image.fill(_PAPER)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    each = (width - _GAP * (len(_PANELS) + 1)) / len(_PANELS)
    for number, panel in enumerate(_PANELS):
        area = QRectF(_GAP + number * (each + _GAP), 12, each, height - 44)
        _draw_panel(painter, area, panel, growth.points)
    painter.setFont(_font(11))
    painter.setPen(_FAINT)
    foot = f"{growth.machine.cpu}, {growth.machine.cores} cores; {growth.machine.os}; {growth.at[:10]}"
    painter.drawText(QRectF(_GAP, height - 26, width - 2 * _GAP, 18), Qt.AlignmentFlag.AlignLeft, foot)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(path)):
        raise OSError(f"{path} cannot be written")
    del application


def _draw_panel(painter: QPainter, area: QRectF, panel: _Panel, points: Sequence[Point]) -> None:
    painter.setFont(_font(13, bold=True))
    painter.setPen(_INK)
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, f"{panel.title}, {panel.unit}")
    plot = area.adjusted(34, _HEAD, -6, -24)
    values = [line(point) for line in panel.lines.values() for point in points]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values) * 1.001))
    first, last = math.log10(points[0].sessions), math.log10(points[-1].sessions)

    def place(sessions: float, value: float) -> QPointF:
        x = (math.log10(sessions) - first) / max(last - first, 1e-9)
        y = (math.log10(value) - low) / (high - low)
        return QPointF(plot.left() + x * plot.width(), plot.bottom() - y * plot.height())

    painter.setFont(_font(11))
    for power in range(low, high + 1):
        y = place(points[0].sessions, 10.0**power).y()
        painter.setPen(QPen(_GRID, 1))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(_FAINT)
        box = QRectF(area.left(), y - 9, 28, 18)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{10.0**power:g}")
    for point in points:
        x = place(point.sessions, 10.0**low).x()
        box = QRectF(x - 40, plot.bottom() + 5, 80, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{point.sessions // 1000}k")
    x = area.left()
    for color, (name, line) in zip(_LINES, panel.lines.items(), strict=False):
        path = QPainterPath(place(points[0].sessions, line(points[0])))
        for point in points[1:]:
            path.lineTo(place(point.sessions, line(point)))
        painter.setPen(QPen(color, 2))
        painter.drawPath(path)
        painter.setBrush(color)
        for point in points:
            painter.drawEllipse(place(point.sessions, line(point)), 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        label = f"{name} {line(points[-1]):,.3g}"
        painter.drawText(QPointF(x, area.top() + 34), label)
        x += painter.fontMetrics().horizontalAdvance(label) + 14


def _font(px: int, *, bold: bool = False) -> QFont:
    font = QFont("Inter")
    font.setPixelSize(px)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font
