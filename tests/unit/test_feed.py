"""The feed's promises: everything once, in order, resumable anywhere; gone and reset where the protocol says so."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from httpx_sse import EventSource

from parrot_server.feed import TICK_S, Feed, Place, Resume, View
from parrot_server.list_stream import ListStream
from parrot_server.scopes import Principal
from parrot_server.store.queries import RecordLock
from parrot_server.stored import Commit, Tombstone, change_seq
from parrot_wire.query import Filter
from parrot_wire.session import RecordRef
from parrot_wire.values import SCOPES_OF, Kind, RecordKind, Role, Status
from tests.helpers.rows import stored

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from parrot_server.stored import Change

FEED = "feed-1"


class FakeHistory:
    """A store that holds each session's newest change."""

    def __init__(self) -> None:
        self.changes: dict[str, Change] = {}
        self.floor = 0
        self.asked: list[int] = []

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.changes[change.id if isinstance(change, Tombstone) else change.row.id] = change

    async def place(self) -> Place:
        await asyncio.sleep(0)
        return Place(max((change_seq(change) for change in self.changes.values()), default=0), self.floor)

    async def changes_since(self, seq: int, limit: int) -> Sequence[Change]:
        self.asked.append(seq)
        await asyncio.sleep(0)
        newer = [change for change in self.changes.values() if change_seq(change) > seq]
        return sorted(newer, key=change_seq)[:limit]


class Workspace:
    """A feed over a fake store: `commit` writes to both, as the server does."""

    def __init__(
        self,
        *,
        tick_s: float = 0.0,
        heartbeat_s: float = 60.0,
        ring_changes: int = 100,
        backlog_bytes: int = 4_000_000,
    ) -> None:
        self.history = FakeHistory()
        self.feed = Feed(
            self.history,
            seq=0,
            feed_id=FEED,
            spend_tracking=True,
            tick_s=tick_s,
            heartbeat_s=heartbeat_s,
            ring_changes=ring_changes,
            backlog_bytes=backlog_bytes,
        )
        self.feed.start()

    async def commit(self, *changes: Change) -> None:
        self.history.apply(changes)
        self.feed.publish(Commit(seq=change_seq(changes[-1]), changes=changes))
        await asyncio.sleep(0.001)

    def stream(
        self,
        where: Filter = Filter(),  # noqa: B008  frozen
        *,
        last_id: str | None = None,
        feed: str | None = None,
        lock: RecordLock | None = None,
        role: Role = Role.OWNER,
        every_s: float = 0.0,
    ) -> ListStream:
        principal = Principal(member="bob", role=role, scopes=SCOPES_OF[role], token_id="t")
        resume = Resume(last_id=last_id, feed=feed) if last_id is not None else None
        return ListStream(self.feed, View(where=where, lock=lock, principal=principal, every_s=every_s), resume)


def events_of(block: bytes) -> list[tuple[str, str, dict[str, Any]]]:
    """The events of a block that holds whole ones, as (name, id, data)."""
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=block)
    return [(raw.event, raw.id, msgspec.json.decode(raw.data)) for raw in EventSource(answer).iter_sse() if raw.data]


class Reading:
    """What a client reads, as (name, id or title) words."""

    def __init__(self, blocks: AsyncGenerator[bytes]) -> None:
        self._blocks = blocks
        self._events: list[tuple[str, str, dict[str, Any]]] = []
        self.ended = False

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        """The next event. Raises EOFError at the end of the stream."""
        while not self._events:
            try:
                block = await asyncio.wait_for(anext(self._blocks), 5)
            except StopAsyncIteration:
                raise EOFError from None
            self._events += events_of(block)
        return self._events.pop(0)

    async def words(self, count: int) -> list[str]:
        """The next events as "session a 3", "gone b 4", "ready 4", "reset"."""
        found: list[str] = []
        for _ in range(count):
            name, event_id, data = await self.next()
            place = "" if name == "reset" else event_id
            found.append(" ".join(word for word in (name, data.get("id", ""), place) if word))
        return found


