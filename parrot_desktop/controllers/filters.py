"""What the list shows: a tab and a filter, or what an attention chip counts; remembered, and put into words."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale

from parrot_desktop.domain.filter_state import (
    MAX_STARS,
    Attention,
    FilterState,
    Span,
    Stars,
    Tab,
    attention_filter,
    dump_state,
    load_state,
)
from parrot_desktop.domain.needs import needs_filter, needs_parts
from parrot_desktop.i18n import number, tr
from parrot_desktop.views.filter_strip import FilterPill
from parrot_desktop.views.filter_words import SPAN_WORDS, STATUS_WORDS
from parrot_desktop.views.pill_button import Tone
from parrot_wire.values import Kind, RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parrot_desktop.domain.desk import SavedView
    from parrot_desktop.settings import Settings
    from parrot_wire.query import Filter

log = logging.getLogger(__name__)

_KINDS: Mapping[Tab, frozenset[Kind]] = {
    Tab.ALL: frozenset(),
    Tab.FLOWS: frozenset({Kind.FLOW}),
    Tab.CHATS: frozenset({Kind.CHAT}),
}


class Filters:
    """``on_change`` is called after every change of what the list shows."""

    on_change: Callable[[], None]
    stars: Callable[[], Stars]
    """What is starred now."""

    def __init__(self, settings: Settings, *, today: Callable[[], date] = date.today) -> None:
        self._settings = settings
        self.on_change = lambda: None
        self.stars = Stars
        self._today = today
        self.tab = settings.tab
        self.attention: Attention | None = None
        self.is_needs = False
        """The list is of what needs somebody, whatever tab and filter say."""
        self.until: date | None = None
        """The day that was jumped to: the list begins at its end."""
        self.view: str | None = None
        """The saved view that tab and filter are of, as long as nothing of them is changed."""
        self.state = _remembered(settings)

    def begin_with_everything(self) -> None:
        """For this run: what was narrowed last stays remembered for the next."""
        self.tab = Tab.ALL
        self.state = FilterState()

    @property
    def is_narrowed(self) -> bool:
        """Whether there may be sessions that the list does not show."""
        return self.is_passing or self.tab is not Tab.ALL or not self.state.is_empty

    @property
    def shows_needs(self) -> bool:
        """Whether the list is of what needs somebody; a chip comes before it."""
        return self.is_needs and self.attention is None

    @property
    def shows_starred(self) -> bool:
        """Whether the list is of what is starred, and changes with each star."""
        return self.state.is_starred and self.attention is None and not self.is_needs

    @property
    def is_passing(self) -> bool:
        """Whether the list shows something that the next start will not begin with."""
        return self.attention is not None or self.is_needs or self.until is not None or self.view is not None

    @property
    def follows_the_day(self) -> bool:
        """Whether midnight makes it another filter."""
        return (self.is_needs or self.attention is Attention.FAILED_TODAY) or (
            self.attention is None and self.state.span not in {Span.ANY, Span.RANGE}
        )

    def current(self) -> Filter:
        """As the wire has it."""
        if self.attention is not None:
            return attention_filter(self.attention, today=self._today())
        if self.is_needs:
            return needs_filter()
        return self.filter_of(self.tab, self.state, until=self.until)

    def filter_of(self, tab: Tab, state: FilterState, *, until: date | None = None) -> Filter:
        """A tab under a filter, as the wire has it."""
        return state.to_filter(_KINDS[tab], today=self._today(), until=until, stars=self.stars())

    def parts(self, now_ms: int) -> tuple[Filter, ...]:
        """`current` as filters that share no session: one, but for what needs somebody."""
        return needs_parts(now_ms) if self.shows_needs else (self.current(),)

    def show_needs(self) -> None:
        """What needs somebody; again: what was shown before."""
        is_on = not self.shows_needs
        self._pass()
        self.is_needs = is_on
        self.on_change()

    def show_view(self, view: SavedView) -> None:
        """A saved view's tab and filter; the filter that was set by hand comes back with the next tab."""
        self._pass()
        self.view = view.name
        self.tab, self.state = view.tab, view.state
        self.on_change()

    def set_until(self, day: date | None) -> None:
        """Begin at the end of a day; None is now."""
        if day != self.until:
            self.attention, self.is_needs = None, False
            self.until = day
            self.on_change()

    def leave_view(self) -> None:
        """It was deleted: what it shows stays, as a filter set by hand."""
        self._keep_by_hand()
        self.on_change()

    def _keep_by_hand(self) -> None:
        """Tab and filter are nobody's but the person's, from now on and at the next start."""
        self.attention, self.is_needs, self.until, self.view = None, False, None, None
        self._settings.tab = self.tab
        self._settings.filter = dump_state(self.state)

    def _pass(self) -> None:
        """Back to what was set by hand."""
        self.attention, self.is_needs, self.until = None, False, None
        if self.view is not None:
            self.view = None
            self.tab, self.state = self._settings.tab, _remembered(self._settings)

    def set_tab(self, tab: Tab) -> None:
        self._pass()
        self.tab = tab
        self._settings.tab = tab
        self.on_change()

    def set_state(self, state: FilterState) -> None:
        if state == self.state and self.attention is None and not self.is_needs:
            return
        self.state = state
        self._keep_by_hand()
        self.on_change()

    def set_words(self, words: str) -> None:
        """Of titles."""
        if words.split() != self.state.q.split() or self.attention is not None or self.is_needs:
            self.set_state(replace(self.state, q=words))

    def toggle_starred(self) -> None:
        """Only what is starred, or that too which is not; a list of something else gives way to it."""
        is_on = not self.shows_starred
        self.set_state(replace(self.state, is_starred=is_on))

    def toggle_attention(self, attention: Attention) -> None:
        """The chip that is on goes off: tab and filter count again, as they were."""
        self.attention = None if attention is self.attention else attention
        self.on_change()

    def clear(self) -> None:
        """Everything that narrows but the tab."""
        self.state = FilterState()
        self._keep_by_hand()
        self.on_change()

    def show_record(self, kind: RecordKind, key: str) -> None:
        """All sessions of a project, an initiative or a plan, and no others."""
        only = frozenset({key})
        self.tab = Tab.ALL
        match kind:
            case RecordKind.PROJECT:
                self.state = FilterState(projects=only)
            case RecordKind.INITIATIVE:
                self.state = FilterState(initiatives=only)
            case RecordKind.PLAN:
                self.state = FilterState(plans=only)
        self._keep_by_hand()
        self.on_change()

    def show_everything(self) -> None:
        """The tab too."""
        self.tab = self._settings.tab = Tab.ALL
        self.clear()

    def forget_ids(self) -> None:
        """Another workspace: its members and records have other ids."""
        self._pass()
        self.state = replace(
            self.state, owners=frozenset(), projects=frozenset(), initiatives=frozenset(), plans=frozenset()
        )
        self._settings.filter = dump_state(self.state)

    def pills(
        self, *, owner_name: Callable[[str], str], record_title: Callable[[RecordKind, str], str]
    ) -> list[FilterPill]:
        """One for each thing that narrows; none while an attention chip does, or what needs somebody is shown."""
        if self.attention is not None or self.is_needs:
            return []
        state = self.state
        pills = [
            FilterPill(owner_name(owner), replace(state, owners=state.owners - {owner}))
            for owner in sorted(state.owners, key=owner_name)
        ]
        pills += [
            FilterPill(tr(words), replace(state, status_groups=state.status_groups - {group}), Tone(group))
            for group, words in STATUS_WORDS.items()
            if group in state.status_groups
        ]
        pills += [
            FilterPill(record_title(RecordKind.PROJECT, each), replace(state, projects=state.projects - {each}))
            for each in sorted(state.projects)
        ]
        pills += [
            FilterPill(
                record_title(RecordKind.INITIATIVE, each), replace(state, initiatives=state.initiatives - {each})
            )
            for each in sorted(state.initiatives)
        ]
        pills += [
            FilterPill(record_title(RecordKind.PLAN, each), replace(state, plans=state.plans - {each}))
            for each in sorted(state.plans)
        ]
        if state.is_starred:
            starred = tr("Starred")
            if len(self.stars().sessions) == MAX_STARS:
                starred = tr("Starred: the last {n}, and the owners", n=number(MAX_STARS))
            pills.append(FilterPill(starred, replace(state, is_starred=False)))
        if state.has_dates:
            without_dates = replace(state, span=Span.ANY, first_day=None, last_day=None)
            pills.append(FilterPill(_dates_words(state), without_dates, Tone.SETTLED))
        if state.q.strip():
            pills.append(
                FilterPill(tr("“{words}” in the title", words=state.q.strip()), replace(state, q=""), Tone.SETTLED)
            )
        return pills


def _dates_words(state: FilterState) -> str:
    if state.span is not Span.RANGE:
        return tr(SPAN_WORDS[state.span])
    first, last = _day(state.first_day), _day(state.last_day)
    if first and last:
        return first if first == last else tr("{first} to {last}", first=first, last=last)
    return tr("since {first}", first=first) if first else tr("until {last}", last=last)


def _day(day: date | None) -> str:
    return (
        "" if day is None else QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)
    )


def _remembered(settings: Settings) -> FilterState:
    text = settings.filter
    if not text:
        return FilterState()
    try:
        return load_state(text)
    except ValueError as error:
        log.warning("the remembered filter cannot be read (%s): starting without one", error)
        return FilterState()
