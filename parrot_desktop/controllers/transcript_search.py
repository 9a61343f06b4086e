"""Looking through a whole transcript, also where it is not loaded: find, and jumps to the next prompt or error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.domain.transcript.find import SeekKind, find, seek_in
from parrot_desktop.tasks import Latest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_desktop.controllers.session_feed import SessionFeed
    from parrot_desktop.domain.transcript.find import Seek
    from parrot_desktop.domain.transcript.store import PartPlace
    from parrot_desktop.tasks import TaskOwner
    from parrot_desktop.views.transcript.panel import TranscriptPanel
    from parrot_wire.session import Message

CHUNK = 200
"""Messages looked through between two turns of the event loop."""
TYPING_S = 0.12
"""A pause in typing after which the search begins."""


class TranscriptSearch:
    """Answers the panel's requests; a newer one ends the one before."""

    def __init__(self, feed: SessionFeed, panel: TranscriptPanel, owner: TaskOwner) -> None:
        self._feed, self._panel = feed, panel
        self._finding = Latest(owner, "find")
        self._seeking = Latest(owner, "seek")
        panel.find_requested.connect(self.find)
        panel.seek_requested.connect(self.seek)

    def stop(self) -> None:
        self._finding.cancel()
        self._seeking.cancel()

    def find(self, text: str) -> None:
        """Every place of the text, from where the reader is to the end and then from the start."""
        self._finding.cancel()
        if text:
            self._finding.start(self._find(text))

    def seek(self, wanted: Seek) -> None:
        self._seeking.start(self._seek(wanted))

    async def _find(self, text: str) -> None:
        await asyncio.sleep(TYPING_S)
        chunks = list(_chunks(max(1, self._panel.view.reading), self._panel.view.store.total))
        for number, (first, last) in enumerate(chunks):
            try:
                messages = await self._messages(first, last)
            except WorkspaceError:
                continue  # what could be read is found; the banner tells that the rest is out of reach
            self._panel.find_bar.add(find(messages, text), is_done=number == len(chunks) - 1)
            await asyncio.sleep(0)
        if not chunks:
            self._panel.find_bar.add((), is_done=True)

    async def _seek(self, wanted: Seek) -> None:
        store = self._panel.view.store
        n = max(1, min(wanted.after.n, store.total))
        total = store.total
        ranges = _chunks(n, total) if wanted.by > 0 else _back(n)
        if wanted.kind is SeekKind.TURN:
            ranges = _chunks(1, total)
        for first, last in ranges:
            try:
                messages = await self._messages(first, last, keep=True)
            except WorkspaceError:
                return
            # Past the last one there is nothing; a jump does not begin again at the start.
            if wanted.by > 0 and wanted.kind is not SeekKind.TURN and last < n:
                return
            place = self._first(messages, wanted)
            if place is not None:
                self._panel.view.go_to_part(place)
                return

    def _first(self, messages: tuple[Message, ...], wanted: Seek) -> PartPlace | None:
        ordered = messages if wanted.by > 0 else tuple(reversed(messages))
        for message in ordered:
            place = seek_in(message, wanted, self._panel.view.store)
            if place is not None:
                return place
        return None

    async def _messages(self, first: int, last: int, *, keep: bool = False) -> tuple[Message, ...]:
        """From what is at hand where it is, else from the server. ``keep`` puts them where they are shown."""
        store = self._panel.view.store
        if not store.missing(first, last):
            return tuple(store.held(first, last))
        messages = await self._feed.messages(first, last)
        if keep:
            self._panel.view.put_messages(messages)
        return messages


def _chunks(start: int, total: int) -> Iterator[tuple[int, int]]:
    """(first, last) of stretches from ``start`` to the end, then from 1 to where they began."""
    first = start
    while first <= total:
        yield first, min(first + CHUNK - 1, total)
        first += CHUNK
    first = 1
    while first < start:
        yield first, min(first + CHUNK - 1, start - 1)
        first += CHUNK


def _back(start: int) -> Iterator[tuple[int, int]]:
    """(first, last) of stretches from ``start`` back to 1."""
    last = start
    while last >= 1:
        yield max(1, last - CHUNK + 1), last
        last -= CHUNK
