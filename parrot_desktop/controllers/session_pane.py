"""The detail pane follows the list: quick where one row is chosen, calm where a key is held down."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.api.workspace import Blob
from parrot_desktop.controllers.session_faces import refusal, transcript_face
from parrot_desktop.controllers.session_feed import SessionFeed
from parrot_desktop.controllers.session_places import open_target
from parrot_desktop.domain.people import people_of, stranger
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.domain.session_facts import FactContext
from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.i18n import QtWords
from parrot_desktop.openers import CannotOpen
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.detail_pane import DetailPane
from parrot_desktop.views.toast import Notice
from parrot_desktop.views.transcript.images import decode_image
from parrot_wire.values import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from parrot_desktop.actions import ActionId
    from parrot_desktop.controllers.acting import Place
    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.session_windows import SessionWindows
    from parrot_desktop.domain.session_facts import Fact
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Detail, Message, Part, Row, Timeline, Turn
    from parrot_wire.values import Decision

log = logging.getLogger(__name__)

DEBOUNCE_MS = 60
"""While rows go by one after the other, the pane waits for so long a pause."""
QUIET_S = 0.15
"""After so long a pause a change is shown at once."""
REST_MS = 400
"""A session that is looked at for so long is followed live."""
PAGE = 40


class SessionPane:
    """A guest of the shell. ``place`` is where actions asked in the pane are answered."""

    def __init__(
        self,
        *,
        theme: Theme,
        settings: Settings,
        opener: Opener,
        place: Place,
        windows: SessionWindows,
        row_of: Callable[[str], Row | None],
        now_ms: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._theme = theme
        self._settings = settings
        self._opener = opener
        self._place = place
        self._windows = windows
        self._row_of = row_of
        self._clock = clock
        self._words = QtWords()
        context = FactContext(self._words, TimeTexts(self._words), {})
        self.pane = DetailPane(theme, PaintKits(theme), Captions(self._words, person=""), context, now_ms=now_ms)
        self._live: LiveWorkspace | None = None
        self._wanted: str | None = None
        self._changed_at = float("-inf")
        self._is_shown = False
        self._load: _Load | None = None
        self._debounce = QTimer(self.pane, singleShot=True, interval=DEBOUNCE_MS)
        self._debounce.timeout.connect(self._show_wanted)
        self._rest = QTimer(self.pane, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._follow)
        self._connect()

    # A guest of the shell

    def workspace_joined(self, live: LiveWorkspace) -> None:
        self._live = live
        live.on_members.append(self._meet)
        live.on_row.append(self._row_seen)
        self._meet()

    def _meet(self) -> None:
        """Names for those who work here now."""
        if self._live is not None:
            old = self.pane.context
            self.pane.context = FactContext(old.words, old.times, people_of(self._live.members), old.zone)
            self._show_wanted()

    async def workspace_left(self) -> None:
        self._stop()
        self._live = None
        self.pane.show_nothing()

    def select(self, session_id: str | None) -> None:
        """The list's current row is another one."""
        if session_id == self._wanted:
            return
        self._wanted = session_id
        now = self._clock()
        is_quick = now - self._changed_at > QUIET_S
        self._changed_at = now
        if not self._is_shown:
            return
        if is_quick:
            self._show_wanted()
        else:
            self._debounce.start()

    def set_shown(self, shown: bool) -> None:
        """The pane was opened or closed: a closed one asks for nothing."""
        self._is_shown = shown
        if shown:
            self._show_wanted()
        else:
            self._stop()

    def set_reduced_motion(self, reduced: bool) -> None:
        self.pane.set_reduced_motion(reduced)

    def _row_seen(self, row: Row | None) -> None:
        if self._load is not None:
            self._load.row_seen(row)

    # Loading

    def _show_wanted(self) -> None:
        self._debounce.stop()
        if self._live is None or not self._is_shown:
            return
        if self._wanted is None:
            self._stop()
            self.pane.show_nothing()
            return
        if self._load is not None and self._load.feed.session_id == self._wanted:
            return
        self._stop()
        self._load = _Load(self._live, self._wanted, self.pane, self._words)
        self._load.start(self._row_of(self._wanted))
        self._rest.start()

    def _stop(self) -> None:
        self._debounce.stop()
        self._rest.stop()
        load, self._load = self._load, None
        if load is not None:
            load.feed.stop()

    def _follow(self) -> None:
        if self._load is not None:
            self._load.feed.follow()

    # What a person asks for

    def _connect(self) -> None:
        pane, view = self.pane, self.pane.transcript
        view.range_needed.connect(self._need_messages)
        view.part_needed.connect(self._need_part)
        view.image_needed.connect(self._need_part)
        pane.opened.connect(self._windows.open_session)
        pane.session_activated.connect(self._windows.open_session)
        pane.step_opened.connect(self._open_step)
        pane.action_requested.connect(self._act)
        pane.link_activated.connect(self._open_link)
        pane.fact_activated.connect(self._open_fact)
        pane.decided.connect(self._decide)
        pane.reassigned.connect(self._reassign)

    def _need_messages(self, first: int, last: int) -> None:
        if self._load is not None:
            self._load.feed.need_messages(first, last)

    def _need_part(self, n: int, index: int) -> None:
        if self._load is not None:
            self._load.feed.need_part(PartPlace(n, index))

    def _open_step(self, session_id: str, step: str) -> None:
        self._windows.open_session(session_id, step=step)

    def _act(self, action: ActionId, session_id: str) -> None:
        load, live = self._load, self._live
        if load is None or live is None or load.feed.detail is None or load.feed.session_id != session_id:
            return
        live.acting.do(action, (load.feed.detail,), self._place)
        load.feed.refresh()

    def _open_link(self, target: str) -> None:
        detail = self._load.feed.detail if self._load is not None else None
        try:
            open_target(target, detail=detail, settings=self._settings, opener=self._opener)
        except CannotOpen as error:
            self._place.say(Notice(str(error), is_trouble=True))

    def _open_fact(self, fact: Fact) -> None:
        if fact.link is not None:
            self._open_link(fact.link)
        else:
            self._windows.open_record(fact)

    def _decide(self, checkpoint: str, decision: Decision, comment: str) -> None:
        load, live = self._load, self._live
        if load is not None and live is not None:
            workspace, session_id = live.joined.opened.workspace, load.feed.session_id
            load.answer(checkpoint, workspace.decide(session_id, checkpoint, decision, comment=comment or None))

    def _reassign(self, checkpoint: str, member: str) -> None:
        load, live = self._load, self._live
        if load is not None and live is not None:
            workspace, session_id = live.joined.opened.workspace, load.feed.session_id
            load.answer(checkpoint, workspace.reassign(session_id, checkpoint, member))


