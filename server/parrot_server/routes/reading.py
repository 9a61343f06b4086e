"""Opening one session for a caller, and reading its messages from wherever they are."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Literal

import msgspec

from parrot_server import scopes
from parrot_server.problems import missing_scope, not_found
from parrot_server.store import messages, queries
from parrot_server.transcripts import ImageBytes
from parrot_wire.answers import Messages
from parrot_wire.session import Image

if TYPE_CHECKING:
    from parrot_server.calls import Ask
    from parrot_server.services import Services
    from parrot_server.stored import StoredDetail
    from parrot_wire.session import Part

Anchor = Literal["after", "before", "around"]


async def open_session(ask: Ask) -> StoredDetail:
    """The session of the path, if the caller may open it. Raises ApiProblem: 404, or 403 for a flow."""
    stored = await ask.services.db.read(queries.detail, ask.path("id"))
    if stored is None:
        raise not_found()
    needed = scopes.read_scope(stored.detail.kind)
    if not ask.principal.has(needed):
        raise missing_scope(needed)
    return stored


def window(anchor: Anchor, n: int | None, limit: int, total: int) -> tuple[int, int]:
    """First and last message of a page, 1 to ``total``; the first is greater than the last for an empty page.

    after n: what follows it. before n (None: the end): what precedes it. around n: n in the middle where it can be.
    """
    match anchor:
        case "after":
            first = (n or 0) + 1
            last = first + limit - 1
        case "before":
            last = min(total if n is None else n - 1, total)
            first = last - limit + 1
        case "around":
            first = max((n or 0) - limit // 2, 1)
            last = min(first + limit - 1, total)
            first = last - limit + 1
    return max(first, 1), min(last, total)


class MessageReader:
    """Messages of sessions: from this machine's files where they are local, else from the store."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._opened: dict[str, StoredDetail | None] = {}

    async def page(self, stored: StoredDetail, anchor: Anchor, n: int | None, limit: int) -> Messages:
        transcripts = self._services.transcripts
        total = await transcripts.total(stored) if transcripts is not None else None
        if transcripts is None or total is None:
            return await self._services.db.read(messages.page, stored.detail.id, anchor=anchor, n=n, limit=limit)
        first, last = window(anchor, n, limit, total)
        if first > last:
            return Messages(items=(), total=total)
        found = await transcripts.page(stored, first, last)
        return Messages(items=tuple(messages.cut(message) for message in found), total=total)

    async def part(self, stored: StoredDetail, n: int, index: int) -> Part | ImageBytes | None:
        """One part, whole; an image as its bytes where they are known."""
        transcripts = self._services.transcripts
        if transcripts is not None and await transcripts.total(stored) is not None:
            return await transcripts.part(stored, n, index)
        message = await self._services.db.read(messages.whole, stored.detail.id, n)
        if message is None or not 0 <= index < len(message.parts):
            return None
        part = message.parts[index]
        if isinstance(part, Image):
            raw = await self._services.db.read(messages.raw, stored.detail.id, n)
            data = _image_data(raw, index) if raw is not None else None
            if data is not None:
                return ImageBytes(media_type=part.media_type, data=data)
        return part

    async def raw(self, stored: StoredDetail, n: int) -> bytes | None:
        transcripts = self._services.transcripts
        if transcripts is not None and await transcripts.total(stored) is not None:
            return await transcripts.raw(stored, n)
        return await self._services.db.read(messages.raw, stored.detail.id, n)

    async def text(self, session_id: str, n: int) -> str:
        """All text of a message, for a snippet; empty where it can no longer be read."""
        transcripts = self._services.transcripts
        if transcripts is not None:
            if session_id not in self._opened:
                self._opened[session_id] = await self._services.db.read(queries.detail, session_id)
            stored = self._opened[session_id]
            if stored is not None and await transcripts.total(stored) is not None:
                found = await transcripts.page(stored, n, n)
                return messages.text_of(found[0]) if found else ""
        message = await self._services.db.read(messages.whole, session_id, n)
        return messages.text_of(message) if message is not None else ""


class _SentPart(msgspec.Struct):
    data: str | None = None


class _SentMessage(msgspec.Struct):
    parts: tuple[_SentPart, ...] = ()


def _image_data(raw: bytes, index: int) -> bytes | None:
    """A source may send an image's bytes along, as base64 in the part's ``data``."""
    try:
        parts = msgspec.json.decode(raw, type=_SentMessage).parts
        data = parts[index].data if index < len(parts) else None
        return base64.b64decode(data, validate=True) if data else None
    except (msgspec.DecodeError, binascii.Error):
        return None
