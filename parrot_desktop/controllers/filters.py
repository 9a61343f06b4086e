"""What the list shows: a tab and a filter, or what an attention chip counts; remembered, and put into words."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale

from parrot_desktop.domain.filter_state import (
    Attention,
    FilterState,
    Span,
    Tab,
    attention_filter,
    dump_state,
    load_state,
)
from parrot_desktop.i18n import tr
from parrot_desktop.views.filter_strip import FilterPill
from parrot_desktop.views.filter_words import SPAN_WORDS, STATUS_WORDS
from parrot_desktop.views.pill_button import Tone
from parrot_wire.values import Kind, RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    def __init__(self, settings: Settings, *, today: Callable[[], date] = date.today) -> None:
        self._settings = settings
        self.on_change = lambda: None
        self._today = today
        self.tab = settings.tab
        self.attention: Attention | None = None
        self.state = _remembered(settings)

    @property
    def is_narrowed(self) -> bool:
        """Whether there may be sessions that the list does not show."""
        return self.attention is not None or self.tab is not Tab.ALL or not self.state.is_empty

    @property
    def follows_the_day(self) -> bool:
        """Whether midnight makes it another filter."""
        return self.attention is Attention.FAILED_TODAY or (
            self.attention is None and self.state.span not in {Span.ANY, Span.RANGE}
        )

    def current(self) -> Filter:
        """As the wire has it."""
        if self.attention is not None:
            return attention_filter(self.attention, today=self._today())
        return self.state.to_filter(_KINDS[self.tab], today=self._today())

    def set_tab(self, tab: Tab) -> None:
        self.attention = None
        self.tab = tab
        self._settings.tab = tab
        self.on_change()

    def set_state(self, state: FilterState) -> None:
        if state == self.state and self.attention is None:
            return
        self.attention = None
        self.state = state
        self._settings.filter = dump_state(state)
        self.on_change()

    def set_words(self, words: str) -> None:
        """Of titles."""
        if words.split() != self.state.q.split() or self.attention is not None:
            self.set_state(replace(self.state, q=words))

    def toggle_attention(self, attention: Attention) -> None:
        """The chip that is on goes off: tab and filter count again, as they were."""
        self.attention = None if attention is self.attention else attention
        self.on_change()

    def clear(self) -> None:
        """Everything that narrows but the tab."""
        self.attention = None
        self.state = FilterState()
        self._settings.filter = dump_state(self.state)
        self.on_change()

    def show_everything(self) -> None:
        """The tab too."""
        self.tab = self._settings.tab = Tab.ALL
        self.clear()

    def forget_ids(self) -> None:
        """Another workspace: its members and records have other ids."""
        self.attention = None
        self.state = replace(
            self.state, owners=frozenset(), projects=frozenset(), initiatives=frozenset(), plans=frozenset()
        )
        self._settings.filter = dump_state(self.state)

    def pills(
        self, *, owner_name: Callable[[str], str], record_title: Callable[[RecordKind, str], str]
    ) -> list[FilterPill]:
        """One for each thing that narrows; none while an attention chip does."""
        if self.attention is not None:
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