class _Load:
    """One selected session: shown when all of it is here, so that nothing flashes; kept true from then on."""

    def __init__(self, live: LiveWorkspace, session_id: str, pane: DetailPane, words: QtWords) -> None:
        self._live = live
        self._pane = pane
        self._words = words
        self.feed = SessionFeed(live.joined.opened.workspace, session_id, live.owner, self, page=PAGE)
        self._messages: dict[int, Message] = {}
        self._is_shown = False

    def start(self, row: Row | None) -> None:
        self.feed.start(row=row, at_end=True, follow=False)

    def row_seen(self, row: Row | None) -> None:
        if self._is_shown and row is not None and row.id == self.feed.session_id:
            self._pane.show_row(row)
        self.feed.row_seen(row)

    def answer(self, checkpoint: str, ask: Coroutine[Any, Any, None]) -> None:
        async def run() -> None:
            trouble = ""
            try:
                await ask
            except WorkspaceError as error:
                trouble = refusal(error, self._pane.context.people, self._pane.context.times)
            if self._is_shown:
                self._pane.timeline.answer(checkpoint, trouble)
            self.feed.refresh()

        self._live.owner.spawn(run(), name="pane.decide")

    # What the feed says (FeedListener)

    def first_page_came(self) -> None:
        detail = self.feed.detail
        if detail is None:
            return
        self._is_shown = True
        view = self._pane.transcript
        owner = self._pane.context.people.get(detail.owner) or stranger(detail.owner)
        view.clear(Captions(self._words, person=owner.name))
        view.set_place(folder=detail.cwd, is_live=detail.status.is_live)
        view.set_turns({turn.n: turn for turn in self.feed.turns})
        view.set_total(self.feed.total)
        view.put_messages(self._messages.values())
        self._messages.clear()
        self._show()
        view.scroll_to_end(follow=detail.status.is_live)

    def detail_came(self, detail: Detail) -> None:
        if self._is_shown:
            self._show()
            self._pane.transcript.set_place(folder=detail.cwd, is_live=detail.status.is_live)

    def turns_came(self, turns: tuple[Turn, ...]) -> None:
        if self._is_shown:
            self._pane.transcript.set_turns({turn.n: turn for turn in turns})
            self._show()

    def timeline_came(self, timeline: Timeline) -> None:
        if self._is_shown:
            self._show()

    def messages_came(self, messages: tuple[Message, ...], total: int) -> None:
        if self._is_shown:
            self._pane.transcript.set_total(max(total, self._pane.transcript.store.total))
            self._pane.transcript.put_messages(messages)
            if self._pane.transcript_face is not None:
                self._show()
        else:
            self._messages.update({message.n: message for message in messages})

    def part_came(self, place: PartPlace, part: Part | Blob) -> None:
        if isinstance(part, Blob):
            self._pane.transcript.put_image(place, decode_image(part.data))
        else:
            self._pane.transcript.put_part(place, part)

    def feed_failed(self, error: WorkspaceError) -> None:
        if self._is_shown:
            self._pane.transcript.forget_asked()
        else:
            self._pane.show_trouble(str(error))

    def connection_changed(self, lost: WorkspaceError | None) -> None:
        if lost is None:
            self._pane.transcript.forget_asked()

    def session_gone(self) -> None:
        self.feed.stop()

    def _show(self) -> None:
        detail = self.feed.detail
        if detail is None:
            return
        timeline = self.feed.timeline
        if timeline is not None:
            self._pane.transcript.set_steps({step.id: step for step in timeline.steps})
        may_reassign = Scope.CHECKPOINTS_DECIDE in self._live.me.scopes
        self._pane.show_detail(detail, timeline, self.feed.turns, may_reassign=may_reassign)
        self._pane.show_transcript_face(transcript_face(detail, self.feed.total, self._pane.context.times))
