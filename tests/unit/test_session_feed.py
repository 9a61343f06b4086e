"""A session's own stream: every event after the id that a client names, or a reset."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from parrot_server import session_feed
from parrot_server.feed import Feed, Resume
from parrot_server.scopes import Principal
from parrot_server.session_feed import SessionFeed
from parrot_server.stored import Commit, SessionEvent
from parrot_wire.values import SCOPES_OF, Role
from tests.unit.test_feed import FEED, FakeHistory, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import pytest

OWNER = Principal(member="sarah", role=Role.OWNER, scopes=SCOPES_OF[Role.OWNER], token_id="t")


class Sessions:
    """The streams of single sessions, and the commits that they hear of."""

    def __init__(
        self, *, ring_bytes: int = 4_000_000, attend: Callable[[str], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        self.feed = Feed(FakeHistory(), seq=0, feed_id=FEED, spend_tracking=True, tick_s=0.0)
        self.streams = SessionFeed(self.feed, spend_tracking=True, attend=attend, ring_bytes=ring_bytes)
        self.feed.start()
        self._seq = 0

    async def commit(self, *told: str, untold: str = "") -> int:
        """A message for each session named, and sessions of which not all is told. (Names are single letters.)"""
        events: list[SessionEvent] = []
        for session_id in told:
            self._seq += 1
            data = b'{"id": "%b"}' % session_id.encode()
            events.append(SessionEvent(seq=self._seq, session_id=session_id, name="message", data=data))
        self._seq += 1
        self.feed.publish(Commit(seq=self._seq, changes=(), session_events=tuple(events), untold=frozenset(untold)))
        await asyncio.sleep(0)
        return self._seq

    async def words(self, session_id: str, last_id: int, *, row_seq: int = 10**6) -> list[str]:
        """What a client that resumes is sent, up to ``ready`` or ``reset``."""
        resume = Resume(last_id=str(last_id), feed=FEED)
        async with aclosing(self.streams.stream(session_id, row_seq, OWNER, resume).blocks()) as blocks:
            reader, words = Reading(blocks), list[str]()
            while not words or words[-1] not in ("ready", "reset"):
                words.append((await reader.next())[0])
        return words


async def test_what_was_told_is_told_again_to_who_resumes() -> None:
    sessions = Sessions()
    first = await sessions.commit("a")
    await sessions.commit("a", "b")
    assert await sessions.words("a", 0) == ["message", "message", "ready"]
    assert await sessions.words("a", first) == ["message", "ready"]


async def test_who_resumes_from_before_something_untold_is_reset_and_from_after_it_is_not() -> None:
    sessions = Sessions()
    before = await sessions.commit("a")
    after = await sessions.commit("b", untold="a")
    await sessions.commit("a")
    assert await sessions.words("a", before) == ["reset"]
    assert await sessions.words("a", before, row_seq=before) == ["reset"], "its row may be the same as before"
    assert await sessions.words("a", after) == ["message", "ready"]
    assert await sessions.words("b", before) == ["message", "ready"]


async def test_open_streams_are_reset_where_something_is_not_told() -> None:
    sessions = Sessions()
    async with aclosing(sessions.streams.stream("a", 0, OWNER, None).blocks()) as blocks:
        reader = Reading(blocks)
        assert (await reader.next())[0] == "ready"
        await sessions.commit("a")
        assert (await reader.next())[0] == "message"
        await sessions.commit(untold="b")
        await sessions.commit(untold="a")
        assert (await reader.next())[0] == "reset"
    assert await sessions.words("a", await sessions.commit()) == ["ready"]


async def test_events_that_nobody_can_resume_to_are_not_kept() -> None:
    sessions = Sessions(ring_bytes=3 * session_feed.EVENT_BYTES)
    kept = await sessions.commit("a")
    for _ in range(100):
        await sessions.commit("b", untold="b")
    assert await sessions.words("a", kept - 2) == ["message", "ready"]


async def test_the_ring_is_bounded_and_what_left_it_is_a_reset() -> None:
    sessions = Sessions(ring_bytes=3 * session_feed.EVENT_BYTES)
    for _ in range(9):
        await sessions.commit("a")
    last = await sessions.commit("a")
    assert await sessions.words("a", 0) == ["reset"]
    assert await sessions.words("b", 0, row_seq=0) == ["ready"], "nothing of it has changed"
    assert await sessions.words("a", last - 2) == ["message", "ready"]


async def test_very_many_sessions_that_are_not_told_are_forgotten_safely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_feed, "MAX_UNTOLD", 2)
    sessions = Sessions()
    before = await sessions.commit("a")
    for name in "bcdb":
        await sessions.commit(untold=name)
    for name in "bcd":
        assert await sessions.words(name, before) == ["reset"]
    assert await sessions.words("a", await sessions.commit()) == ["ready"]


async def test_a_transcript_is_attended_to_before_anything_is_promised() -> None:
    attended: list[str] = []

    async def attend(session_id: str) -> None:
        attended.append(session_id)
        # What is committed until then was told to nobody.
        await sessions.commit(untold=session_id)

    sessions = Sessions(attend=attend)
    assert await sessions.words("a", await sessions.commit()) == ["reset"]
    assert await sessions.words("a", await sessions.commit()) == ["reset"]
    assert attended == ["a", "a"]
