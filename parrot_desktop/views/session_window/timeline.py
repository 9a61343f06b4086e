"""A Flow run from top to bottom: steps to choose from, checkpoints to decide at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.domain.row_view import StepLook
from parrot_desktop.domain.run_timeline import CheckpointItem, StepItem
from parrot_desktop.i18n import tr
from parrot_desktop.views.delegates.paint_step_strip import paint_step_dot
from parrot_desktop.views.mirroring import place_on
from parrot_desktop.views.session_window.checkpoint_row import DOT, CheckpointRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.run_timeline import TimelineItem
    from parrot_desktop.views.delegates.paint_kit import PaintKits

_PAD = 8


class StepRow(QAbstractButton):
    """One step. Checked, its messages alone are shown."""

    chosen = Signal(str)
    """The step's id; empty where it was unchecked."""

    def __init__(
        self, kits: PaintKits, times: TimeTexts, now_ms: Callable[[], int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kits, self._times, self._now_ms = kits, times, now_ms
        self._item: StepItem | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.clicked.connect(self._tell)
        kits.theme.changed.connect(self.updateGeometry)

    def _tell(self, checked: bool) -> None:
        if self._item is not None:
            self.chosen.emit(self._item.id if checked else "")

    @property
    def item(self) -> StepItem | None:
        return self._item

    def show_step(self, item: StepItem) -> None:
        if item == self._item:
            return
        self._item = item
        # What ticks is seen, and not told again every second.
        elapsed = "" if item.elapsed_ms is None else self.elapsed_text
        said = [item.name, item.status, elapsed, item.detail, item.error]
        self.setAccessibleName(", ".join(word for word in said if word))
        self.setToolTip(tr("Show this step's messages alone"))
        self.updateGeometry()
        self.update()

    @property
    def elapsed_text(self) -> str:
        item = self._item
        if item is None or item.started_ms is None:
            return ""
        if item.elapsed_ms is not None:
            return self._times.elapsed(item.elapsed_ms)
        return self._times.elapsed(self._now_ms() - item.started_ms) if item.look is StepLook.RUNNING else ""

    @override
    def sizeHint(self) -> QSize:
        return QSize(220, self.heightForWidth(max(200, self.width())))

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        fonts = self._kits.theme.fonts
        height = QFontMetrics(fonts.title_bold).height() + 2 * _PAD
        item = self._item
        if item is not None and item.detail:
            height += QFontMetrics(fonts.meta).height() + 2
        if item is not None and item.error:
            height += self._error_box(width).height() + 3
        return max(height, self._dot + 2 * _PAD)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        item = self._item
        if item is None:
            return
        kit = self._kits.at(self.devicePixelRatioF())
        tokens, fonts = kit.tokens, self._kits.theme.fonts
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.isChecked() or self.underMouse() or self.hasFocus():
                painter.setPen(tokens.accent if self.hasFocus() else Qt.PenStyle.NoPen)
                ground = tokens.selected if self.isChecked() else tokens.hover
                painter.setBrush(ground if self.isChecked() or self.underMouse() else Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 8, 8)
            dot = QRect(place_on(self, _PAD, self._dot), _PAD, self._dot, self._dot)
            paint_step_dot(painter, dot, item.glyph, item.look, kit)
            x = self._text_x
            title = QFontMetrics(fonts.title_bold)
            meta = QFontMetrics(fonts.meta)
            elapsed = self.elapsed_text
            width = meta.horizontalAdvance(elapsed)
            right = self.width() - _PAD - width
            y = _PAD + title.ascent()
            painter.setFont(fonts.meta)
            painter.setPen(tokens.faint)
            painter.drawText(place_on(self, right, width), y, elapsed)
            painter.setFont(fonts.title_bold)
            painter.setPen(tokens.muted if item.look is StepLook.TO_COME else tokens.text)
            name = title.elidedText(item.name, Qt.TextElideMode.ElideRight, right - x - 8)
            painter.drawText(place_on(self, x, title.horizontalAdvance(name)), y, name)
            y += title.descent() + 2
            painter.setFont(fonts.meta)
            if item.detail:
                painter.setPen(tokens.faint)
                room = self.width() - x - _PAD
                text = meta.elidedText(item.detail, Qt.TextElideMode.ElideRight, room)
                painter.drawText(place_on(self, x, meta.horizontalAdvance(text)), y + meta.ascent(), text)
                y += meta.height() + 2
            if item.error:
                painter.setPen(tokens.danger)
                box = QRect(x, y, self.width() - x - _PAD, self._error_box(self.width()).height())
                box.moveLeft(place_on(self, x, box.width()))
                painter.drawText(box, int(Qt.TextFlag.TextWordWrap), item.error[:600])

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    @property
    def _dot(self) -> int:
        return self._kits.at(1.0).px(DOT)

    @property
    def _text_x(self) -> int:
        return _PAD + self._dot + 12

    def _error_box(self, width: int) -> QRect:
        room = QRect(self._text_x, 0, max(80, width - self._text_x - _PAD), 400)
        metrics = QFontMetrics(self._kits.theme.fonts.meta)
        text = self._item.error[:600] if self._item is not None else ""
        return metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text)


class RunTimeline(QWidget):
    """Steps and checkpoints under each other."""

    step_chosen = Signal(str)
    """Show this step's messages alone; empty: all."""
    decided = Signal(str, object, str)
    """checkpoint, Decision, comment"""
    reassigned = Signal(str, str)
    """checkpoint, member"""

    def __init__(
        self, kits: PaintKits, times: TimeTexts, now_ms: Callable[[], int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kits, self._times, self._now_ms = kits, times, now_ms
        self._rows: dict[str, StepRow | CheckpointRow] = {}
        self._order: list[str] = []
        self._chosen = ""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self.setAccessibleName(tr("Run timeline"))

    def show_items(
        self,
        items: Sequence[TimelineItem],
        *,
        may_decide: bool,
        may_reassign: bool,
        people: Mapping[str, Person],
    ) -> None:
        """Rows stay the same widgets while their steps do, so that a comment being written is not lost."""
        order = [_key(item) for item in items]
        if order != self._order:
            self._arrange(items, order)
        for item in items:
            row = self._rows[_key(item)]
            if isinstance(item, StepItem) and isinstance(row, StepRow):
                row.show_step(item)
            elif isinstance(item, CheckpointItem) and isinstance(row, CheckpointRow):
                row.show_checkpoint(item, may_decide=may_decide, may_reassign=may_reassign, people=people)

    def choose(self, step: str) -> None:
        """Mark a step as the one whose messages are shown; empty for none."""
        self._chosen = step
        for row in self._rows.values():
            if isinstance(row, StepRow):
                row.setChecked(row.item is not None and row.item.id == step)

    def answer(self, checkpoint: str, trouble: str) -> None:
        """What came of a decision: why it was not taken, or empty."""
        row = self._rows.get(f"checkpoint:{checkpoint}")
        if isinstance(row, CheckpointRow):
            row.show_answer(trouble)

    def take_focus(self) -> None:
        """To the comment of the checkpoint that waits."""
        for row in self.rows:
            if isinstance(row, CheckpointRow) and row.takes_decisions:
                row.take_focus()
                return

    def tick(self) -> None:
        """A second went by."""
        for row in self._rows.values():
            if isinstance(row, StepRow) and row.item is not None and row.item.look is StepLook.RUNNING:
                row.update()

    @property
    def rows(self) -> list[StepRow | CheckpointRow]:
        return [self._rows[key] for key in self._order]

    def _arrange(self, items: Sequence[TimelineItem], order: list[str]) -> None:
        for key in [key for key in self._rows if key not in order]:
            self._rows.pop(key).deleteLater()
        while self._layout.takeAt(0) is not None:
            pass
        for item, key in zip(items, order, strict=True):
            if key not in self._rows:
                self._rows[key] = self._make(item)
            self._layout.addWidget(self._rows[key])
        self._order = order
        self.choose(self._chosen)

    def _make(self, item: TimelineItem) -> StepRow | CheckpointRow:
        if isinstance(item, StepItem):
            step = StepRow(self._kits, self._times, self._now_ms)
            step.chosen.connect(self._choose)
            return step
        checkpoint = CheckpointRow(self._kits)
        checkpoint.decided.connect(self.decided)
        checkpoint.reassigned.connect(self.reassigned)
        return checkpoint

    def _choose(self, step: str) -> None:
        self.choose(step)
        self.step_chosen.emit(step)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """The line that joins the dots."""
        dots = [row for row in self._rows.values() if isinstance(row, StepRow)]
        if len(dots) < 2:
            return
        kit = self._kits.at(self.devicePixelRatioF())
        x = place_on(self, _PAD + kit.px(DOT) // 2, 1)
        ordered = sorted(dots, key=lambda row: row.y())
        with QPainter(self) as painter:
            painter.setPen(kit.tokens.border)
            painter.drawLine(QPoint(x, ordered[0].y() + _PAD), QPoint(x, ordered[-1].y() + _PAD))


def _key(item: TimelineItem) -> str:
    return f"step:{item.id}" if isinstance(item, StepItem) else f"checkpoint:{item.id}"
