"""The scroll area of a transcript: paints what is seen, and turns the mouse and the keys into acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
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
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget
from typing_extensions import override

from parrot_desktop.domain.transcript.as_markdown import message_as_markdown
from parrot_desktop.domain.transcript.pieces import View
from parrot_desktop.domain.transcript.store import PartPlace, TranscriptStore
from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Act, Target
from parrot_desktop.views.transcript.canvas import Canvas
from parrot_desktop.views.transcript.colouring import Colourer
from parrot_desktop.views.transcript.column import Column
from parrot_desktop.views.transcript.compose import Composer
from parrot_desktop.views.transcript.cursor import Cursor
from parrot_desktop.views.transcript.folding import Folding
from parrot_desktop.views.transcript.kit import TranscriptKit
from parrot_desktop.views.transcript.matches import Matches
from parrot_desktop.views.transcript.pointer import Pointer
from parrot_desktop.views.transcript.selection import selected_text
from parrot_desktop.views.transcript.sight import MARGIN, Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.find import Match
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Message, Part, Step, Turn

_COPY = QKeySequence.StandardKey.Copy
_SELECT_ALL = QKeySequence.StandardKey.SelectAll
_NO_MODIFIERS = {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}


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
    view_changed = Signal(object)
    """View: which parts are shown now; a jump to something hidden shows everything again."""

    def __init__(
        self,
        theme: Theme,
        captions: Captions,
        parent: QWidget | None = None,
        *,
        margin: int = MARGIN,
        is_on_surface: bool = False,
    ) -> None:
        """``margin`` stands left and right of the text; ``is_on_surface`` takes the ground of panes."""
        super().__init__(parent)
        self._is_on_surface = is_on_surface
        self._theme = theme
        self._colourer = Colourer(self)
        self._kit = TranscriptKit(theme, self._colourer, is_mirrored=self.isRightToLeft())
        self._captions = captions
        self.store = TranscriptStore()
        self._folding = Folding()
        self._composer = Composer(self._kit, self.store, captions, self._folding, view=View())
        self._sight = Sight(self, Column(self._kit, self.store, self._composer), self.store, margin=margin)
        self._pointer = Pointer(self, self._sight)
        self._cursor = Cursor(self, self._sight, self.store, captions)
        self._matches = Matches(self._sight, self.store, self._folding)
        self._canvas = Canvas(self, self._sight, self._pointer, self._cursor, self._matches)
        self._asked_images: set[PartPlace] = set()
        self._unseen = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Transcript"))
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(36)
        self._colourer.coloured.connect(self.viewport().update)
        self._sight.range_needed.connect(self.range_needed)
        self._sight.followed.connect(self.following_changed)
        self._canvas.image_seen.connect(self._need_image)
        self._pointer.pressed.connect(self._cursor.put)
        self._pointer.activated.connect(self.act)
        theme.changed.connect(self._restyle)

    # What is shown

    @property
    def is_following(self) -> bool:
        """Whether the end is kept in sight as it grows."""
        return self._sight.is_following

    @property
    def shown(self) -> View:
        return self._composer.view

    @property
    def captions(self) -> Captions:
        return self._captions

    @property
    def sight(self) -> Sight:
        """What of the transcript is where."""
        return self._sight

    @property
    def is_coloured(self) -> bool:
        """Whether all code that was seen has its colours."""
        return not self._colourer.is_busy

    @property
    def is_moving(self) -> bool:
        """Whether something turns in it: a call that runs is in sight."""
        return self._canvas.clock.is_running

    @property
    def _column(self) -> Column:
        return self._sight.column

    def clear(self, captions: Captions) -> None:
        """Show another session, of which nothing is known yet."""
        self._captions = captions
        self._cursor.captions = captions
        self.store.clear()
        self._folding.clear()
        self._asked_images.clear()
        self._canvas.clear()
        self._sight.forget_asked()
        self._sight.follow(False)
        self._pointer.clear()
        self._matches.clear()
        self._cursor.place = None
        self._set_unseen(0)
        self._rebuild(View())
        self._sight.scroll_to(0)

    def set_reduced_motion(self, reduced: bool) -> None:
        """Whether calls that run show an arc that stands still."""
        self._canvas.clock.set_reduced_motion(reduced)

    def set_place(self, *, folder: str | None, is_live: bool) -> None:
        """Where the session works, and whether it may still go on."""
        composer = self._composer
        if (folder, is_live) != (composer.folder, composer.is_live):
            with self._sight.held():
                composer.folder, composer.is_live = folder, is_live
                self._column.rebuild()

    def set_total(self, total: int) -> None:
        """How many messages there are."""
        if total != self._column.count or total != self.store.total:
            with self._sight.held():
                self.store.total = total
                self._column.set_total(total)

    def put_messages(self, messages: Iterable[Message]) -> None:
        """Add or replace messages; a number beyond the last makes the transcript longer."""
        before = self.store.total
        with self._sight.held():
            changed = self.store.put(messages)
            if self.store.total != self._column.count:
                self._column.set_total(self.store.total)
            self._column.refresh([*changed, *self.store.evict()])
        if not changed.isdisjoint(self._pointer.selected_numbers):
            self._pointer.selection = None
        if self._matches.current is not None and self._matches.current[0] in changed:
            self._matches.current = None
        self._sight.got()
        if not self.is_following and self._composer.is_live and before:
            self._set_unseen(self._unseen + sum(n > before and self._column.height_of(n) > 0 for n in changed))
        pending = self._matches.pending
        if pending is not None and self.store.get(pending.n) is not None:
            self.show_match(pending)

    def set_turns(self, turns: Mapping[int, Turn]) -> None:
        """What the separators say of the turns; replaces what was known."""
        if turns != self.store.turns:
            with self._sight.held():
                changed = {n for n, turn in turns.items() if self.store.turns.get(n) != turn}
                self.store.turns = dict(turns)
                held = self.store.held(1, self.store.total)
                self._column.refresh([message.n for message in held if message.turn in changed])

    def set_steps(self, steps: Mapping[str, Step]) -> None:
        if steps != self._captions.steps:
            with self._sight.held():
                self._captions.steps = steps
                self._column.rebuild()

    def put_part(self, place: PartPlace, part: Part) -> None:
        """A part whole, as it was asked for."""
        with self._sight.held():
            self._folding.fetched[place] = part
            self._folding.whole.add(place)
            self._column.refresh([place.n, self._matches.owner_of(place).n])

    def put_image(self, place: PartPlace, image: QImage | None) -> None:
        """None where the bytes are no image that can be shown."""
        with self._sight.held():
            self._folding.images[place] = image
            self._column.refresh([place.n])

    def forget_asked(self) -> None:
        """What was asked for did not come: ask again when it is seen again."""
        self._sight.forget_asked()
        self._asked_images.clear()

    def set_view(self, view: View) -> None:
        """Show a kind of part, or one step, alone."""
        if view != self._composer.view:
            n = self.reading
            self._rebuild(view)
            if n:
                self.scroll_to(n)
            self.view_changed.emit(view)

    # Moving

    def scroll_to(self, n: int) -> None:
        """Message ``n`` at the top, or as near as it goes."""
        self._sight.follow(False)
        if self._column.count:
            self._sight.scroll_to(self._column.top_of(min(max(1, n), self._column.count)))

    def scroll_to_end(self, *, follow: bool) -> None:
        """The last message in sight; ``follow`` keeps it so while the session goes on."""
        self._sight.follow(follow)
        self._sight.scroll_to_end()
        self._set_unseen(0)

    @property
    def reading(self) -> int:
        """The number of the message at the top; 0 where there is none."""
        return self._column.message_at(self._sight.top) if self._column.count else 0

    @property
    def place_of_reading(self) -> int:
        """The message that is current, else the one at the top: from where a jump to the next thing goes."""
        if self._cursor.place is not None and self._sight.is_in_sight(self._cursor.place):
            return self._cursor.place.n
        return self.reading

    @property
    def current(self) -> PartPlace | None:
        return self._cursor.place

    def make_current(self, place: PartPlace, *, reveal: bool = True) -> None:
        """Mark a part as the one that keys act on, and bring it into sight."""
        self._cursor.put(place)
        if reveal:
            self._cursor.reveal()

    def go_to_part(self, place: PartPlace) -> None:
        """Jump to a part: near the top of the view. The filter gives way where it hides it."""
        self._sight.follow(False)
        self._show_if_hidden(place)
        numbers = self._sight.numbers_of(place)
        found = self._column.placed(place.n, numbers[0]) if numbers else None
        if found is not None:
            self._sight.scroll_to(found[0] + found[1].top - self._kit.px(40))
        else:
            self.scroll_to(place.n)
        self._cursor.put(place)

    # Folding

    def toggle(self, place: PartPlace) -> None:
        """Fold or unfold a part."""
        with self._sight.held():
            is_open = self._folding.toggle(place)
            self._column.refresh([place.n])
        self._pointer.selection = None
        if not is_open:
            self._column.layout(place.n)
            self._sight.reveal(place)

    def set_all_open(self, is_open: bool) -> None:
        with self._sight.held():
            self._folding.set_all(is_open)
            self._column.rebuild()
        self._pointer.selection = None

    # Finding

    def set_needle(self, text: str) -> None:
        """Highlight a text wherever it is seen; empty for none."""
        self._matches.clear()
        self._matches.needle = text.lower()
        self.viewport().update()

    def show_match(self, match: Match) -> None:
        """Bring a match into sight, unfolding what hides it; a message that is not loaded is asked for first."""
        self._sight.follow(False)
        if self.store.get(match.n) is None:
            self._matches.pending = match
            self.scroll_to(match.n)
            return
        self._matches.pending = None
        self._show_if_hidden(self._matches.owner_of(match.place))
        self._cursor.place = owner = self._matches.unfold(match)
        if not self._matches.take(match, owner):
            self.go_to_part(owner)
        self.viewport().update()

    # Copying

    def copy(self) -> None:
        """The selected text, else the current part's message as Markdown."""
        if self.selected:
            QGuiApplication.clipboard().setText(self.selected)
        elif self._cursor.place is not None:
            self.copy_message(self._cursor.place.n)

    def copy_message(self, n: int) -> None:
        message = self.store.get(n)
        if message is not None:
            QGuiApplication.clipboard().setText(message_as_markdown(message, self.store, self._captions))

    @property
    def selected(self) -> str:
        """The selected text; empty where none is."""
        selection = self._pointer.selection
        return selected_text(selection, self._column) if selection is not None and not selection.is_empty else ""

    # Painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._sight.settle()
        with QPainter(self.viewport()) as painter:
            tokens = self._theme.tokens
            painter.fillRect(event.rect(), tokens.surface if self._is_on_surface else tokens.window)
            self._canvas.paint(painter, event.rect())

    def _need_image(self, place: PartPlace) -> None:
        if place not in self._asked_images and place not in self._folding.images:
            self._asked_images.add(place)
            self.image_needed.emit(place.n, place.index)

    # Events

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._restyle()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._canvas.rest()
        super().hideEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        with self._sight.held():
            self._column.set_width(self._sight.text_width())
        super().resizeEvent(event)

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._sight.is_setting:
            self._sight.follow(self._composer.is_live and self._sight.is_at_end())
            if self.is_following:
                self._set_unseen(0)
        self.viewport().update()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        first = self._sight.first_part() if by_key and self._cursor.place is None else None
        if first is not None:
            self.make_current(first, reveal=False)
        self.viewport().update()
        super().focusInEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.viewport().update()
        super().focusOutEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pointer.press(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pointer.release(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pointer.double_click(event)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            hit = self._sight.hit(QPointF(event.pos()))
            target = hit[2] if hit is not None else None
            if target is not None and target.act is not Act.FOLD:
                QToolTip.showText(event.globalPos(), target.label, self.viewport())
            else:
                QToolTip.hideText()
            return True
        if event.type() is QEvent.Type.Leave:
            self._pointer.leave()
        return super().viewportEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            if self._cursor.place is not None:
                rect = self._sight.rect_of_part(self._cursor.place)
                where = rect.center() if rect is not None else QPoint(40, 40)
                self.menu_requested.emit(self._cursor.place.n, None, self.viewport().mapToGlobal(where))
            return
        hit = self._sight.hit(QPointF(event.pos()))
        if hit is not None:
            if hit[1].block.part >= 0:
                self.make_current(PartPlace(hit[0], hit[1].block.part), reveal=False)
            self.menu_requested.emit(hit[0], hit[2], event.globalPos())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        back = event.modifiers() == Qt.KeyboardModifier.ShiftModifier and key is Qt.Key.Key_Space
        if event.matches(_COPY):
            self.copy()
        elif event.matches(_SELECT_ALL):
            self._pointer.select_message(self.place_of_reading)
        elif (event.modifiers() not in _NO_MODIFIERS and not back) or not self._key(key, back=back):
            super().keyPressEvent(event)

    def _key(self, key: Qt.Key, *, back: bool) -> bool:
        """Whether the key, alone, means something here."""
        bar = self.verticalScrollBar()
        match key:
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                place = self._cursor.next(1 if key is Qt.Key.Key_Down else -1)
                if place is not None:
                    self.make_current(place)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if (offer := self._cursor.offer()) is not None and self.current is not None:
                    self.act(self.current, offer)
            case Qt.Key.Key_Right | Qt.Key.Key_Left:
                current, is_open = self.current, key is Qt.Key.Key_Right
                if current is not None and self._cursor.can_fold and self._folding.is_open(current) != is_open:
                    self.toggle(current)
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp | Qt.Key.Key_Space:
                up = back or key is Qt.Key.Key_PageUp
                bar.setValue(bar.value() + (-bar.pageStep() if up else bar.pageStep()))
            case Qt.Key.Key_Home:
                self.scroll_to(1)
            case Qt.Key.Key_End:
                self.scroll_to_end(follow=self._composer.is_live)
            case Qt.Key.Key_Escape if self.selected:
                self._pointer.selection = None
                self.viewport().update()
            case _:
                return False
        return True

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
        if (result := self.store.result_of(place)) is not None:
            owners.append(result[0])
        with self._sight.held():
            for owner in owners:
                is_cut = getattr(self.store.part(owner), "full_bytes", None) is not None
                if is_cut and owner not in self._folding.fetched:
                    self.part_needed.emit(owner.n, owner.index)
                else:
                    self._folding.whole.add(owner)
            self._column.refresh([place.n])

    def _show_if_hidden(self, place: PartPlace) -> None:
        """Show everything where the filter hides a part that is loaded."""
        if self.store.get(place.n) is not None and not self._sight.numbers_of(place):
            self.set_view(View())

    def _set_unseen(self, count: int) -> None:
        if count != self._unseen:
            self._unseen = count
            self.unseen_changed.emit(count)

    def _rebuild(self, view: View) -> None:
        """Compose everything anew: another filter, another session, another look."""
        composer = Composer(self._kit, self.store, self._captions, self._folding, view=view)
        composer.folder, composer.is_live = self._composer.folder, self._composer.is_live
        self._composer = composer
        self._sight.column = Column(self._kit, self.store, composer)
        self._column.set_width(self._sight.text_width())
        self._pointer.clear()
        self._matches.current = None
        self._sight.update_range()
        self.viewport().update()

    def _restyle(self) -> None:
        anchor = self._column.anchor(max(0, self._sight.top))
        self._kit = TranscriptKit(self._theme, self._colourer, is_mirrored=self.isRightToLeft())
        self._rebuild(self._composer.view)
        if anchor is not None and self._column.count:
            self._sight.scroll_to(self._column.y_of(anchor))
