"""One session's window brought to life: what it shows, what it asks for, what is done in it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QTimer

from parrot_desktop.actions import ActionId
from parrot_desktop.api.errors import NotFound, WorkspaceError
from parrot_desktop.api.workspace import Blob
from parrot_desktop.controllers.session_exporting import export_session
from parrot_desktop.controllers.session_faces import opening_face, refusal, transcript_face, trouble_face
from parrot_desktop.controllers.session_feed import SessionFeed
from parrot_desktop.controllers.session_places import editor_words, open_target
from parrot_desktop.controllers.transcript_search import TranscriptSearch
from parrot_desktop.domain.people import stranger
from parrot_desktop.domain.session_facts import FactContext
from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.domain.transcript.pieces import View
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.i18n import QtWords, plural, tr
from parrot_desktop.links import SessionLink
from parrot_desktop.openers import CannotOpen
from parrot_desktop.views.session_window.export_dialog import ExportDialog
from parrot_desktop.views.session_window.window import SessionWindow
from parrot_desktop.views.toast import Notice
from parrot_desktop.views.transcript.images import decode_image
from parrot_desktop.views.transcript.raw_dialog import RawDialog
from parrot_wire.values import Kind, Scope

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.controllers.acting import Place
    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.session_facts import Fact
    from parrot_desktop.export.session_export import ExportKind
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Detail, Message, Part, Row, Timeline, Turn
    from parrot_wire.values import Decision

log = logging.getLogger(__name__)

OPENING_MS = 250
"""A session that opens faster than this shows no word of it."""


class SessionDoors(Protocol):
    """What a session's window opens besides itself."""

    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None: ...

    def open_record(self, fact: Fact) -> None: ...