@asynccontextmanager
async def reading(stream: ListStream) -> AsyncGenerator[Reading]:
    async with aclosing(stream.blocks()) as blocks:
        yield Reading(blocks)
    stream.close()


async def test_without_an_id_nothing_is_replayed() -> None:
    workspace = Workspace()
    await workspace.commit(stored("a", 1))
    async with reading(workspace.stream()) as client:
        assert await client.words(1) == ["ready 1"]
        await workspace.commit(stored("b", 2))
        assert await client.words(1) == ["session b 2"]


async def test_ready_tells_seq_and_feed() -> None:
    workspace = Workspace()
    async with reading(workspace.stream()) as client:
        name, event_id, data = await client.next()
        assert (name, event_id, data) == ("ready", "0", {"seq": 0, "feed": FEED})


@pytest.mark.parametrize("ring_changes", [100, 2], ids=["from the ring", "from the store"])
async def test_resume_sends_each_changed_session_once_in_its_newest_state(ring_changes: int) -> None:
    workspace = Workspace(ring_changes=ring_changes)
    await workspace.commit(stored("a", 1), stored("b", 2))
    await workspace.commit(stored("a", 3))
    await workspace.commit(stored("c", 4), stored("d", 5))
    await workspace.commit(stored("a", 6))
    await workspace.commit(Tombstone(seq=7, id="d"))
    async with reading(workspace.stream(last_id="1")) as client:
        assert await client.words(5) == ["session b 2", "session c 4", "session a 6", "gone d 7", "ready 7"]
    assert bool(workspace.history.asked) == (ring_changes == 2)


async def test_resume_at_the_newest_seq_says_ready_alone() -> None:
    workspace = Workspace()
    await workspace.commit(stored("a", 1))
    async with reading(workspace.stream(last_id="1", feed=FEED)) as client:
        assert await client.words(1) == ["ready 1"]


async def test_changes_while_the_store_is_read_come_once_and_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parrot_server.list_stream.REPLAY_CHUNK", 2)
    workspace = Workspace(ring_changes=1)
    for seq in range(1, 6):
        await workspace.commit(stored(f"s{seq}", seq))
    async with reading(workspace.stream(last_id="0")) as client:
        assert await client.words(1) == ["session s1 1"]
        await workspace.commit(stored("s2", 6), stored("s9", 7))
        words = await client.words(6)
    # s2 went out in the first chunk already, and then again in its newer state.
    assert words == ["session s2 2", "session s3 3", "session s4 4", "session s5 5", "session s2 6", "session s9 7"]


async def test_a_list_can_be_ahead_of_the_feed() -> None:
    """A page is read from the store; its commit may reach the feed a moment later, and its id is no mistake."""
    workspace = Workspace()
    workspace.history.apply([stored("a", 1)])
    async with reading(workspace.stream(last_id="1")) as client:
        first = asyncio.create_task(client.words(2))
        await asyncio.sleep(0.01)
        assert not first.done()
        await workspace.commit(stored("a", 1))
        await workspace.commit(stored("b", 2))
        assert await first == ["ready 1", "session b 2"]


@pytest.mark.parametrize(
    ("last_id", "feed"),
    [("99", None), ("2", None), ("8", "another"), ("-1", None), ("x", None), ("9" * 30, None)],
)
async def test_reset_where_the_id_cannot_be_resumed(last_id: str, feed: str | None) -> None:
    workspace = Workspace(ring_changes=1)
    for seq in range(1, 10):
        await workspace.commit(stored(f"s{seq}", seq))
    workspace.history.floor = 5
    async with reading(workspace.stream(last_id=last_id, feed=feed)) as client:
        name, event_id, data = await client.next()
        assert (name, event_id) == ("reset", "")
        assert data["reason"]
        with pytest.raises(EOFError):
            await client.next()


