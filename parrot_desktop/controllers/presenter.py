"""What the main window shows of everything that is known: one place that decides faces, pills, counts and words.

It holds facts and puts them on the widgets; it asks nobody and starts nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QTime

from parrot_desktop.actions import ActionId
from parrot_desktop.controllers.list_faces import ListState, face_of, shows_skeleton
from parrot_desktop.domain.connection_state import Connection, ConnectionState, Indexing
from parrot_desktop.i18n import tr
from parrot_desktop.views.view_tabs import NEEDS
from parrot_wire.values import RecordKind, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_desktop.controllers.filters import Filters
    from parrot_desktop.controllers.summary import Sums
    from parrot_desktop.domain.filter_state import Attention
    from parrot_desktop.models.owner_filter_model import OwnerFilterModel
    from parrot_desktop.models.selection import SelectionSummary
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.views.main_window import MainWindow
    from parrot_wire.answers import Me, RecordItem, Summary
    from parrot_wire.session import Member

_ROLES: Mapping[Role, str] = {
    Role.OWNER: "Owner",
    Role.ADMIN: "Admin",
    Role.LEAD: "Lead",
    Role.MEMBER: "Member",
    Role.VIEWER: "Viewer",
    Role.BILLING: "Billing",
    Role.COLLECTOR: "Collector",
}


class Presenter:
    """Belongs to one main window."""

    def __init__(
        self,
        *,
        window: MainWindow,
        model: SessionListModel,
        owners: OwnerFilterModel,
        filters: Filters,
        is_sample: bool,
    ) -> None:
        self._window = window
        self._model = model
        self._owners = owners
        self._filters = filters
        self._is_sample = is_sample
        self._is_local = True
        self._is_shown = False
        self._connection = Connection(ConnectionState.STARTING, model.now_ms())
        self._indexing: Indexing | None = None
        self._has_sources = False
        self._total: int | None = None
        self._workspace = ""
        self._names: dict[str, str] = {}
        self._records: dict[tuple[RecordKind, str], str] = {}
        model.loaded_changed.connect(self._loaded_changed)
        model.hidden_changed.connect(self._loaded_changed)
        window.list_view.selection_summary_changed.connect(self._selection_changed)

    @property
    def is_shown(self) -> bool:
        """Whether the rows are the server's answer to the filter in force."""
        return self._is_shown

    @property
    def is_settled(self) -> bool:
        """Rows, sources and sums are all here, and nothing is being read."""
        return (
            self._is_shown
            and self._total is not None
            and self._has_sources
            and not (self._indexing is not None and self._indexing.is_running)
        )

    @property
    def total(self) -> int | None:
        """Sessions under the filter; None while unknown."""
        return self._total

    @property
    def connection(self) -> Connection:
        return self._connection

    # Who and where

    def show_target(self, *, is_local: bool) -> None:
        self._is_local = is_local
        self._indexing = None
        self._has_sources = False
        self._window.status.show_indexing(None)

    def show_me(self, me: Me, members: Sequence[Member]) -> None:
        self._workspace = me.workspace.name
        self.show_members(members)
        self._window.setWindowTitle(tr("Parrot — {workspace}", workspace=me.workspace.name))
        self._window.status.show_member(f"{me.member.name} · {tr(_ROLES[me.member.role])}")
        self.filters_changed()

    def show_members(self, members: Sequence[Member]) -> None:
        """Names for the owners of rows, and for the filter."""
        self._names = {member.id: member.name for member in members}
        self._model.set_members(members)
        self._owners.set_members(members)

    def show_records(self, kind: RecordKind, items: Sequence[RecordItem]) -> None:
        self._records.update({(kind, item.id): item.title for item in items})
        self._window.show_records(kind, items)
        self.filters_changed()

    # The filter

    def filters_changed(self) -> None:
        filters, window = self._filters, self._window
        window.header.tabs.set_value(None if filters.shows_needs or filters.view is not None else filters.tab)
        window.header.views.set_current(NEEDS if filters.shows_needs else filters.view)
        window.actions_by_id[ActionId.NEEDS_YOU].setChecked(filters.shows_needs)
        window.actions_by_id[ActionId.STARRED_ONLY].setChecked(filters.shows_starred)
        self._show_jump()
        window.header.set_words(filters.state.q)
        window.header.set_attention(filters.attention)
        is_off = filters.attention is not None or filters.is_needs
        window.header.filter_button.set_badge(0 if is_off else filters.state.count)
        window.show_filter_state(filters.state)
        window.area.strip.show_pills(
            filters.pills(
                owner_name=lambda owner: self._names.get(owner, owner),
                record_title=lambda kind, key: self._records.get((kind, key), key),
            )
        )

    def _show_jump(self) -> None:
        """Says where the list begins, where that is not now."""
        until, jump = self._filters.until, self._window.area.jump
        if until is None or self._filters.attention is not None:
            jump.hide()
        else:
            day = QLocale().toString(QDate(until.year, until.month, until.day), QLocale.FormatType.LongFormat)
            jump.say(tr("The list begins at {day}.", day=day), button=tr("Back to now"), glyph="calendar-days")

    # The list

    def list_loading(self) -> None:
        """Rows of another filter are on their way."""
        self._is_shown = False
        self._total = None
        self._refresh()

    def list_shown(self) -> None:
        self._is_shown = True
        self._refresh()

    def last_known_shown(self) -> None:
        """Rows of the last run, until the server answers."""
        self._window.area.show_list()
        self._show_counts()

    # Connection and sources

    def connection_changed(self, connection: Connection) -> None:
        self._connection = connection
        self._window.status.show_connection(connection)
        self._refresh()

    def indexing_changed(self, indexing: Indexing | None) -> None:
        self._indexing = indexing
        self._has_sources = True
        self._window.status.show_indexing(indexing)
        self._refresh()

    # Sums

    def sums_changed(self, sums: Sums) -> None:
        self.show_summary(sums.summary)
        self.show_attention(sums.attention)

    def show_summary(self, summary: Summary) -> None:
        self._total = summary.total
        self._owners.set_counts(summary.by_owner)
        self._window.status.show_spend(summary.cost if summary.total else None)
        self._show_counts()

    def show_attention(self, counts: Mapping[Attention, int]) -> None:
        self._window.header.set_counts(counts)

    def _selection_changed(self, summary: SelectionSummary) -> None:
        self._window.status.show_selected(summary.count, summary.cost)

    def _loaded_changed(self, _loaded: int) -> None:
        self._show_counts()
        self._refresh()

    def _show_counts(self) -> None:
        loaded = self._model.loaded_count
        # The sums come once a second, rows at once: between two sums the rows know better.
        total = None if self._total is None else max(self._total, self._model.fetched_count)
        self._window.status.show_counts(
            total, loaded, is_filtered=self._filters.is_narrowed, hidden=self._model.hidden_count
        )

    def _refresh(self) -> None:
        """Choose between the list, rows to come, and a face."""
        state = ListState(
            connection=self._connection,
            rows=self._model.loaded_count,
            hidden=self._model.hidden_count,
            is_needs=self._filters.shows_needs,
            has_no_stars=self._filters.shows_starred and not self._filters.stars(),
            is_shown=self._is_shown,
            is_narrowed=self._filters.is_narrowed,
            is_local=self._is_local,
            is_sample=self._is_sample,
            indexing=self._indexing,
            workspace=self._workspace,
        )
        area = self._window.area
        face = face_of(state)
        if face is not None:
            area.show_face(face)
        elif shows_skeleton(state):
            area.show_loading()
        else:
            area.show_list()
        self._show_banner(has_face=face is not None)

    def _show_banner(self, *, has_face: bool) -> None:
        """Old rows on the screen are said to be old."""
        banner = self._window.area.banner
        connection = self._connection
        match connection.state:
            case ConnectionState.OFFLINE if not has_face:
                since = datetime.fromtimestamp(connection.since_ms / 1000)
                clock = QLocale().toString(QTime(since.hour, since.minute), QLocale.FormatType.ShortFormat)
                text = tr("Nobody answers since {time}. These rows are as they were then.", time=clock)
                banner.say(text, button=tr("Retry now"))
            case ConnectionState.FAILED if not has_face:
                banner.say(connection.detail, button=tr("Try again"), glyph="unplug")
            case _:
                banner.hide()