class SessionController:
    """Makes the window, and ends with it. It is its feed's listener, and the place where its actions are answered."""

    def __init__(
        self,
        *,
        live: LiveWorkspace,
        session_id: str,
        row: Row | None,
        doors: SessionDoors,
        theme: Theme,
        kits: PaintKits,
        times: TimeTexts,
        people: Mapping[str, Person],
        settings: Settings,
        opener: Opener,
        copy: Callable[[str], None],
        home: Place,
        now_ms: Callable[[], int],
        is_restored: bool = False,
    ) -> None:
        """``is_restored``: it was open before; where its session is gone meanwhile, it goes without a word."""
        self._live = live
        self._is_restored = is_restored
        self._workspace = live.joined.opened.workspace
        self.session_id = session_id
        self._doors = doors
        self._theme = theme
        self._settings = settings
        self._opener = opener
        self._copy = copy
        self._home = home
        self._people = people
        words = QtWords()
        self._context = FactContext(words, times, people)
        self._captions = Captions(words, person=self._name_of(row.owner) if row is not None else "")
        self.window = SessionWindow(theme, kits, self._captions, self._context, now_ms=now_ms)
        self.window.header.set_editor(editor_words(settings))
        self.feed = SessionFeed(self._workspace, session_id, live.owner, self)
        self._search = TranscriptSearch(self.feed, self.window.panel, live.owner)
        self._turns: tuple[Turn, ...] = ()
        self._row = row
        self._wanted_message: int | None = None
        self._wanted_step = ""
        self._wanted_action: ActionId | None = None
        self._is_open = True
        self._reading: set[asyncio.Task[None]] = set()
        self.is_settled = False
        """Whether its first page is shown."""
        self._opening = QTimer(self.window, singleShot=True, interval=OPENING_MS)
        self._opening.timeout.connect(self._show_opening)
        self._connect()

    @property
    def widget(self) -> QWidget:
        return self.window if self._is_open else self._home.widget

    def say(self, notice: Notice) -> None:
        if self._is_open:
            self.window.toasts.show_notice(notice)
        else:
            self._home.say(notice)

    # Life

    def start(self, *, message: int | None = None, step: str | None = None) -> None:
        """Load it, at a message or a step where one is named."""
        self._wanted_message, self._wanted_step = message, step or ""
        self._opening.start()
        at_end = self._row.status.is_live if self._row is not None else None
        self.feed.start(row=self._row, message=message, at_end=at_end)

    def go_to(self, *, message: int | None = None, step: str | None = None) -> None:
        """The window is open already: show another place of it."""
        self.window.show_transcript()
        if step is not None:
            self._choose_step(step)
        if message is not None:
            self.window.panel.view.go_to_part(PartPlace(message, 0))

    def stop(self) -> None:
        """The window is closed. What was being read is of no use any more; what was being done is done."""
        self._is_open = False
        for task in tuple(self._reading):
            task.cancel()
        self._opening.stop()
        self._search.stop()
        self.feed.stop()

    def row_seen(self, row: Row | None) -> None:
        """A row of the workspace changed; None: some may have been missed."""
        self.feed.row_seen(row)

    # What the feed says (FeedListener)

    def detail_came(self, detail: Detail) -> None:
        self._opening.stop()
        is_new = self._row is None or self._row.status is not detail.status
        self._row = detail
        self._captions.person = self._name_of(detail.owner)
        self.window.show_detail(detail, self._turns)
        self.window.panel.view.set_place(folder=detail.cwd, is_live=detail.status.is_live)
        self._live.acting.row_changed(detail, detail.id)
        self._show_timeline()
        if is_new and self.is_settled:
            self._show_nothing_or_text()

    def turns_came(self, turns: tuple[Turn, ...]) -> None:
        self._turns = turns
        self.window.panel.view.set_turns({turn.n: turn for turn in turns})
        if self.feed.detail is not None:
            self.window.show_detail(self.feed.detail, turns)
            self._show_timeline()

    def timeline_came(self, timeline: Timeline) -> None:
        self.window.panel.view.set_steps({step.id: step for step in timeline.steps})
        self._show_timeline()

    def messages_came(self, messages: tuple[Message, ...], total: int) -> None:
        view = self.window.panel.view
        view.set_total(max(total, view.store.total))
        view.put_messages(messages)
        if self.is_settled:
            self._show_nothing_or_text()

    def first_page_came(self) -> None:
        self.is_settled = True
        self._show_nothing_or_text()
        view = self.window.panel.view
        if self._wanted_step:
            self._choose_step(self._wanted_step)
        if self._wanted_message is not None:
            view.go_to_part(PartPlace(self._wanted_message, 0))
        elif self.feed.detail is not None and self.feed.detail.status.is_live:
            view.scroll_to_end(follow=True)
        wanted, self._wanted_action = self._wanted_action, None
        if wanted is not None:
            self.do(wanted)

    def part_came(self, place: PartPlace, part: Part | Blob) -> None:
        view = self.window.panel.view
        if isinstance(part, Blob):
            view.put_image(place, decode_image(part.data))
        else:
            view.put_part(place, part)

    def feed_failed(self, error: WorkspaceError) -> None:
        self._opening.stop()
        if self.is_settled or self.feed.detail is not None:
            self.window.panel.view.forget_asked()
            self.say(Notice(str(error), is_trouble=True))
        elif self._is_restored and isinstance(error, NotFound):
            self.window.close()
        else:
            self.window.show_face(trouble_face(error))

    def connection_changed(self, lost: WorkspaceError | None) -> None:
        if lost is None:
            self.window.banner.hide()
            self.window.panel.view.forget_asked()
        else:
            text = tr("No connection: what is shown may be old. {why}", why=lost)
            self.window.banner.say(text)

    def session_gone(self) -> None:
        self.feed.stop()
        if self.feed.detail is None:
            self.window.show_face(trouble_face(NotFound("")))
        else:
            self.window.banner.say(tr("This session is no longer in the workspace; this is what was known of it."))

    # What a person asks for

    def _connect(self) -> None:
        window, view = self.window, self.window.panel.view
        view.range_needed.connect(self.feed.need_messages)
        view.part_needed.connect(self._need_part)
        view.image_needed.connect(self._need_image)
        window.panel.raw_requested.connect(self._show_raw)
        window.panel.message_link_requested.connect(self._copy_message_link)
        window.link_activated.connect(self._open_link)
        window.fact_activated.connect(self._open_fact)
        window.session_activated.connect(self._doors.open_session)
        window.action_requested.connect(self.do)
        window.face_asked.connect(self._retry)
        window.step_chosen.connect(self._choose_step)
        window.decided.connect(self._decide)
        window.reassigned.connect(self._reassign)

    def when_ready(self, action: ActionId) -> None:
        """Do it now, or as soon as the session is there."""
        if self.is_settled:
            self.do(action)
        else:
            self._wanted_action = action

    def do(self, action: ActionId) -> None:
        """An action on this session."""
        detail = self.feed.detail
        if detail is None:
            return
        if action is ActionId.EXPORT_SESSION:
            dialog = ExportDialog(self._theme, detail.title, self.window)
            dialog.chosen.connect(self.export_to)
            dialog.open()
        elif action in {ActionId.APPROVE, ActionId.REJECT, ActionId.SKIP, ActionId.REASSIGN}:
            self.window.timeline.take_focus()
        elif action in self._live.acting.handles:
            self._live.acting.do(action, (detail,), self)
            self.feed.refresh()

    def export_to(self, path: Path, kind: ExportKind, masked: bool) -> None:
        self._spawn(self._export(path, kind, masked=masked), "export")

    async def _export(self, path: Path, kind: ExportKind, *, masked: bool) -> None:
        try:
            count = await export_session(
                self._workspace, self.session_id, path, kind, context=self._context, masked=masked
            )
        except (WorkspaceError, OSError) as error:
            again = Notice(
                tr("The session was not exported. {why}", why=error),
                button=tr("Retry"),
                on_button=lambda: self.export_to(path, kind, masked),
                is_trouble=True,
            )
            self.say(again)
        else:
            words = plural(count, "{n} message exported to {name}", "{n} messages exported to {name}", name=path.name)
            self.say(Notice(words))

    def _decide(self, checkpoint: str, decision: Decision, comment: str) -> None:
        async def decide() -> None:
            await self._workspace.decide(self.session_id, checkpoint, decision, comment=comment or None)

        self._spawn(self._answer(checkpoint, decide), "decide")

    def _reassign(self, checkpoint: str, member: str) -> None:
        async def reassign() -> None:
            await self._workspace.reassign(self.session_id, checkpoint, member)

        self._spawn(self._answer(checkpoint, reassign), "reassign")

    async def _answer(self, checkpoint: str, ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Why a decision was not taken stands beside its buttons, which can be pressed again."""
        trouble = ""
        try:
            await ask()
        except WorkspaceError as error:
            trouble = refusal(error, self._people, self._context.times)
        if self._is_open:
            self.window.timeline.answer(checkpoint, trouble)
            self.feed.refresh()
        elif trouble:
            self.say(Notice(trouble, is_trouble=True))

    def _choose_step(self, step: str) -> None:
        view = self.window.panel.view
        self.window.timeline.choose(step)
        view.set_view(View(view.shown.parts, step or None))

    def _show_raw(self, n: int) -> None:
        async def show() -> None:
            try:
                blob = await self.feed.raw(n)
            except WorkspaceError as error:
                self.say(Notice(tr("The record could not be read. {why}", why=error), is_trouble=True))
            else:
                RawDialog(self._theme, n, blob.data, self.window).open()

        self._read(show(), "raw")

    def _need_part(self, n: int, index: int) -> None:
        self.feed.need_part(PartPlace(n, index))

    def _need_image(self, n: int, index: int) -> None:
        place = PartPlace(n, index)

        async def load() -> None:
            try:
                part = await self._workspace.part(self.session_id, place.n, place.index)
            except WorkspaceError as error:
                log.info("an image could not be fetched: %s", error)
                self.window.panel.view.put_image(place, None)
            else:
                image = decode_image(part.data) if isinstance(part, Blob) else None
                self.window.panel.view.put_image(place, image)

        self._read(load(), "image")

    def _copy_message_link(self, n: int) -> None:
        self._copy(str(SessionLink(self._live.me.workspace.id, self.session_id, message=n)))
        self.say(Notice(tr("Link copied")))

    def _open_link(self, target: str) -> None:
        try:
            open_target(target, detail=self.feed.detail, settings=self._settings, opener=self._opener)
        except CannotOpen as error:
            self.say(Notice(str(error), is_trouble=True))

    def _open_fact(self, fact: Fact) -> None:
        if fact.link is not None:
            self._open_link(fact.link)
        elif fact.record is not None:
            self._doors.open_record(fact)

    def _retry(self, _action: ActionId) -> None:
        self.window.show_face(None)
        self.start(message=self._wanted_message, step=self._wanted_step or None)

    # Small things

    def _show_timeline(self) -> None:
        timeline, detail = self.feed.timeline, self.feed.detail
        if timeline is not None and detail is not None and detail.kind is Kind.FLOW:
            may_reassign = Scope.CHECKPOINTS_DECIDE in self._live.me.scopes
            self.window.show_timeline(timeline, self._turns, may_reassign=may_reassign)

    def _show_nothing_or_text(self) -> None:
        self.window.panel.show_face(transcript_face(self.feed.detail, self.feed.total, self._context.times))

    def _show_opening(self) -> None:
        self.window.show_face(opening_face())

    def _name_of(self, member: str) -> str:
        return (self._people.get(member) or stranger(member)).name

    def _read(self, coro: Coroutine[Any, Any, None], name: str) -> None:
        task = self._spawn(coro, name)
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    def _spawn(self, coro: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self._live.owner.spawn(coro, name=f"session.{name}")