async def test_outside_the_filter_comes_as_gone_live_and_on_resume() -> None:
    workspace = Workspace()
    running = Filter(statuses=frozenset({Status.RUNNING}))
    async with reading(workspace.stream(running)) as client:
        await client.words(1)
        await workspace.commit(stored("a", 1, status=Status.RUNNING))
        await workspace.commit(stored("a", 2, status=Status.OPEN))
        await workspace.commit(stored("b", 3, status=Status.OPEN))
        assert await client.words(3) == ["session a 1", "gone a 2", "gone b 3"]
    async with reading(workspace.stream(running, last_id="0")) as client:
        assert await client.words(3) == ["gone a 2", "gone b 3", "ready 3"]


async def test_tasks_and_children_are_not_in_the_stream() -> None:
    workspace = Workspace()
    async with (
        reading(workspace.stream()) as client,
        reading(workspace.stream(Filter(kinds=frozenset({Kind.TASK})))) as tasks,
    ):
        await client.words(1)
        await tasks.words(1)
        await workspace.commit(stored("t", 1, kind=Kind.TASK, parent="a"), stored("c", 2, parent="flow"))
        assert await client.words(2) == ["gone t 1", "gone c 2"]
        assert await tasks.words(2) == ["session t 1", "gone c 2"]


async def test_a_locked_stream_tells_only_of_its_own_record() -> None:
    workspace = Workspace()
    lock = RecordLock(kind=RecordKind.INITIATIVE, id="i1")
    mine = RecordRef(id="i1", title="Exports")
    async with reading(workspace.stream(Filter(kinds=frozenset({Kind.CHAT})), lock=lock)) as client:
        await client.words(1)
        await workspace.commit(stored("a", 1, initiative=mine), stored("foreign", 2))
        await workspace.commit(stored("a", 3, unlinked=("i1",)))
        await workspace.commit(stored("flow", 4, initiative=mine, kind=Kind.FLOW))
        await workspace.commit(Tombstone(seq=5, id="b"))
        assert await client.words(4) == ["session a 1", "gone a 3", "gone flow 4", "gone b 5"]


async def test_title_words_are_found_as_the_list_finds_them() -> None:
    workspace = Workspace()
    async with reading(workspace.stream(Filter(q="LOG fi"))) as client:
        await client.words(1)
        await workspace.commit(stored("a", 1, title="Fix the login"), stored("b", 2, title="Prefix the log"))
        assert await client.words(2) == ["session a 1", "gone b 2"]


async def test_cost_is_withheld_in_the_stream_too() -> None:
    workspace = Workspace()
    async with reading(workspace.stream()) as owner, reading(workspace.stream(role=Role.VIEWER)) as viewer:
        await owner.words(1)
        await viewer.words(1)
        await workspace.commit(stored("a", 1))
        assert (await owner.next())[2]["cost"]["micros"] == 840_000
        assert (await viewer.next())[2]["cost"] is None


async def test_several_changes_of_a_tick_are_one_and_the_first_goes_at_once() -> None:
    workspace = Workspace(tick_s=0.05)
    async with reading(workspace.stream()) as client:
        await client.words(1)
        await asyncio.sleep(0.06)
        started = asyncio.get_running_loop().time()
        await workspace.commit(stored("a", 1))
        assert await client.words(1) == ["session a 1"]
        assert asyncio.get_running_loop().time() - started < 0.04
        await workspace.commit(stored("a", 2))
        await workspace.commit(stored("b", 3))
        await workspace.commit(stored("a", 4))
        assert await client.words(2) == ["session b 3", "session a 4"]


@pytest.mark.parametrize(("readers", "ticks_s"), [(1, 0.025), (300, 0.045)])
async def test_the_more_streams_there_are_the_less_often_they_are_written_to(
    monkeypatch: pytest.MonkeyPatch, readers: int, ticks_s: float
) -> None:
    workspace = Workspace(tick_s=TICK_S)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(reading(workspace.stream())) for _ in range(readers)]
        for client in clients:
            await client.next()
        later: list[float] = []
        loop = asyncio.get_running_loop()
        now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: now)

        def call_later(delay_s: float, *_: object) -> asyncio.TimerHandle:
            later.append(delay_s)
            return asyncio.TimerHandle(now, print, (), loop)

        monkeypatch.setattr(loop, "call_later", call_later)
        for seq in (1, 2):
            workspace.feed.publish(Commit(seq=seq, changes=(stored("a", seq),)))
        await asyncio.sleep(0)
        assert later == [pytest.approx(ticks_s)]
        monkeypatch.undo()


