"""One session in a window of its own. It arranges and tells; a controller loads and acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.actions import SPECS, ActionId, Actions, Place, build_actions, update_enabled
from parrot_desktop.domain.row_view import make_row_view
from parrot_desktop.domain.run_timeline import TimelineContext, timeline_items
from parrot_desktop.domain.session_facts import metadata_facts, summary_facts
from parrot_desktop.i18n import tr
from parrot_desktop.theme.resources import resource_path
from parrot_desktop.views.banner import Banner
from parrot_desktop.views.command_palette import CommandPalette
from parrot_desktop.views.faces import Face, FaceView
from parrot_desktop.views.menus import ActionIcons
from parrot_desktop.views.segmented_tabs import SegmentedTabs
from parrot_desktop.views.session_window.card import Card, FactGrid
from parrot_desktop.views.session_window.cost_card import CostCard
from parrot_desktop.views.session_window.header import SessionHeader
from parrot_desktop.views.session_window.link_rows import ArtifactsCard, ChildrenCard
from parrot_desktop.views.session_window.metadata import MetadataView
from parrot_desktop.views.session_window.timeline import RunTimeline
from parrot_desktop.views.shortcut_overview import ShortcutOverview
from parrot_desktop.views.toast import ToastStack
from parrot_desktop.views.tool_button import ToolButton
from parrot_desktop.views.transcript.panel import TranscriptPanel
from parrot_wire.values import Action, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.domain.session_facts import FactContext
    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Detail, Timeline, Turn

SIZE = QSize(1360, 830)
MINIMUM = QSize(560, 420)
SIDE_WIDTH = 484
NARROW = 900
"""Below this width the right side is folded away until it is asked for."""

_TRANSCRIPT, _METADATA = "transcript", "metadata"


class Side(QScrollArea):
    """The right side: cards under each other, as wide as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(300)
        inside = QWidget()
        for widget in (self, self.viewport(), inside):
            widget.setObjectName("side")
            widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(16, 16, 16, 16)
        self.column.setSpacing(12)
        self.setWidget(inside)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Details"))


