"""What this desktop alone keeps of a workspace: stars, what is hidden, what was looked at, and saved views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parrot_desktop.domain.alerts import Watching
from parrot_desktop.domain.filter_state import MAX_STARS, FilterState, Stars, Tab
from parrot_desktop.domain.row_view import Marks
from parrot_wire.times import Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parrot_wire.session import Row

MAX_KEPT = 20_000
"""Sessions in each of the lists: the file stays small, and what was marked longest ago goes first."""
MAX_VIEWS = 30
MAX_NAME = 60


@dataclass(kw_only=True)
class SavedView:
    """A filter with a name, which no other view of the desk has."""

    name: str
    tab: Tab = Tab.ALL
    state: FilterState = field(default_factory=FilterState)


def _none() -> dict[str, Timestamp]:
    return {}


@dataclass(kw_only=True)
class Desk:
    """One workspace as one member sees it here. The lists are by id, in the order in which they were marked.

    since: when somebody last looked. A session that was never opened is unread where it began after that.
    seen: when each session had last moved as it was last looked at; "" where it was marked as unread since.
    """

    since: Timestamp
    starred: dict[str, Timestamp] = field(default_factory=_none)
    owners: dict[str, Timestamp] = field(default_factory=_none)
    hidden: dict[str, Timestamp] = field(default_factory=_none)
    seen: dict[str, Timestamp] = field(default_factory=_none)
    views: list[SavedView] = field(default_factory=lambda: list[SavedView]())
    shows_hidden: bool = False

    # What is asked of it

    def marks_of(self, row: Row) -> Marks:
        return Marks(
            is_unread=self.is_unread(row),
            is_starred=row.id in self.starred,
            is_owner_starred=row.owner in self.owners,
            is_hidden=row.id in self.hidden,
        )

    def is_unread(self, row: Row) -> bool:
        """Whether it has moved since it was last opened or, never opened, is new since somebody last looked."""
        seen = self.seen.get(row.id)
        return row.started_at > self.since if seen is None else row.last_activity_at > seen

    def watching(self, me: str) -> Watching:
        return Watching(me=me, sessions=frozenset(self.starred), owners=frozenset(self.owners))

    @property
    def stars(self) -> Stars:
        """For the list's filter."""
        return Stars(sessions=frozenset(list(self.starred)[-MAX_STARS:]), owners=frozenset(self.owners))

    @property
    def veiled(self) -> frozenset[str]:
        """Ids that the list does not show."""
        return frozenset() if self.shows_hidden else frozenset(self.hidden)

    # What a person does

    def set_starred(self, session_ids: Iterable[str], *, starred: bool, now: Timestamp) -> None:
        _set(self.starred, session_ids, is_in=starred, at=now)

    def set_owners_starred(self, owners: Iterable[str], *, starred: bool, now: Timestamp) -> None:
        _set(self.owners, owners, is_in=starred, at=now)

    def set_hidden(self, session_ids: Iterable[str], *, hidden: bool, now: Timestamp) -> None:
        _set(self.hidden, session_ids, is_in=hidden, at=now)

    def look_at(self, session_id: str, moved_at: Timestamp) -> None:
        """Somebody sees it as it is after it moved then."""
        if moved_at > self.seen.get(session_id, ""):
            _set(self.seen, (session_id,), is_in=True, at=moved_at)

    def mark_unread(self, session_ids: Iterable[str]) -> None:
        _set(self.seen, session_ids, is_in=True, at=Timestamp(""))

    # Views

    def view(self, name: str) -> SavedView | None:
        return next((view for view in self.views if view.name == name), None)

    def save_view(self, view: SavedView) -> None:
        """A view of the same name is replaced where it stands; past MAX_VIEWS the oldest goes."""
        for at, known in enumerate(self.views):
            if known.name == view.name:
                self.views[at] = view
                return
        self.views = [*self.views, view][-MAX_VIEWS:]

    def rename_view(self, name: str, wanted: str) -> str:
        """The name that it has now: a number behind it tells it from another of that name."""
        view, wanted = self.view(name), clean_name(wanted)
        if view is None or not wanted or wanted == name:
            return name
        taken = {each.name for each in self.views if each is not view}
        view.name = next(
            each for each in (wanted, *(f"{wanted} {n}" for n in range(2, len(taken) + 3))) if each not in taken
        )
        return view.name

    def remove_view(self, name: str) -> tuple[int, SavedView] | None:
        """What was removed and where it stood, so that it can be put back."""
        for at, view in enumerate(self.views):
            if view.name == name:
                return at, self.views.pop(at)
        return None

    def order_views(self, names: Iterable[str]) -> None:
        """In this order; those that are not named follow as they were."""
        place = {name: at for at, name in enumerate(names)}
        self.views.sort(key=lambda view: place.get(view.name, len(place)))


def clean_name(text: str) -> str:
    """The name of a view as it is kept: one line, not endless."""
    return " ".join(text.split())[:MAX_NAME].strip()


def _set(kept: dict[str, Timestamp], keys: Iterable[str], *, is_in: bool, at: Timestamp) -> None:
    for key in keys:
        kept.pop(key, None)
        if is_in:
            kept[key] = at
    while len(kept) > MAX_KEPT:
        del kept[next(iter(kept))]
