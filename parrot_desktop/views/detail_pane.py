"""The pane beside the list: the selected session at a glance, its timeline or summary, and what was said last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.actions import SPEC_OF, ActionId
from parrot_desktop.domain.row_view import make_row_view
from parrot_desktop.domain.run_timeline import TimelineContext, timeline_items
from parrot_desktop.domain.session_facts import summary_facts
from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon
from parrot_desktop.views.faces import Face, FaceView
from parrot_desktop.views.session_window.card import FactGrid
from parrot_desktop.views.session_window.header import ElidedLabel, TitleBlock
from parrot_desktop.views.session_window.timeline import RunTimeline
from parrot_desktop.views.transcript.view import TranscriptView
from parrot_desktop.views.widgets.content_area import ContentArea
from parrot_desktop.views.widgets.painted import StatusLabel
from parrot_wire.values import Action, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.domain.session_facts import FactContext
    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Detail, Row, Timeline, Turn

_BUTTONS = (ActionId.COPY_LINK, ActionId.RESUME, ActionId.END, ActionId.CANCEL)
_GLYPHS = {
    ActionId.COPY_LINK: "copy",
    ActionId.RESUME: "play",
    ActionId.END: "circle-check",
    ActionId.CANCEL: "square",
}
_MARGIN = 16
_LEAST_TRANSCRIPT = 96


class DetailPane(QWidget):
    """Shows one session, or says that none is selected. It never takes the focus by itself."""

    action_requested = Signal(object, str)
    """ActionId, the session's id"""
    opened = Signal(str)
    """The session's own window is wanted."""
    step_opened = Signal(str, str)
    """session, step: its window, at a step."""
    link_activated = Signal(str)
    """An http(s) address, or ``file:PATH[:LINE]``."""
    fact_activated = Signal(object)
    session_activated = Signal(str)
    decided = Signal(str, object, str)
    """checkpoint, Decision, comment"""
    reassigned = Signal(str, str)
    """checkpoint, member"""

    def __init__(
        self,
        theme: Theme,
        kits: PaintKits,
        captions: Captions,
        context: FactContext,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__()
        self._theme = theme
        self.context = context
        self._now_ms = now_ms
        self._view: RowView | None = None
        self._detail: Detail | None = None
        self.setAccessibleName(tr("Details"))
        self.setMinimumWidth(300)
        self._block = TitleBlock(theme, kits)
        self._status = StatusLabel(kits)
        self._elapsed = ElidedLabel()
        self._elapsed.setProperty("role", "faint")
        self.buttons: dict[ActionId, QPushButton] = {}
        self._facts = FactGrid(theme)
        self.timeline = RunTimeline(kits, context.times, now_ms)
        self._section = QLabel()
        self._transcript_title = ElidedLabel()
        self._open = QPushButton(tr("Open transcript ↵"))
        self._open.setProperty("variant", "link")
        self.transcript = TranscriptView(theme, captions, margin=_MARGIN, is_on_surface=True)
        self._face = FaceView(theme)
        self._transcript_face = FaceView(theme)
        self._transcript_stack = QStackedWidget()
        self._clock = QTimer(self, interval=1_000)
        self._clock.timeout.connect(self._tick)
        self._build()
        self._connect()
        theme.changed.connect(self._restyle)
        self._restyle()
        self.show_nothing()

    def _build(self) -> None:
        second = QHBoxLayout()
        second.setSpacing(10)
        second.addWidget(self._status)
        second.addWidget(self._elapsed)
        second.addStretch(1)
        for action in _BUTTONS:
            button = QPushButton()
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            if action is ActionId.CANCEL:
                button.setProperty("variant", "danger")
            button.hide()
            self.buttons[action] = button
            second.addWidget(button)
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(_MARGIN, 12, _MARGIN, 12)
        column.setSpacing(10)
        column.addWidget(self._block)
        column.addLayout(second)
        middle = QWidget()
        facts = QVBoxLayout(middle)
        facts.setContentsMargins(_MARGIN, 14, _MARGIN, 14)
        facts.setSpacing(8)
        facts.addWidget(self._section)
        facts.addWidget(self._facts)
        facts.addWidget(self.timeline)
        titles = QHBoxLayout()
        titles.setContentsMargins(_MARGIN, 12, _MARGIN, 8)
        titles.addWidget(self._transcript_title)
        titles.addStretch(1)
        titles.addWidget(self._open)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(_line())
        layout.addWidget(ContentArea(middle))
        layout.addWidget(_line())
        layout.addLayout(titles)
        self._transcript_stack.addWidget(self.transcript)
        self._transcript_stack.addWidget(self._transcript_face)
        # What is above keeps its height as long as this has some; then that scrolls.
        self._transcript_stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._transcript_stack.setMinimumHeight(_LEAST_TRANSCRIPT)
        layout.addWidget(self._transcript_stack, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._face)
        self.stack.addWidget(whole)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.addWidget(self.stack)

    def _connect(self) -> None:
        for action, button in self.buttons.items():
            button.clicked.connect(lambda _=False, which=action: self._ask(which))
        self._open.clicked.connect(self._open_it)
        self._facts.activated.connect(self.fact_activated)
        self.transcript.link_activated.connect(self.link_activated)
        self.transcript.session_activated.connect(self.session_activated)
        self.timeline.step_chosen.connect(self._open_step)
        self.timeline.decided.connect(self.decided)
        self.timeline.reassigned.connect(self.reassigned)

    # What is shown

    @property
    def session_id(self) -> str | None:
        """The session that is shown."""
        return self._view.id if self._view is not None else None

    def show_nothing(self, *, selected: int = 0) -> None:
        """No session, or several, are selected."""
        self._view = self._detail = None
        self._clock.stop()
        if selected > 1:
            face = Face("layers", tr("Several sessions are selected"), tr("Select one to see it here."))
        else:
            face = Face("panel-right", tr("Nothing is selected"), tr("Select a session to see it here."))
        self._face.show_face(face)
        self.stack.setCurrentIndex(0)

    def show_trouble(self, text: str) -> None:
        """The selected session could not be loaded, and nothing of it is known."""
        self._view = self._detail = None
        self._face.show_face(Face("cloud-off", tr("The session could not be loaded"), text))
        self.stack.setCurrentIndex(0)

    def show_row(self, row: Row) -> None:
        """What a row tells: the head alone. For the session that is shown already."""
        view = make_row_view(row, self.context.people, self.context.words)
        self._view = view
        self._block.show_row(view)
        self._status.set_row(view)
        self._show_elapsed()
        offered = {action for action in _BUTTONS if SPEC_OF[action].enabled((row,))}
        for action, button in self.buttons.items():
            button.setVisible(action in offered)
        if row.status.is_live and self.isVisible():
            self._clock.start()
        elif not row.status.is_live:
            self._clock.stop()
        self._fit()

    def show_detail(
        self, detail: Detail, timeline: Timeline | None, turns: Sequence[Turn], *, may_reassign: bool
    ) -> None:
        """Head and middle of a session. ``timeline`` for a Flow run."""
        self._detail = detail
        self.show_row(detail)
        self.stack.setCurrentIndex(1)
        is_flow = detail.kind is Kind.FLOW and timeline is not None and bool(timeline.steps)
        self._facts.setVisible(not is_flow)
        self.timeline.setVisible(is_flow)
        if is_flow and timeline is not None:
            self._section.setText(tr("RUN TIMELINE"))
            items = timeline_items(
                timeline,
                turns,
                detail.children,
                TimelineContext(self.context.words, self.context.times, self.context.people),
                now_ms=self._now_ms(),
                sees_cost=detail.cost is not None,
            )
            self.timeline.show_items(
                items,
                may_decide=Action.DECIDE in detail.actions,
                may_reassign=may_reassign,
                people=self.context.people,
            )
            running = next((step.name for step in timeline.steps if step.status.is_live), None)
            title = tr("TRANSCRIPT · {step}", step=running.upper()) if running else tr("TRANSCRIPT")
        else:
            self._section.setText(tr("SUMMARY"))
            self._show_facts()
            title = tr("TRANSCRIPT")
        self._transcript_title.set_words(title)

    def show_transcript_face(self, face: Face | None) -> None:
        """Something in place of the transcript; None for the transcript."""
        if face is not None:
            self._transcript_face.show_face(face)
        self._transcript_stack.setCurrentIndex(0 if face is None else 1)

    @property
    def transcript_face(self) -> Face | None:
        return self._transcript_face.face if self._transcript_stack.currentIndex() else None

    def set_reduced_motion(self, reduced: bool) -> None:
        self._status.clock.set_reduced_motion(reduced)
        self.transcript.set_reduced_motion(reduced)

    @property
    def offered(self) -> list[ActionId]:
        """The actions whose buttons are there."""
        return [action for action, button in self.buttons.items() if not button.isHidden()]

    # Small things

    def _ask(self, action: ActionId) -> None:
        if self._view is not None:
            self.action_requested.emit(action, self._view.id)

    def _open_it(self) -> None:
        if self._view is not None:
            self.opened.emit(self._view.id)

    def _open_step(self, step: str) -> None:
        if self._view is not None and step:
            self.timeline.choose("")
            self.step_opened.emit(self._view.id, step)

    def _show_facts(self) -> None:
        if self._detail is not None:
            left, right = summary_facts(self._detail, self.context, self._now_ms())
            # Owner, duration and cost stand in the head already.
            self._facts.show_facts((left[1:4], right[:5]))

    def _show_elapsed(self) -> None:
        view = self._view
        if view is not None:
            said = [view.elapsed_text(self.context.times, self._now_ms()), view.cost or ""]
            self._elapsed.set_words(" · ".join(word for word in said if word and word != "—"))

    def _tick(self) -> None:
        self._show_elapsed()
        self.timeline.tick()
        if self._facts.isVisible():
            self._show_facts()

    def _fit(self) -> None:
        """Buttons lose their words where there is no room for them, the last ones first."""
        words = {
            ActionId.COPY_LINK: tr("Copy link"),
            ActionId.RESUME: tr("Resume"),
            ActionId.END: tr("End"),
            ActionId.CANCEL: tr("Cancel"),
        }
        offered = self.offered
        metrics = QFontMetrics(self._theme.fonts.body)
        taken = self._status.sizeHint().width() + metrics.horizontalAdvance(self._elapsed.text()) + 2 * _MARGIN + 30
        room = self.width() - taken
        needed = {action: metrics.horizontalAdvance(words[action]) + 47 for action in offered}
        shown = {action: words[action] for action in offered}
        # The link can be copied with a key as well; what stops a run keeps its word to the end.
        for action in offered:
            if sum(needed.values()) <= room:
                break
            shown[action], needed[action] = "", 44
        for action in offered:
            text = shown[action]
            self.buttons[action].setText(f" {text}" if text else "")
            self.buttons[action].setAccessibleName(words[action])
            self.buttons[action].setToolTip("" if text else words[action])

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    @override
    def sizeHint(self) -> QSize:
        return QSize(430, 600)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._theme.tokens.surface)
            painter.fillRect(0, 0, 1, self.height(), self._theme.tokens.border)

    def _restyle(self) -> None:
        tokens, fonts = self._theme.tokens, self._theme.fonts
        self._elapsed.setFont(fonts.body)
        for label in (self._section, self._transcript_title):
            label.setProperty("role", "section")
            label.setFont(fonts.meta_bold)
        for action, button in self.buttons.items():
            ink = tokens.danger if action is ActionId.CANCEL else tokens.text
            button.setIcon(icon(_GLYPHS[action], ink, size_px=15))
        self._fit()
        self.update()


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("variant", "line")
    line.setFixedHeight(1)
    return line