class SessionWindow(QMainWindow):
    """Emits what a person asks for."""

    action_requested = Signal(object)
    """ActionId, on this session."""
    fact_activated = Signal(object)
    """A Fact whose value leads somewhere."""
    link_activated = Signal(str)
    """An http(s) address, or ``file:PATH[:LINE]``."""
    session_activated = Signal(str)
    """The id of a session that this one started."""
    step_chosen = Signal(str)
    decided = Signal(str, object, str)
    """checkpoint, Decision, comment"""
    reassigned = Signal(str, str)
    """checkpoint, member"""
    closed = Signal()
    face_asked = Signal(object)
    """ActionId of a face's button."""

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
        self._context = context
        self._now_ms = now_ms
        self._detail: Detail | None = None
        self._is_narrow = False
        self.setObjectName("session")
        self.setWindowIcon(QIcon(QPixmap(str(resource_path("icons/parrot.svg")))))
        self.setMinimumSize(MINIMUM)
        self.resize(SIZE)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        transcript = tuple(spec.id for spec in SPECS if spec.place is Place.TRANSCRIPT)
        self.actions_by_id: Actions = build_actions(self, ids=(*_SESSION_ACTIONS, *transcript, *_WINDOW_ACTIONS))
        icons = ActionIcons(self.actions_by_id, theme, self)
        self.header = SessionHeader(theme, kits, self.actions_by_id)
        self.header.menu.aboutToShow.connect(icons.draw)
        self.panel = TranscriptPanel(theme, captions, self.actions_by_id)
        self.panel.view.menu_requested.connect(icons.draw)
        self.metadata = MetadataView(theme)
        self.summary = FactGrid(theme)
        self.cost = CostCard(theme, kits)
        self.timeline = RunTimeline(kits, context.times, now_ms)
        self.children_card = ChildrenCard(theme)
        self.artifacts = ArtifactsCard(theme)
        self.banner = Banner(theme)
        self._face = FaceView(theme)
        self._face.asked.connect(self.face_asked)
        self._build(theme)
        self.toasts = ToastStack(theme, self)
        self._palette = CommandPalette(theme, self)
        self._clock = QTimer(self, interval=1_000)
        self._clock.timeout.connect(self._tick)
        self._connect()

    def _build(self, theme: Theme) -> None:
        self.tabs: SegmentedTabs[str] = SegmentedTabs(
            theme,
            [(_TRANSCRIPT, tr("Transcript")), (_METADATA, tr("Metadata"))],
            name=tr("Parts of the session"),
            on_chosen=self._show_tab,
        )
        self.tabs.set_value(_TRANSCRIPT)
        self.panel.bar.insertWidget(0, self.tabs)
        self._side_button = ToolButton(theme, "panel-right", is_quiet=True)
        self._side_button.setCheckable(True)
        self._side_button.setChecked(True)
        self._side_button.setToolTip(tr("Show what is known of the session"))
        self._side_button.setAccessibleName(tr("Details"))
        self._side_button.toggled.connect(self._show_side)
        self.panel.bar.addWidget(self._side_button)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.panel.stack)
        self._pages.addWidget(self.metadata)
        layout = self.panel.layout()
        if isinstance(layout, QVBoxLayout):
            layout.addWidget(self._pages, 1)
        summary_card = Card(theme)
        summary_card.setAccessibleName(tr("Summary"))
        summary_card.body.addWidget(self.summary)
        self._timeline_card = Card(theme, tr("Run timeline"))
        self._timeline_card.body.addWidget(self.timeline)
        self._timeline_card.hide()
        self.side = Side()
        for card in (self._timeline_card, summary_card, self.cost, self.children_card, self.artifacts):
            self.side.column.addWidget(card)
        self.side.column.addStretch(1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(self.panel)
        self._splitter.addWidget(self.side)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setSizes([SIZE.width() - SIDE_WIDTH, SIDE_WIDTH])
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.banner)
        column.addWidget(self._splitter, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._face)
        self._stack.addWidget(whole)
        self.setCentralWidget(self._stack)

    def _connect(self) -> None:
        self.header.action_requested.connect(self.action_requested)
        self.actions_by_id[ActionId.CLOSE_WINDOW].triggered.connect(self.close)
        self.actions_by_id[ActionId.PALETTE].triggered.connect(self._open_palette)
        self.actions_by_id[ActionId.SHORTCUTS].triggered.connect(self._show_shortcuts)
        for action_id in _SESSION_ACTIONS:
            self.actions_by_id[action_id].triggered.connect(
                lambda _=False, which=action_id: self.action_requested.emit(which)
            )
        self.summary.activated.connect(self.fact_activated)
        self.metadata.activated.connect(self.fact_activated)
        self.panel.view.link_activated.connect(self.link_activated)
        self.panel.view.session_activated.connect(self.session_activated)
        self.panel.face_asked.connect(self.face_asked)
        self.children_card.session_activated.connect(self.session_activated)
        self.artifacts.link_activated.connect(self.link_activated)
        self.cost.turn_activated.connect(self.panel.seek_turn)
        self.timeline.step_chosen.connect(self.step_chosen)
        self.timeline.decided.connect(self.decided)
        self.timeline.reassigned.connect(self.reassigned)

    # What is shown

    def show_face(self, face: Face | None) -> None:
        """Something in place of the whole session; None for the session."""
        if face is not None:
            self._face.show_face(face)
        self._stack.setCurrentIndex(0 if face is not None else 1)

    @property
    def face(self) -> Face | None:
        return self._face.face if self._stack.currentIndex() == 0 else None

    def show_detail(self, detail: Detail, turns: Sequence[Turn]) -> None:
        """All but transcript and timeline; ``turns`` oldest first."""
        self._detail = detail
        self.show_face(None)
        view = make_row_view(detail, self._context.people, self._context.words)
        self.setWindowTitle(tr("{title} — Parrot", title=view.title))
        self.header.show_row(view)
        update_enabled(self.actions_by_id, (detail,))
        self.cost.show_cost(detail, turns)
        self.children_card.show_children(detail.children, self._context.people)
        self._show_facts()
        if detail.status.is_live and self.isVisible():
            self._clock.start()
        elif not detail.status.is_live:
            self._clock.stop()

    def show_timeline(self, timeline: Timeline, turns: Sequence[Turn], *, may_reassign: bool) -> None:
        """The steps of a Flow run."""
        detail = self._detail
        if detail is None or detail.kind is not Kind.FLOW:
            return
        items = timeline_items(
            timeline,
            turns,
            detail.children,
            TimelineContext(self._context.words, self._context.times, self._context.people),
            now_ms=self._now_ms(),
            sees_cost=detail.cost is not None,
        )
        may_decide = Action.DECIDE in detail.actions
        self.timeline.show_items(items, may_decide=may_decide, may_reassign=may_reassign, people=self._context.people)
        self._timeline_card.setVisible(bool(items))
        self.artifacts.show_artifacts(timeline.artifacts)

    def set_reduced_motion(self, reduced: bool) -> None:
        self.header.set_reduced_motion(reduced)
        self.panel.view.set_reduced_motion(reduced)

    def show_transcript(self) -> None:
        """The Transcript tab."""
        self.tabs.set_value(_TRANSCRIPT)
        self._show_tab(_TRANSCRIPT)

    # What is remembered

    def dump_layout(self) -> QByteArray:
        """Size, place and how wide the right side is."""
        widths = ",".join(str(size) for size in self._splitter.sizes())
        return QByteArray(bytes(self.saveGeometry().toBase64().data()) + b"|" + widths.encode())

    def restore_layout(self, layout: QByteArray) -> None:
        """Bytes of `dump_layout`; anything else leaves what is."""
        geometry, _, widths = bytes(layout.data()).partition(b"|")
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(geometry)))
        sizes = [int(size) for size in widths.decode("ascii", "ignore").split(",") if size.isdigit()]
        if len(sizes) == 2 and all(sizes):
            self._splitter.setSizes(sizes)

    # The window itself

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.panel.find_bar.isVisible():
                self.panel.find_bar.close_bar()
            else:
                self.panel.view.setFocus()
            return
        super().keyPressEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panel.view.setFocus()
        if self._detail is not None and self._detail.status.is_live:
            self._clock.start()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._clock.stop()
        event.accept()
        self.closed.emit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange and self._detail is not None:
            if self.isMinimized():
                self._clock.stop()
            elif self._detail.status.is_live:
                self._clock.start()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = event.size().width() < NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._side_button.setChecked(not is_narrow)

    def _show_side(self, shown: bool) -> None:
        self.side.setVisible(shown)

    def _open_palette(self) -> None:
        self._palette.open_with(self.actions_by_id)

    def _show_shortcuts(self) -> None:
        ShortcutOverview(self._theme, self).open()

    def _show_tab(self, tab: str) -> None:
        self._pages.setCurrentIndex(1 if tab == _METADATA else 0)
        self.panel.set_tools_visible(tab == _TRANSCRIPT)

    def _show_facts(self) -> None:
        if self._detail is not None:
            self.summary.show_facts(summary_facts(self._detail, self._context, self._now_ms()))
            self.metadata.show_facts(metadata_facts(self._detail, self._context, self._now_ms()))

    def _tick(self) -> None:
        self._show_facts()
        self.timeline.tick()


_SESSION_ACTIONS = (
    ActionId.CANCEL,
    ActionId.END,
    ActionId.RESUME,
    ActionId.OPEN_EDITOR,
    ActionId.COPY_LINK,
    ActionId.COPY_ID,
    ActionId.COPY_RESUME_COMMAND,
    ActionId.REVEAL_FILE,
    ActionId.EXPORT_SESSION,
)

_WINDOW_ACTIONS = (ActionId.PALETTE, ActionId.SHORTCUTS, ActionId.CLOSE_WINDOW)
