"""Gemini CLI's recording of a chat: an event log of one document, played forward.

A record with an id that was there before replaces what it had; ``$set.messages`` replaces the whole list,
``$rewindTo`` drops a message and all behind it. Three things are kept nevertheless: what a message had that a later,
poorer copy of it lacks (a resumed chat is written again without tokens and results); a prompt that the tool took back
because there was no answer to it; and which answers there ever were, since each was a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index.loose import JSON, obj, objs, string
from parrot_server.index.sources.base import TurnState
from parrot_server.index.sources.gemini.lines import Entry, What, entry_of
from parrot_server.store.ownership import fingerprint
from parrot_wire.session import ErrorPart, Part, ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TAKEN_BACK = "There was no answer, and the prompt was taken back."

_TURNS = {
    What.PROMPT: TurnState.OPEN,
    What.RESULT: TurnState.OPEN,
    What.CALLING: TurnState.OPEN,
    What.ANSWER: TurnState.CLOSED,
    What.STOPPED: TurnState.INTERRUPTED,
    What.CANCELLED: TurnState.INTERRUPTED,
    What.ERROR: TurnState.FAILED,
    What.FAILED: TurnState.FAILED,
}


class Item(msgspec.Struct, array_like=True):
    """One message of the document. ``nth``: its place in the ``$set.messages`` that it stands in, else -1."""

    key: bytes
    what: What
    parts: int
    calls: int
    is_full: bool
    """It has tokens or recorded calls, which copies may lack."""
    offset: int = 0
    length: int = 0
    nth: int = -1


class Answered(msgspec.Struct, array_like=True):
    """A request: its number, from 1, and whether its tokens are known."""

    number: int
    has_tokens: bool = False


class Replay(msgspec.Struct):
    """The document as it is now. (msgspec copies empty containers for each struct.)"""

    items: list[Item] = []
    answers: dict[bytes, Answered] = {}
    """All there ever were, also those that were dropped."""
    holders: dict[bytes, bytes] = {}
    """Call -> the message that shows what came of it."""
    dropped: dict[bytes, Item] = {}
    """What a new list left out: when a chat is resumed, all of it, until the next record brings it back."""
    has_talk: bool = False
    error: str | None = None
    """The last one, in the tool's words."""
    places: dict[bytes, int] = {}
    """Message -> where it is; made anew where it does not hold as many as there are."""
    kept_until: int = 0
    """So many of the items are as they were when this was last set by `mark`."""

    def mark(self) -> None:
        """From here on ``kept_until`` tells what is changed."""
        self.kept_until = len(self.items)

    def take(
        self, record: JSON, seen: Callable[[JSON, Entry, bytes], None], *, offset: int = 0, length: int = 0
    ) -> None:
        """One record of the log, which lies there in the file. ``seen`` hears of every message that is new, or told
        more fully than before."""
        if "$rewindTo" in record:
            self._rewind(string(record["$rewindTo"]))
        elif "$set" in record:
            messages = obj(record["$set"]).get("messages")
            if isinstance(messages, list):
                self._replace(objs(messages), seen, offset, length)
        elif string(record.get("id")) and string(record.get("type")):
            self._put(record, seen, offset, length)

    @property
    def turn(self) -> TurnState:
        """How the last turn stands."""
        for item in reversed(self.items):
            state = _TURNS.get(item.what)
            if state is not None:
                return state
        return TurnState.NONE

    @property
    def failed(self) -> int:
        """How many prompts got no answer."""
        return sum(item.what is What.FAILED for item in self.items)

    def visible_parts(self, entry: Entry, key: bytes) -> tuple[Part, ...]:
        """A message's parts without results that another message shows."""
        return tuple(
            part
            for part in entry.parts
            if not isinstance(part, ToolResult) or self.holders.setdefault(fingerprint(part.call_id), key) == key
        )

    def taken_back(self) -> ErrorPart:
        """What is said behind a prompt that got no answer."""
        return ErrorPart(text=self.error or TAKEN_BACK)

    def _item(self, message: JSON, seen: Callable[[JSON, Entry, bytes], None]) -> Item:
        entry = entry_of(message)
        key = fingerprint(string(message.get("id")))
        if entry.what.is_answer:
            answered = self.answers.setdefault(key, Answered(len(self.answers) + 1))
            answered.has_tokens = answered.has_tokens or entry.tokens is not None
        if entry.what is What.ERROR:
            self.error = entry.text or None
        elif entry.what is What.PROMPT:
            self.error = None
        self.has_talk = self.has_talk or entry.what in (What.PROMPT, What.RESULT) or entry.what.is_answer
        parts = self.visible_parts(entry, key)
        seen(message, entry, key)
        return Item(
            key=key,
            what=entry.what,
            parts=len(parts),
            calls=sum(isinstance(part, ToolCall) for part in parts),
            is_full=entry.tokens is not None or bool(message.get("toolCalls")),
        )

    def _find(self, key: bytes) -> int | None:
        if len(self.places) != len(self.items):
            self.places = {item.key: at for at, item in enumerate(self.items)}
        return self.places.get(key)

    def _put(self, message: JSON, seen: Callable[[JSON, Entry, bytes], None], offset: int, length: int) -> None:
        item = self._item(message, seen)
        item.offset, item.length = offset, length
        at = self._find(item.key)
        if at is None:
            self.places[item.key] = len(self.items)
            self.items.append(item)
        else:
            self.items[at] = item
            self.kept_until = min(self.kept_until, at)

    def _rewind(self, message_id: str) -> None:
        self._keep(self.items[: self._find(fingerprint(message_id)) or 0])
        there = {item.key for item in self.items}
        self.holders = {call: key for call, key in self.holders.items() if key in there}

    def _replace(
        self, messages: Sequence[JSON], seen: Callable[[JSON, Entry, bytes], None], offset: int, length: int
    ) -> None:
        known = {**self.dropped, **{item.key: item for item in self.items}}
        keys = [fingerprint(string(message.get("id"))) for message in messages]
        again = {
            key: known[key] for key, message in zip(keys, messages, strict=True) if _is_copy(message, known.get(key))
        }
        holders, self.holders = self.holders, {call: key for call, key in self.holders.items() if key in again}
        kept: list[Item] = []
        for nth, (key, message) in enumerate(zip(keys, messages, strict=True)):
            item = again.get(key)
            if item is None and string(message.get("id")):
                item = self._item(message, seen)
                item.offset, item.length, item.nth = offset, length, nth
            if item is not None:
                kept.append(item)
        for item in self.items:
            self.dropped[item.key] = item
        for item in kept:
            self.dropped.pop(item.key, None)
        self.holders = {**{call: key for call, key in holders.items() if key in self.dropped}, **self.holders}
        self._put_back(kept)
        self._keep(kept)

    def _put_back(self, items: list[Item]) -> None:
        """Keep what is gone from the list with nothing said to it, where it stood."""
        there = {item.key for item in items}
        unanswered: list[tuple[bytes | None, Item]] = []
        before: bytes | None = None
        for item in self.items:
            if item.what.is_answer:
                unanswered = [each for each in unanswered if each[1].what is What.FAILED]
            if item.key in there:
                before = item.key
            elif item.what in (What.PROMPT, What.FAILED):
                unanswered.append((before, item))
                before = item.key
        for predecessor, item in unanswered:
            at = next((at for at, each in enumerate(items, 1) if each.key == predecessor), 0)
            is_news = item.what is What.PROMPT
            items.insert(at, msgspec.structs.replace(item, what=What.FAILED, parts=item.parts + is_news))

    def _keep(self, items: list[Item]) -> None:
        same = 0
        while same < min(len(items), len(self.items)) and items[same] == self.items[same]:
            same += 1
        self.kept_until = min(self.kept_until, same)
        self.items, self.places = items, {}


def _is_copy(message: JSON, before: Item | None) -> bool:
    """Whether a message only repeats, with less, what is known of it."""
    if before is None or before.what is What.FAILED:
        return False
    return not message.get("tokens") and not message.get("toolCalls")
