"""What needs somebody, as one list: two filters of the server, listed together and followed by one stream."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from parrot_desktop.domain.needs import needs_parts, needs_somebody
from parrot_wire.events import Gone, SessionChanged
from parrot_wire.query import MAX_LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from parrot_desktop.api.live import StreamItem
    from parrot_desktop.api.workspace import RecordLock, Workspace
    from parrot_wire.answers import Page
    from parrot_wire.query import Filter
    from parrot_wire.session import Row

MAX_ROWS = 400
"""Of each filter: nobody works through more, and the list is held whole."""


class NeedsSource:
    """Stands where a workspace does for `SessionListController`."""

    def __init__(self, workspace: Workspace, *, now_ms: Callable[[], int]) -> None:
        self._workspace = workspace
        self._now_ms = now_ms

    async def list_page(self, record: RecordLock | None) -> Page:
        """All of it as one page; its ``seq`` is that of what was fetched first."""
        rows: list[Row] = []
        first: Page | None = None
        for part in needs_parts(self._now_ms()):
            cursor: str | None = None
            fetched = 0
            while True:
                page = await self._workspace.list_page(part, cursor=cursor, limit=MAX_LIMIT, record=record)
                first = first or page
                rows.extend(page.items)
                fetched += len(page.items)
                cursor = page.next_cursor
                if cursor is None or fetched >= MAX_ROWS:
                    break
        assert first is not None
        return type(first)(items=tuple(rows), next_cursor=None, seq=first.seq, feed=first.feed)

    async def events(
        self, filter_: Filter, *, after_seq: int, feed: str, record: RecordLock | None
    ) -> AsyncGenerator[StreamItem]:
        """The stream of everything that may need somebody; what is too long ago counts as gone."""
        stream = self._workspace.events(filter_, after_seq=after_seq, feed=feed, record=record)
        async with aclosing(stream) as items:
            async for item in items:
                if isinstance(item, SessionChanged) and not needs_somebody(item.row, self._now_ms()):
                    yield Gone(seq=item.row.seq, id=item.row.id)
                else:
                    yield item
