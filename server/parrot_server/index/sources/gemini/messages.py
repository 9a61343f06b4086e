"""Gemini CLI's messages, read from the recording of a chat, or from an old document of it."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_server.index.appended import unit_at
from parrot_server.index.document import ListedTranscript, load
from parrot_server.index.genai import images_of
from parrot_server.index.line_transcript import BYTES_A_NAME, LineTranscript
from parrot_server.index.loose import JSON, obj, objs, string
from parrot_server.index.rewritten import stamp_of
from parrot_server.index.sources.gemini.fold import clock, record_lines
from parrot_server.index.sources.gemini.lines import Entry, What, entry_of, pieces_of
from parrot_server.index.sources.gemini.replay import Item, Replay
from parrot_wire.session import Image, Message
from parrot_wire.times import from_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Part

_NO_TIME = from_ms(0)
_ROLES = {
    What.PROMPT: MessageRole.USER,
    What.FAILED: MessageRole.USER,
    What.RESULT: MessageRole.TOOL,
    What.ANSWER: MessageRole.ASSISTANT,
    What.CALLING: MessageRole.ASSISTANT,
    What.STOPPED: MessageRole.ASSISTANT,
}


class GeminiTranscript(LineTranscript[JSON]):
    """One recording, as the chat stands now."""

    def __init__(self, path: str) -> None:
        super().__init__(path, record_lines)

    def reset(self) -> None:
        self._replay = Replay()
        self._visible: list[Item] = []
        self._last_set: tuple[bytes, JSON] = (b"", {})

    def take(self, record: JSON, offset: int, length: int) -> None:
        replay = self._replay
        replay.mark()
        total = len(replay.items)
        replay.take(record, _unseen, offset=offset, length=length)
        if replay.kept_until == total:
            for item in replay.items[total:]:
                if item.parts:
                    self._visible.append(item)
                    self.begin(item.offset, item.length)
        elif replay.kept_until == total - 1 == len(replay.items) - 1 and replay.items[-1].parts:
            self._take_again(replay.items[-1])
        else:
            self._rebuild()

    def _take_again(self, item: Item) -> None:
        """The last message once more, told more fully."""
        if self._visible and self._visible[-1].key == item.key:
            self._visible[-1] = item
            self._starts[-1], self._lengths[-1] = item.offset, item.length
            self._changed_from = min(self._changed_from, len(self._visible))
        else:
            self._visible.append(item)
            self.begin(item.offset, item.length)

    def _rebuild(self) -> None:
        before, self._visible = self._visible, [item for item in self._replay.items if item.parts]
        same = 0
        while same < min(len(before), len(self._visible)) and before[same] == self._visible[same]:
            same += 1
        self._starts = array("q", (item.offset for item in self._visible))
        self._lengths = array("q", (item.length for item in self._visible))
        self._changed_from = min(self._changed_from, same + 1)

    def message(self, n: int, records: Sequence[JSON]) -> Message:
        return message_of(n, records[0], self._visible[n - 1], self._replay)

    def image(self, records: Sequence[JSON], index: int, message: Message) -> ImageBytes | None:
        return image_at(records[0], index, message)

    def _records(self, n: int, raw: list[bytes]) -> list[JSON]:
        nth = self._visible[n - 1].nth
        if nth < 0:
            return super()._records(n, raw)
        # Many messages may lie in one record that set them all.
        if self._last_set[0] != raw[0]:
            self._last_set = (raw[0], super()._records(n, raw)[0])
        messages = objs(obj(self._last_set[1].get("$set")).get("messages"))
        return [messages[nth] if nth < len(messages) else {}]

    @property
    def turn_total(self) -> int:
        return len(self._replay.answers)

    @property
    def memory_of_ids(self) -> int:
        replay = self._replay
        return (2 * len(replay.items) + len(replay.answers) + len(replay.holders)) * BYTES_A_NAME


class DocumentTranscript(ListedTranscript):
    """A chat in one document, as it was kept before there were recordings."""

    def __init__(self, path: str) -> None:
        super().__init__(stamp_of(path), self._load_all)
        self._path = path
        self._replay = Replay()

    def _load_all(self) -> list[tuple[Message, bytes]]:
        unit = unit_at(self._path)
        document, _ = load(self._path, unit.size if unit is not None else 0)
        self._replay = Replay()
        records: dict[bytes, JSON] = {}

        def seen(message: JSON, entry: Entry, key: bytes) -> None:
            del entry
            records[key] = message

        for message in objs((document or {}).get("messages")):
            self._replay.take(message, seen)
        shown = [item for item in self._replay.items if item.parts]
        return [
            (message_of(n, records[item.key], item, self._replay), msgspec.json.encode(records[item.key]))
            for n, item in enumerate(shown, 1)
        ]

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        part = super().part(n, index)
        raw = self.raw(n)
        if not isinstance(part, Image) or raw is None:
            return part
        return image_at(msgspec.json.decode(raw), index, self.page(n, n)[0]) or part

    @property
    def turn_total(self) -> int:
        return len(self._replay.answers)


def message_of(n: int, record: JSON, item: Item, replay: Replay) -> Message:
    """A message as it is shown."""
    entry = entry_of(record)
    parts = replay.visible_parts(entry, item.key)
    if item.what is What.FAILED:
        parts = (*parts, replay.taken_back())
    answered = replay.answers.get(item.key)
    return Message(
        n=n,
        id=string(record.get("id")) or str(n),
        role=_ROLES.get(item.what, MessageRole.SYSTEM),
        at=clock.timestamp(string(record.get("timestamp"))) or _NO_TIME,
        parts=parts,
        turn=answered.number if answered is not None else None,
        model=entry.model,
    )


def image_at(record: JSON, index: int, message: Message) -> ImageBytes | None:
    """The bytes of the image that is part ``index`` of a message."""
    if not isinstance(message.parts[index], Image):
        return None
    nth = sum(isinstance(part, Image) for part in message.parts[:index])
    images = images_of(pieces_of(record))
    return images[nth] if nth < len(images) and images[nth].data else None


def _unseen(message: JSON, entry: Entry, key: bytes) -> Any:
    """Figures are the fold's affair."""
