"""The scroll area: paints what is seen of the column, and turns the mouse and the keys into acts."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget
from typing_extensions import override

from parrot_desktop.domain.transcript.as_markdown import message_as_markdown
from parrot_desktop.domain.transcript.find import count_in, is_prompt
from parrot_desktop.domain.transcript.pieces import View
from parrot_desktop.domain.transcript.store import PartPlace, TranscriptStore
from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Act, Marked, Scene, Target
from parrot_desktop.views.transcript.colouring import Colourer
from parrot_desktop.views.transcript.column import Anchor, Column
from parrot_desktop.views.transcript.compose import Composer, Folding
from parrot_desktop.views.transcript.kit import TranscriptKit
from parrot_desktop.views.transcript.message_layout import Placed, rect_of
from parrot_desktop.views.transcript.rows import ImageBlock, PlaceholderBlock
from parrot_desktop.views.transcript.selection import Selection, TextPlace, occurrences, selected_text
from parrot_wire.session import ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.find import Match
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.transcript.message_layout import MessageLayout
    from parrot_wire.session import Message, Part, Step, Turn

log = logging.getLogger(__name__)

MARGIN = 22
"""Pixels at 100 % left and right of the text."""
MAX_WIDTH = 940
"""Text wider than this is tiring to read."""
_PAD_TOP = 14
_PAD_BOTTOM = 28
_SPIN_MS = 90
_MAX_PASSES = 12


class TranscriptView(QAbstractScrollArea):
    """The messages of one session. It asks for what it has not got by signals, and never loads anything itself."""

    range_needed = Signal(int, int)
    """first, last: these messages are about to be seen and are not at hand."""
    part_needed = Signal(int, int)
    """n, index: a part that was cut is asked for whole."""
    image_needed = Signal(int, int)
    """n, index"""
    link_activated = Signal(str)
    """An http(s) address, or ``file:PATH[:LINE]``."""
    session_activated = Signal(str)
    """The id of a session that a tool call started."""
    menu_requested = Signal(int, object, QPoint)
    """n, the Target under the pointer or None, and where on the screen."""
    following_changed = Signal(bool)
    unseen_changed = Signal(int)
    """How many messages came while the reader was elsewhere."""
    filter_left = Signal()
    """What was jumped to is not shown under the filter in force: everything is shown again."""

    def __init__(self, theme: Theme, captions: Captions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colourer = Colourer(self)
        self._colourer.coloured.connect(self.viewport().update)
        self._kit = TranscriptKit(theme, self._colourer)
        self._captions = captions
        self.store = TranscriptStore()
        self._folding = Folding()
        self._composer = Composer(self._kit, self.store, captions, self._folding, view=View())
        self._column = Column(self._kit, self.store, self._composer)
        self._selection: Selection | None = None
        self._current: PartPlace | None = None
        self._hover: tuple[PartPlace, Target | None] | None = None
        self._pressed: tuple[Target | None, QPointF] | None = None
        self._needle = ""
        self._match: tuple[int, int, int] | None = None  # message, block, which of the block's occurrences
        self._pending: Match | None = None
        self._asked: set[tuple[int, int]] = set()
        self._asked_images: set[PartPlace] = set()
        self._is_live = False
        self._is_following = False
        self._is_setting = False
        self._unseen = 0
        self._phase = 0
        self._failed: set[int] = set()
        self._spinner = QTimer(self, interval=_SPIN_MS)
        self._spinner.timeout.connect(self._spin)
        self._autoscroll = QTimer(self, interval=30)
        self._autoscroll.timeout.connect(self._drag_on)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Transcript"))
        self.viewport().setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(36)
        theme.changed.connect(self._restyle)

    # What is shown

    @property
    def total(self) -> int:
        return self.store.total

    @property
    def is_following(self) -> bool:
        """Whether the end is kept in sight as it grows."""
        return self._is_following

    @property
    def shown(self) -> View:
        return self._composer.view

    def clear(self, captions: Captions) -> None:
        """Show another session, of which nothing is known yet."""
        self._captions = captions
        self.store.clear()
        self._folding = Folding()
        self._asked.clear()
        self._asked_images.clear()
        self._selection = self._current = self._hover = self._match = self._pending = None
        self._needle = ""
        self._is_following = False
        self._set_unseen(0)
        self._rebuild(View())
        self.verticalScrollBar().setValue(0)

    def set_place(self, *, folder: str | None, is_live: bool) -> None:
        """Where the session works, and whether it may still go on."""
        if (folder, is_live) != (self._composer.folder, self._is_live):
            with self._anchored():
                self._composer.folder = folder
                self._composer.is_live = self._is_live = is_live
                self._column.rebuild()

    def set_total(self, total: int) -> None:
        """How many messages there are."""
        if total != self._column.count or total != self.store.total:
            with self._anchored():
                self.store.total = total
                self._column.set_total(total)

    def put_messages(self, messages: Iterable[Message]) -> None:
        """Add or replace messages; a number beyond the last makes the transcript longer."""
        before = self.store.total
        with self._anchored():
            changed = self.store.put(messages)
            if self.store.total != self._column.count:
                self._column.set_total(self.store.total)
            self._column.refresh(changed)
            for n in self.store.evict():
                self._column.refresh([n])
        if self._selection is not None and any(n in changed for n in self._selected_numbers()):
            self._selection = None
        if self._match is not None and self._match[0] in changed:
            self._match = None
        self._asked = {gap for gap in self._asked if self.store.missing(*gap)}
        if not self._is_following and self._is_live and before:
            fresh = sum(1 for n in changed if n > before and self._column.height_of(n) > 0)
            if fresh:
                self._set_unseen(self._unseen + fresh)
        if self._pending is not None and self.store.get(self._pending.n) is not None:
            self.show_match(self._pending)
        self.viewport().update()

    def set_turns(self, turns: Mapping[int, Turn]) -> None:
        """What the separators say of the turns; replaces what was known."""
        if turns != self.store.turns:
            with self._anchored():
                changed = {n for n, turn in turns.items() if self.store.turns.get(n) != turn}
                self.store.turns = dict(turns)
                held = self.store.held(1, self.store.total)
                self._column.refresh([message.n for message in held if message.turn in changed])

    def set_steps(self, steps: Mapping[str, Step]) -> None:
        if steps != self._captions.steps:
            with self._anchored():
                self._captions.steps = steps
                self._column.rebuild()

    def put_part(self, place: PartPlace, part: Part) -> None:
        """A part whole, as it was asked for."""
        with self._anchored():
            self._folding.fetched[place] = part
            self._folding.whole.add(place)
            self._column.refresh(self._owners(place))

    def put_image(self, place: PartPlace, image: QImage | None) -> None:
        """None where the bytes are no image that can be shown."""
        with self._anchored():
            self._folding.images[place] = image
            self._column.refresh([place.n])

    def set_view(self, view: View) -> None:
        """Show a kind of part, or one step, alone."""
        if view != self._composer.view:
            anchor = self._anchor()
            self._rebuild(view)
            if anchor is not None:
                self.scroll_to(anchor.n)

    # Moving

    def scroll_to(self, n: int) -> None:
        """Message ``n`` at the top, or as near as it goes."""
        self._follow(False)
        if self._column.count:
            n = min(max(1, n), self._column.count)
            self._set_value(self._column.top_of(n))
            self.viewport().update()

    def scroll_to_end(self, *, follow: bool) -> None:
        """The last message in sight; ``follow`` keeps it so while the session goes on."""
        self._follow(follow)
        for _ in range(_MAX_PASSES):
            before = self.verticalScrollBar().value()
            self._set_value(self.verticalScrollBar().maximum())
            self._settle()
            if self.verticalScrollBar().value() == self.verticalScrollBar().maximum() == before:
                break
        self._set_unseen(0)
        self.viewport().update()

    @property
    def reading(self) -> int:
        """The number of the message at the top; 0 where there is none."""
        return self._column.message_at(self._top) if self._column.count else 0

    @property
    def place_of_reading(self) -> int:
        """The message that is current, else the one at the top: from where a jump to the next thing goes."""
        if self._current is not None and self._is_in_sight(self._current):
            return self._current.n
        return self.reading

    @property
    def current(self) -> PartPlace | None:
        return self._current

    def make_current(self, place: PartPlace, *, reveal: bool = True) -> None:
        """Mark a part as the one that keys act on, and bring it into sight."""
        self._current = place
        if reveal:
            self._reveal(place)
        self._announce()
        self.viewport().update()

    def go_to_part(self, place: PartPlace) -> None:
        """Jump to a part: at the top of the view, with room above. The filter gives way where it hides it."""
        if self.store.get(place.n) is not None and not self._numbers_of(place):
            self.filter_left.emit()
            self.set_view(View())
        self._follow(False)
        self._current = place
        numbers = self._numbers_of(place)
        found = self._column.placed(place.n, numbers[0]) if numbers else None
        top = found[0] + found[1].top if found else self._column.top_of(min(max(1, place.n), self._column.count))
        self._set_value(max(0, top - self._kit.px(40)))
        self._announce()
        self.viewport().update()

    # Folding

    def toggle(self, place: PartPlace) -> None:
        """Fold or unfold a part."""
        with self._anchored():
            is_open = self._folding.toggle(place)
            self._column.refresh([place.n])
        self._selection = None
        if not is_open:
            self._reveal(place)
        self.viewport().update()

    def set_all_open(self, is_open: bool) -> None:
        with self._anchored():
            self._folding.all_open = is_open
            self._folding.opened.clear()
            self._folding.closed.clear()
            self._column.rebuild()
        self._selection = None

    def is_open(self, place: PartPlace) -> bool:
        return self._folding.is_open(place)

    # Finding

    def set_needle(self, text: str) -> None:
        """Highlight a text wherever it is seen; empty for none."""
        self._needle = text.lower()
        self._match = self._pending = None
        self.viewport().update()

    def show_match(self, match: Match) -> None:
        """Bring a match into sight, unfolding what hides it; a message that is not loaded is asked for first."""
        self._follow(False)
        message = self.store.get(match.n)
        if message is None:
            self._pending = match
            self.scroll_to(match.n)
            return
        self._pending = None
        owner = self._unfold_for(match)
        hits = self._hits(owner)
        if not hits:  # it may be in what is left out of a long text
            with self._anchored():
                self._folding.whole.add(match.place)
                self._column.refresh([owner.n])
            hits = self._hits(owner)
        self._current = owner
        if not hits:
            self.go_to_part(owner)
            return
        part = message.parts[match.index]
        number = match.occurrence
        if isinstance(part, ToolResult):  # its matches come after those of the call
            number += len(hits) - count_in(part, self._needle)
        block, index, _ = hits[min(max(0, number), len(hits) - 1)]
        self._match = (owner.n, block, index)
        self._reveal_match()
        self.viewport().update()

    # Copying

    def copy(self) -> None:
        """The selected text, else the current part's message as Markdown."""
        if self._selection is not None and not self._selection.is_empty:
            QGuiApplication.clipboard().setText(selected_text(self._selection, self._column))
        elif self._current is not None:
            self.copy_message(self._current.n)

    def copy_message(self, n: int) -> None:
        message = self.store.get(n)
        if message is not None:
            QGuiApplication.clipboard().setText(message_as_markdown(message, self.store, self._captions))

    @property
    def selected(self) -> str:
        return selected_text(self._selection, self._column) if self._selection is not None else ""

    # Geometry

    @property
    def _top(self) -> int:
        """The column's height at the top of the viewport."""
        return self.verticalScrollBar().value() - self._pad_top

    @property
    def _pad_top(self) -> int:
        return self._kit.px(_PAD_TOP)

    @property
    def _left(self) -> int:
        return self._kit.px(MARGIN)

    def _text_width(self) -> int:
        room = self.viewport().width() - 2 * self._kit.px(MARGIN)
        return max(60, min(room, self._kit.px(MAX_WIDTH)))

    def _set_value(self, column_y: int) -> None:
        """Scroll so that a height of the column is at the top."""
        self._update_range()
        self._is_setting = True
        self.verticalScrollBar().setValue(column_y + (self._pad_top if column_y else 0))
        self._is_setting = False

    def _update_range(self) -> None:
        bar = self.verticalScrollBar()
        height = self.viewport().height()
        total = self._pad_top + self._column.height + self._kit.px(_PAD_BOTTOM)
        self._is_setting = True
        bar.setRange(0, max(0, total - height))
        bar.setPageStep(max(1, height - self._kit.px(40)))
        self._is_setting = False

    def _anchor(self) -> Anchor | None:
        return self._column.anchor(max(0, self._top))

    @contextlib.contextmanager
    def _anchored(self) -> Generator[None]:
        """Whatever changes inside, what is at the top of the view stays there; so does the end, if it is followed."""
        anchor = self._anchor() if self.verticalScrollBar().value() > 0 else None
        yield
        self._update_range()
        if self._is_following:
            self._set_end()
        elif anchor is not None and self._column.count:
            self._is_setting = True
            self.verticalScrollBar().setValue(self._column.y_of(anchor) + self._pad_top)
            self._is_setting = False
        self.viewport().update()

    def _set_end(self) -> None:
        self._is_setting = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._is_setting = False

    def _settle(self) -> None:
        """Lay out what is seen until nothing moves, and ask for what is missing."""
        height = self.viewport().height()
        for _ in range(_MAX_PASSES):
            before = self.verticalScrollBar().value()
            shift = self._column.settle(self._top, height)
            self._update_range()
            if self._is_following:
                self._set_end()
            elif shift:
                self._is_setting = True
                self.verticalScrollBar().setValue(before + shift)
                self._is_setting = False
            if self.verticalScrollBar().value() == before and not shift:
                break
        self._ask()

    def _ask(self) -> None:
        """Ask for the messages that are seen or soon will be, once."""
        if not self._column.count:
            return
        height = self.viewport().height()
        first = self._column.message_at(self._top - height)
        last = self._column.message_at(self._top + 2 * height)
        self.store.touch(first, last)
        for gap in self.store.missing(first, last):
            if not any(known[0] <= gap[0] and gap[1] <= known[1] for known in self._asked):
                self._asked.add(gap)
                self.range_needed.emit(*gap)

    def forget_asked(self) -> None:
        """What was asked for did not come: ask again when it is seen again."""
        self._asked.clear()
        self._asked_images.clear()

    # Painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._settle()
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), self._theme.tokens.window)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            animated = False
            for n, top, layout in self._column.visible(self._top, self.viewport().height()):
                y = top - self._top
                try:
                    animated |= self._paint_message(painter, n, y, layout)
                except Exception:
                    # The message is left blank; the same error would come back with every repaint.
                    if n not in self._failed:
                        self._failed.add(n)
                        log.exception("message %d cannot be painted", n)
        if animated != self._spinner.isActive():
            self._spinner.start() if animated else self._spinner.stop()

    def _paint_message(self, painter: QPainter, n: int, y: int, layout: MessageLayout | None) -> bool:
        """Returns whether something in it moves."""
        width = self._column.width
        if layout is None:
            height = self._column.height_of(n)
            box = QRect(self._left, y, width, height)
            PlaceholderBlock(self._kit, height).paint(painter, box, Scene(self._kit, self.devicePixelRatioF()))
            return False
        animated = False
        ring: QRect | None = None
        for placed in layout.between(-y, self.viewport().height() - y):
            rect = rect_of(placed, self._left, y, width)
            painter.save()
            try:
                placed.block.paint(painter, rect, self._scene(n, placed))
            finally:
                painter.restore()
            animated |= placed.block.is_animated
            if isinstance(placed.block, ImageBlock) and placed.block.image is None:
                self._need_image(placed.block.place)
            if self._current == PartPlace(n, placed.block.part):
                ring = rect if ring is None else ring.united(rect)
        if ring is not None and self.hasFocus():
            painter.setPen(QPen(self._kit.tokens.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pad = self._kit.px(3)
            painter.drawRoundedRect(ring.adjusted(-pad, -pad, pad, pad), 12, 12)
        return animated

    def _scene(self, n: int, placed: Placed) -> Scene:
        block = placed.block
        hovered = self._hover is not None and self._hover[0] == PartPlace(n, block.part)
        document = block.document
        marked = Marked()
        if document is not None:
            chosen = self._selection.within(n, placed.number, document) if self._selection is not None else None
            matches = occurrences(document.toPlainText(), self._needle) if self._needle else []
            current = None
            if self._match is not None and self._match[:2] == (n, placed.number) and self._match[2] < len(matches):
                current = matches[self._match[2]]
            marked = Marked(matches, current, chosen)
        return Scene(
            self._kit,
            self.devicePixelRatioF(),
            hover=self._hover[1] if hovered and self._hover is not None else None,
            is_hovered=hovered,
            marked=marked,
            phase=self._phase,
        )

    def _need_image(self, place: PartPlace) -> None:
        if place not in self._asked_images and place not in self._folding.images:
            self._asked_images.add(place)
            self.image_needed.emit(place.n, place.index)

    def _spin(self) -> None:
        self._phase = (self._phase + 1) % 12
        self.viewport().update()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._spinner.stop()
        super().hideEvent(event)

    # Events

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        with self._anchored():
            self._column.set_width(self._text_width())
        super().resizeEvent(event)

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._is_setting:
            bar = self.verticalScrollBar()
            self._follow(self._is_live and bar.value() >= bar.maximum() - 4)
        self.viewport().update()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        if by_key and self._current is None and self._column.count:
            self._step(0)
        self.viewport().update()
        super().focusInEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.viewport().update()
        super().focusOutEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position()
        hit = self._hit(point)
        self._pressed = (hit[2] if hit is not None else None, point)
        place = self._text_place(point)
        if place is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._selection is not None:
            self._selection = Selection(self._selection.start, place)
        elif place is not None:
            self._selection = Selection(place, place)
        if hit is not None and hit[1].block.part >= 0:
            self._current = PartPlace(hit[0], hit[1].block.part)
            self._announce()
        self.viewport().update()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            far = (point - self._pressed[1]).manhattanLength() > 5
            if far or self._pressed[0] is None:
                self._pressed = (None if far else self._pressed[0], self._pressed[1])
                self._drag_to(point)
            if not self.viewport().rect().contains(point.toPoint()):
                self._autoscroll.start()
            return
        hit = self._hit(point)
        hover = (PartPlace(hit[0], hit[1].block.part), hit[2]) if hit is not None else None
        if hover != self._hover:
            self._hover = hover
            self._set_cursor(hit)
            self.viewport().update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._autoscroll.stop()
        pressed, self._pressed = self._pressed, None
        if pressed is None or pressed[0] is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        hit = self._hit(event.position())
        if hit is not None and hit[2] == pressed[0]:
            self.act(PartPlace(hit[0], hit[1].block.part), pressed[0])

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self._hit(event.position())
        place = self._text_place(event.position())
        if hit is None or place is None or hit[2] is not None or hit[1].block.document is None:
            return
        start, end = _word_at(hit[1].block.document.toPlainText(), place.position)
        self._selection = Selection(TextPlace(place.n, place.block, start), TextPlace(place.n, place.block, end))
        self.viewport().update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        if self._hover is not None:
            self._hover = None
            self.viewport().update()
        super().leaveEvent(event)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            hit = self._hit(QPointF(event.pos()))
            target = hit[2] if hit is not None else None
            if target is not None and target.act is not Act.FOLD:
                QToolTip.showText(event.globalPos(), target.label, self.viewport())
            else:
                QToolTip.hideText()
            return True
        if event.type() is QEvent.Type.Leave:
            self.leaveEvent(event)
        return super().viewportEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self._current is not None:
            rect = self._rect_of_part(self._current)
            where = self.viewport().mapToGlobal(rect.center() if rect is not None else QPoint(40, 40))
            self.menu_requested.emit(self._current.n, None, where)
            return
        hit = self._hit(QPointF(event.pos()))
        if hit is not None:
            if hit[1].block.part >= 0:
                self.make_current(PartPlace(hit[0], hit[1].block.part), reveal=False)
            self.menu_requested.emit(hit[0], hit[2], event.globalPos())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = Qt.Key(event.key()), event.modifiers() in {Qt.KeyboardModifier.NoModifier, _KEYPAD}
        bar = self.verticalScrollBar()
        if event.matches(_COPY):
            self.copy()
        elif event.matches(_SELECT_ALL):
            self._select_message()
        elif not plain and not (event.modifiers() == Qt.KeyboardModifier.ShiftModifier and key is Qt.Key.Key_Space):
            super().keyPressEvent(event)
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._step(1 if key is Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._press_current()
        elif key in {Qt.Key.Key_Right, Qt.Key.Key_Left}:
            self._fold_current(is_open=key is Qt.Key.Key_Right)
        elif key in {Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Space}:
            back = key is Qt.Key.Key_PageUp or (key is Qt.Key.Key_Space and not plain)
            bar.setValue(bar.value() + (-bar.pageStep() if back else bar.pageStep()))
        elif key is Qt.Key.Key_Home:
            self.scroll_to(1)
        elif key is Qt.Key.Key_End:
            self.scroll_to_end(follow=self._is_live)
        elif key is Qt.Key.Key_Escape and self._selection is not None and not self._selection.is_empty:
            self._selection = None
            self.viewport().update()
        else:
            super().keyPressEvent(event)

    # Acting

    def act(self, place: PartPlace, target: Target) -> None:
        """Do what a place of the transcript offers."""
        match target.act:
            case Act.FOLD:
                self.toggle(place)
            case Act.COPY:
                QGuiApplication.clipboard().setText(target.value)
                QToolTip.showText(self.cursor().pos(), tr("Copied"), self.viewport())
            case Act.COPY_MESSAGE:
                self.copy_message(place.n)
                QToolTip.showText(self.cursor().pos(), tr("Copied"), self.viewport())
            case Act.LINK:
                self.link_activated.emit(target.value)
            case Act.OPEN_CHILD:
                self.session_activated.emit(target.value)
            case Act.SHOW_ALL:
                self._show_all(place)

    def _show_all(self, place: PartPlace) -> None:
        """All of a part, and of the result that its card shows."""
        owners = [place]
        part = self.store.part(place)
        if isinstance(part, ToolCall) and (result := self.store.result_of(part)) is not None:
            owners.append(result[0])
        with self._anchored():
            for owner in owners:
                held = self.store.part(owner)
                cut = getattr(held, "full_bytes", None) is not None and owner not in self._folding.fetched
                if cut:
                    self.part_needed.emit(owner.n, owner.index)
                else:
                    self._folding.whole.add(owner)
            self._column.refresh([place.n])

    def _press_current(self) -> None:
        """Enter: fold or unfold, else the first thing that the part offers."""
        if self._current is None:
            return
        for number in self._numbers_of(self._current):
            found = self._column.placed(self._current.n, number)
            targets = found[1].block.targets() if found is not None else ()
            if targets:
                self.act(self._current, targets[0])
                return

    def _fold_current(self, *, is_open: bool) -> None:
        if self._current is None or self._folding.is_open(self._current) == is_open:
            return
        for number in self._numbers_of(self._current):
            found = self._column.placed(self._current.n, number)
            if found is not None and any(target.act is Act.FOLD for target in found[1].block.targets()):
                self.toggle(self._current)
                return

    def _step(self, by: int) -> None:
        """Make the next or previous part current; 0 takes the first one in sight."""
        if not self._column.count:
            return
        start = self._current
        if start is None or not self._is_in_sight(start) or by == 0:
            first = self._first_in_sight()
            if first is not None:
                self.make_current(first)
            return
        rect = self._rect_of_part(start)
        height = self.viewport().height()
        # A part higher than the view is read before it is left.
        if rect is not None and by > 0 and rect.bottom() > height + 4:
            self.verticalScrollBar().setValue(
                self.verticalScrollBar().value() + min(height // 2, rect.bottom() - height + 8)
            )
            return
        if rect is not None and by < 0 and rect.top() < -4:
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - min(height // 2, 8 - rect.top()))
            return
        found = self._neighbour(start, by)
        if found is not None:
            self.make_current(found)

    def _neighbour(self, place: PartPlace, by: int) -> PartPlace | None:
        parts = self._parts_of(place.n)
        at = parts.index(place.index) + by if place.index in parts else (0 if by > 0 else len(parts) - 1)
        if 0 <= at < len(parts):
            return PartPlace(place.n, parts[at])
        n = place.n + by
        while 1 <= n <= self._column.count:
            parts = self._parts_of(n)
            if parts:
                return PartPlace(n, parts[0 if by > 0 else -1])
            if self.store.get(n) is None:
                self.scroll_to(n)  # it is asked for, and the next key press finds it
                return None
            n += by
        return None

    def _parts_of(self, n: int) -> list[int]:
        layout = self._column.layout(n)
        if layout is None:
            return []
        return list(dict.fromkeys(block.part for block in layout.blocks if block.part >= 0))

    def _numbers_of(self, place: PartPlace) -> list[int]:
        layout = self._column.layout(place.n) if 1 <= place.n <= self._column.count else None
        return layout.blocks_of_part(place.index) if layout is not None else []

    def _first_in_sight(self) -> PartPlace | None:
        for n, top, layout in self._column.visible(self._top, self.viewport().height()):
            if layout is None:
                continue
            for placed in layout.between(self._top - top, self._top - top + self.viewport().height()):
                if placed.block.part >= 0 and top + placed.top >= self._top - 2:
                    return PartPlace(n, placed.block.part)
        return None

    # Places

    def _hit(self, point: QPointF) -> tuple[int, Placed, Target | None] | None:
        """(message, block, target) at a point of the viewport."""
        y = int(point.y()) + self._top
        if not self._column.count or not 0 <= y < self._column.height:
            return None
        n = self._column.message_at(y)
        top = self._column.top_of(n)
        layout = self._column.layout(n)
        placed = layout.at(y - top) if layout is not None else None
        if placed is None:
            return None
        rect = rect_of(placed, self._left, top - self._top, self._column.width)
        return n, placed, placed.block.target_at(point, rect) if rect.contains(point.toPoint()) else None

    def _text_place(self, point: QPointF) -> TextPlace | None:
        """The position in the text that is nearest to a point."""
        if not self._column.count:
            return None
        y = min(max(0, int(point.y()) + self._top), self._column.height - 1)
        n = self._column.message_at(y)
        top = self._column.top_of(n)
        layout = self._column.layout(n)
        placed = layout.at(y - top) if layout is not None else None
        if placed is None:
            return None
        document = placed.block.document
        position = 0
        if document is not None:
            rect = rect_of(placed, self._left, top - self._top, self._column.width)
            inside = point - placed.block.text_origin(rect)
            position = max(0, document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.FuzzyHit))
        return TextPlace(n, placed.number, position)

    def _rect_of_part(self, place: PartPlace) -> QRect | None:
        """Where a part is on the viewport, all of its blocks together."""
        united: QRect | None = None
        for number in self._numbers_of(place):
            found = self._column.placed(place.n, number)
            if found is not None:
                rect = rect_of(found[1], self._left, found[0] - self._top, self._column.width)
                united = rect if united is None else united.united(rect)
        return united

    def _is_in_sight(self, place: PartPlace) -> bool:
        rect = self._rect_of_part(place)
        return rect is not None and rect.bottom() > 0 and rect.top() < self.viewport().height()

    def _reveal(self, place: PartPlace) -> None:
        """Scroll as little as it takes to see the part, or its start where it is higher than the view."""
        rect = self._rect_of_part(place)
        if rect is None:
            return
        height, pad = self.viewport().height(), self._kit.px(16)
        delta = 0
        if rect.top() < pad:
            delta = rect.top() - pad
        elif rect.bottom() > height - pad:
            delta = min(rect.bottom() - height + pad, rect.top() - pad)
        if delta:
            self._follow(False)
            self._update_range()
            self._is_setting = True
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + delta)
            self._is_setting = False

    def _unfold_for(self, match: Match) -> PartPlace:
        """Open what hides a match. Returns the part whose blocks show it."""
        place = match.place
        part = self.store.part(place)
        owner = place
        if isinstance(part, ToolResult):
            owner = self.store.call_of(part) or place
        if not self._numbers_of(owner):
            self.filter_left.emit()
            self.set_view(View())
        if not self._folding.is_open(owner) and not self._hits(owner):
            with self._anchored():
                self._folding.opened.add(owner)
                self._folding.closed.discard(owner)
                self._column.refresh([owner.n])
        return owner

    def _hits(self, place: PartPlace) -> list[tuple[int, int, tuple[int, int]]]:
        """(block, which of the block's, range) of the needle's places in a part, as it is shown now."""
        found: list[tuple[int, int, tuple[int, int]]] = []
        for number in self._numbers_of(place):
            placed = self._column.placed(place.n, number)
            document = placed[1].block.document if placed is not None else None
            if document is not None:
                for index, span in enumerate(occurrences(document.toPlainText(), self._needle)):
                    found.append((number, index, span))
        return found

    def _reveal_match(self) -> None:
        """Scroll until the line of the current match is well in sight."""
        if self._match is None:
            return
        n, number, index = self._match
        found = self._column.placed(n, number)
        document = found[1].block.document if found is not None else None
        if found is None or document is None:
            return
        spans = occurrences(document.toPlainText(), self._needle)
        if index >= len(spans):
            return
        rect = rect_of(found[1], self._left, found[0] - self._top, self._column.width)
        block = document.findBlock(spans[index][0])
        line = block.layout().lineForTextPosition(spans[index][0] - block.position())
        inside = document.documentLayout().blockBoundingRect(block).top() + (line.y() if line.isValid() else 0)
        y = found[1].block.text_origin(rect).y() + inside
        height, pad = self.viewport().height(), self._kit.px(60)
        if not pad <= y <= height - pad:
            self._set_value(max(0, int(y + self._top - height / 3)))

    def _drag_to(self, point: QPointF) -> None:
        place = self._text_place(point)
        if place is not None and self._selection is not None:
            self._selection = Selection(self._selection.start, place)
            self.viewport().update()

    def _drag_on(self) -> None:
        """The pointer is held outside: scroll towards it, faster the farther it is."""
        point = self.viewport().mapFromGlobal(self.cursor().pos())
        height = self.viewport().height()
        over = point.y() if point.y() < 0 else max(0, point.y() - height)
        if over == 0 or self._pressed is None:
            self._autoscroll.stop()
            return
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + max(-60, min(60, over)))
        self._drag_to(QPointF(point.x(), min(max(0, point.y()), height)))

    def _select_message(self) -> None:
        """All of the message that is current, or at the top."""
        n = self.place_of_reading
        layout = self._column.measure_all(n) if n else None
        if layout is not None and len(layout):
            last = layout.blocks[-1].document
            end = TextPlace(n, len(layout) - 1, last.characterCount() - 1 if last is not None else 0)
            self._selection = Selection(TextPlace(n, 0, 0), end)
            self.viewport().update()

    def _selected_numbers(self) -> range:
        if self._selection is None:
            return range(0)
        first, last = self._selection.ordered
        return range(first.n, last.n + 1)

    def _owners(self, place: PartPlace) -> list[int]:
        """The messages that show a part: a result is shown by its call."""
        part = self.store.part(place)
        call = self.store.call_of(part) if isinstance(part, ToolResult) else None
        return [place.n] if call is None else [place.n, call.n]

    def _set_cursor(self, hit: tuple[int, Placed, Target | None] | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if hit is not None and hit[2] is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif hit is not None and hit[1].block.document is not None:
            shape = Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def _follow(self, follow: bool) -> None:
        if follow != self._is_following:
            self._is_following = follow
            self.following_changed.emit(follow)
        if follow:
            self._set_unseen(0)

    def _set_unseen(self, count: int) -> None:
        if count != self._unseen:
            self._unseen = count
            self.unseen_changed.emit(count)

    def _announce(self) -> None:
        """Tell screen readers what is current."""
        if self._current is None:
            return
        said: list[str] = []
        message = self.store.get(self._current.n)
        if message is not None:
            said.append(self._captions.person if is_prompt(message) else tr("Agent"))
        for number in self._numbers_of(self._current)[:3]:
            found = self._column.placed(self._current.n, number)
            if found is not None:
                said.append(found[1].block.words()[:400])
        self.setAccessibleDescription(", ".join(word for word in said if word))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _rebuild(self, view: View) -> None:
        composer = Composer(self._kit, self.store, self._captions, self._folding, view=view)
        composer.folder, composer.is_live = self._composer.folder, self._composer.is_live
        self._composer = composer
        self._column = Column(self._kit, self.store, composer)
        self._column.set_width(self._text_width())
        self._selection = self._match = None
        self._update_range()
        self.viewport().update()

    def _restyle(self) -> None:
        anchor = self._anchor()
        self._kit = TranscriptKit(self._theme, self._colourer)
        self._rebuild(self._composer.view)
        if anchor is not None and self._column.count:
            self._set_value(self._column.y_of(anchor))


_COPY = QKeySequence.StandardKey.Copy
_SELECT_ALL = QKeySequence.StandardKey.SelectAll
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def _word_at(text: str, position: int) -> tuple[int, int]:
    """The word around a position."""
    start = end = min(position, len(text))
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return start, end
