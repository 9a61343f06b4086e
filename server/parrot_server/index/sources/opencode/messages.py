"""opencode's messages, read from its database."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parrot_server.index.foreign import reading
from parrot_server.index.sources.opencode.content import images_of, is_turn, message_of, saying_of
from parrot_server.index.sources.opencode.rows import MessageRow, rows_of
from parrot_wire.session import Image

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part

_BYTES_A_MESSAGE = 400


class _Known(NamedTuple):
    version: tuple[int, int]
    is_shown: bool
    is_turn: bool


class DatabaseTranscript:
    """One session's messages. Kept of each is how it stood when it was last looked at."""

    def __init__(self, database: Path, session: str) -> None:
        self._database = database
        self._session = session
        self._known: dict[str, _Known] = {}
        self._shown: list[str] = []
        self._turns: dict[str, int] = {}
        self._changed_from = 1

    # base.Transcript

    def refresh(self) -> int:
        with reading(self._database) as connection:
            layout = rows_of(connection, self._session)
            now = layout.versions(connection, self._session)
            before = self._known
            changed = [each for each, version in now.items() if each not in before or before[each].version != version]
            wanted = changed if before else None
            rows = {row.id: row for row in layout.messages(connection, self._session, wanted)} if changed else {}
        known = {each: before[each] for each in now if each in before and each not in rows}
        for message_id, row in rows.items():
            if message_id in now:
                shows = bool(saying_of(row.info, row.parts).parts)
                known[message_id] = _Known(now[message_id], shows, is_turn(row.info))
        self._known = {each: known[each] for each in now if each in known}
        shown = [each for each, one in self._known.items() if one.is_shown]
        same = 0
        while same < min(len(shown), len(self._shown)) and shown[same] == self._shown[same] and shown[same] not in rows:
            same += 1
        self._shown, self._changed_from = shown, same + 1
        turns = (each for each, one in self._known.items() if one.is_turn)
        self._turns = {each: n for n, each in enumerate(turns, 1)}
        return len(shown)

    def page(self, first: int, last: int) -> list[Message]:
        return [self._message(n, row) for n, row in self._rows(max(1, first), last)]

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        for _, row in self._rows(n, n):
            parts = self._message(n, row).parts
            if not 0 <= index < len(parts):
                return None
            if isinstance(parts[index], Image):
                nth = sum(isinstance(part, Image) for part in parts[:index])
                images = images_of(row.parts)
                return images[nth] if nth < len(images) and images[nth].data else parts[index]
            return parts[index]
        return None

    def raw(self, n: int) -> bytes | None:
        for _, row in self._rows(n, n):
            return "\n".join(row.raw).encode("utf-8", "replace")
        return None

    def changed_from(self) -> int:
        return self._changed_from

    @property
    def turn_total(self) -> int:
        return len(self._turns)

    @property
    def memory(self) -> int:
        return len(self._known) * _BYTES_A_MESSAGE

    def _rows(self, first: int, last: int) -> list[tuple[int, MessageRow]]:
        ids = self._shown[first - 1 : max(0, last)] if first >= 1 else []
        if not ids:
            return []
        with reading(self._database) as connection:
            layout = rows_of(connection, self._session)
            rows = {row.id: row for row in layout.messages(connection, self._session, ids)}
        return [(n, rows[each]) for n, each in enumerate(ids, first) if each in rows]

    def _message(self, n: int, row: MessageRow) -> Message:
        return message_of(n, row.info, saying_of(row.info, row.parts), self._turns.get(row.id))