async def test_a_stream_that_asks_for_it_hears_the_first_change_at_once_and_the_rest_together() -> None:
    workspace = Workspace()
    async with reading(workspace.stream(every_s=0.2)) as calm, reading(workspace.stream()) as quick:
        assert await calm.words(1) == await quick.words(1) == ["ready 0"]
        await workspace.commit(stored("a", 1))
        assert await calm.words(1) == ["session a 1"]
        for seq, title in enumerate(("b", "a", "c", "b"), 2):
            await workspace.commit(stored(title, seq))
        assert await quick.words(5) == ["session a 1", "session b 2", "session a 3", "session c 4", "session b 5"]
        began = asyncio.get_running_loop().time()
        assert await calm.words(3) == ["session a 3", "session c 4", "session b 5"]
        assert asyncio.get_running_loop().time() - began > 0.05


async def test_what_is_held_for_a_calm_stream_comes_before_a_ready_that_is_newer() -> None:
    workspace = Workspace(heartbeat_s=0.05)
    async with reading(workspace.stream(every_s=60)) as calm:
        await calm.words(1)
        await workspace.commit(stored("a", 1))
        await workspace.commit(stored("b", 2))
        words = [word for word in await calm.words(4) if word not in {"ready 0", "ready 1"}]
        assert words[:3] == ["session a 1", "session b 2", "ready 2"]


async def test_a_calm_stream_that_joins_others_is_not_told_what_it_has_missed_or_had() -> None:
    workspace = Workspace()
    async with reading(workspace.stream(every_s=60)) as early:
        await early.words(1)
        await workspace.commit(stored("a", 1))
        await workspace.commit(stored("b", 2))
        async with reading(workspace.stream(every_s=60, last_id="1", feed=FEED)) as late:
            assert await late.words(2) == ["session b 2", "ready 2"]
            assert await early.words(2) == ["session a 1", "session b 2"]
            workspace.feed.set_spend_tracking(False)
            assert await late.words(1) == ["reset"]


async def test_heartbeats_carry_the_current_seq() -> None:
    workspace = Workspace(heartbeat_s=0.02)
    async with reading(workspace.stream(Filter(owners=frozenset({"nobody"})))) as client:
        assert await client.words(2) == ["ready 0", "ready 0"]
        await workspace.commit(stored("a", 1))
        words = await client.words(2)
        while words[-1] != "ready 1":
            words += await client.words(1)
        assert "gone a 1" in words


async def test_a_reader_that_falls_too_far_behind_is_reset() -> None:
    workspace = Workspace(backlog_bytes=2000)
    async with reading(workspace.stream()) as slow:
        assert await slow.words(1) == ["ready 0"]
        for seq in range(1, 40):
            await workspace.commit(stored(f"s{seq}", seq))
        assert await slow.words(1) == ["reset"]
        with pytest.raises(EOFError):
            await slow.next()


async def test_switching_spend_tracking_resets_every_stream() -> None:
    workspace = Workspace()
    async with reading(workspace.stream()) as client:
        await client.words(1)
        workspace.feed.set_spend_tracking(False)
        assert await client.words(1) == ["reset"]
    async with reading(workspace.stream()) as client:
        await client.words(1)
        await workspace.commit(stored("a", 1))
        assert (await client.next())[2]["cost"] is None


async def test_closing_ends_a_stream_that_waits() -> None:
    workspace = Workspace()
    stream = workspace.stream()
    async with reading(stream) as client:
        await client.words(1)
        ending = asyncio.create_task(client.next())
        await asyncio.sleep(0)
        stream.close()
        with pytest.raises(EOFError):
            await ending
