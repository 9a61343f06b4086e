"""The whole way of this machine's own work: a tool's file grows, and the row, the transcript and the streams follow."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from parrot_client.client import Client
from parrot_client.event_stream import Connected, follow_session
from parrot_wire.events import Changed, Reset
from parrot_wire.session import Message
from tests.helpers.reading import stream
from tests.helpers.server import serve, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.server import RunningServer

SESSION = "11111111-2222-4333-8444-555555555555"


def line(uuid: str, second: int, role: str, content: Any, **more: Any) -> str:
    """One line of a Claude Code transcript."""
    message: dict[str, Any] = {"role": role, "content": content, **more}
    common = {
        "uuid": uuid,
        "timestamp": f"2026-09-21T14:13:{second:02d}.000Z",
        "sessionId": SESSION,
        "cwd": "/w/app",
        "gitBranch": "main",
        "version": "2.1.197",
        "type": role,
    }
    if role == "user":
        common["promptSource"] = "typed"
    return json.dumps({**common, "message": message}) + "\n"


def answer(uuid: str, second: int, text: str, message_id: str) -> str:
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    return line(
        uuid,
        second,
        "assistant",
        [{"type": "text", "text": text}],
        id=message_id,
        model="claude-opus-4-5",
        stop_reason="end_turn",
        usage=usage,
    )


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "claude" / "projects" / "-w-app" / f"{SESSION}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(line("u1", 1, "user", "Fix the login") + answer("a1", 2, "It is fixed.", "msg_1"))
    return path


@pytest.fixture
def server(tmp_path: Path, transcript: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "data", sources={"claude-code": tmp_path / "claude"}) as running:
        running.indexed()
        wait_until(lambda: bool(running.rows()), "the row")
        yield running


def test_a_line_that_is_appended_reaches_every_stream(server: RunningServer, transcript: Path) -> None:
    [row] = server.rows()
    assert (row["title"], row["message_count"], row["status"]) == ("Fix the login", 2, "open")
    path = f"/v1/sessions/{row['id']}"
    messages = server.get(f"{path}/messages")
    assert [message["parts"][0]["text"] for message in messages["items"]] == ["Fix the login", "It is fixed."]
    with stream(server) as rows, stream(server, f"{path}/stream") as own:
        rows.next()
        own.next()
        with transcript.open("a") as file:
            file.write(line("u2", 10, "user", "And the logout?") + answer("a2", 11, "Too.", "msg_2"))
        name, _, changed = rows.next()
        assert (name, changed["id"]) == ("session", row["id"])
        told: set[str] = set()
        while not {"message 3", "message 4", "turn 2"} <= told:
            told.update(own.words(1))
    [after] = server.rows()
    assert (after["message_count"], after["last_activity_at"]) == (4, "2026-09-21T14:13:11.000Z")
    assert after["cost"]["micros"] > row["cost"]["micros"]
    assert server.get(f"{path}/messages", after=2)["total"] == 4
    raw = server.http.get(f"{path}/messages/4/raw")
    assert json.loads(raw.content)["uuid"] == "a2"


def grow(transcript: Path, *numbers: int) -> None:
    """A prompt and its answer each: messages 2n - 1 and 2n."""
    with transcript.open("a") as file:
        for n in numbers:
            second = 10 + n
            file.write(line(f"u{n}", second, "user", f"Question {n}"))
            file.write(answer(f"a{n}", second, f"Answer {n}.", f"msg_{n}"))


def wait_for_messages(server: RunningServer, count: int) -> dict[str, Any]:
    """The row, once so many messages are counted."""
    wait_until(lambda: server.rows()[0]["message_count"] == count, f"{count} messages")
    return server.rows()[0]


def test_a_stream_alone_is_told_what_its_session_gains(server: RunningServer, transcript: Path) -> None:
    [row] = server.rows()
    with stream(server, f"/v1/sessions/{row['id']}/stream") as own:
        assert own.next()[0] == "ready"
        grow(transcript, 2)
        assert sorted(own.words(3)) == ["message 3", "message 4", "turn 2"]


def test_who_has_read_a_session_gets_all_that_it_gained_meanwhile(server: RunningServer, transcript: Path) -> None:
    [row] = server.rows()
    path = f"/v1/sessions/{row['id']}"
    assert server.get(f"{path}/messages")["total"] == 2
    grow(transcript, 2)
    after = wait_for_messages(server, 4)
    grow(transcript, 3)
    wait_for_messages(server, 6)
    with stream(server, f"{path}/stream", last_id=row["seq"]) as own:
        words = own.words(7)
    assert sorted(words) == [*(f"message {n}" for n in range(3, 7)), "ready", "turn 2", "turn 3"]
    with stream(server, f"{path}/stream", last_id=after["seq"]) as own:
        assert sorted(own.words(4)) == ["message 5", "message 6", "ready", "turn 3"]


def test_who_resumes_to_a_session_that_nobody_had_read_is_reset_once(server: RunningServer, transcript: Path) -> None:
    [row] = server.rows()
    path = f"/v1/sessions/{row['id']}"
    grow(transcript, 2)
    after = wait_for_messages(server, 4)
    with stream(server, f"{path}/stream", last_id=row["seq"]) as own:
        assert own.next()[0] == "reset"
    grow(transcript, 3)
    wait_for_messages(server, 6)
    with stream(server, f"{path}/stream", last_id=after["seq"]) as own:
        assert sorted(own.words(4)) == ["message 5", "message 6", "ready", "turn 3"]


async def test_a_client_that_follows_a_busy_session_has_all_of_it_and_is_not_reset_again_and_again(
    server: RunningServer, transcript: Path
) -> None:
    """As the desktop does: what is there, then the stream; after a reset both again."""
    [row] = server.rows()
    last, known, resets = 2 * 40, dict[int, Message](), 0

    async def write() -> None:
        for n in range(2, 41):
            grow(transcript, n)
            await asyncio.sleep(0.02)

    async with Client(server.url, server.token) as client, asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(write())
        while last not in known:
            async with aclosing(follow_session(client, row["id"])) as events:
                async for event in events:
                    match event:
                        case Connected():
                            page = await client.messages(row["id"], limit=500)
                            known |= {message.n: message for message in page.items}
                        case Reset():
                            resets += 1
                        case Changed(item=Message() as message):
                            known[message.n] = message
                        case _:
                            pass
                    if last in known:
                        break
    assert sorted(known) == list(range(1, last + 1))
    assert resets <= 1


def test_a_row_outlives_its_file(server: RunningServer, transcript: Path) -> None:
    [row] = server.rows()
    transcript.unlink()
    path = f"/v1/sessions/{row['id']}"
    wait_until(lambda: "transcript_gone_since" in server.get(path), "the server to notice")
    assert server.get(path)["cost"] == row["cost"]
    assert server.get(f"{path}/messages") == {"items": [], "total": 0}


def test_end_survives_a_restart_and_a_new_index(tmp_path: Path, transcript: Path) -> None:
    sources = {"claude-code": tmp_path / "claude"}
    with serve(tmp_path / "data", sources=sources) as first:
        wait_until(lambda: bool(first.rows()), "the row")
        [row] = first.rows()
        assert first.http.post(f"/v1/sessions/{row['id']}/end").json()["status"] == "ended"
    with serve(tmp_path / "data", sources=sources) as second:
        second.indexed()
        [again] = second.rows()
        assert (again["id"], again["status"]) == (row["id"], "ended")
        with transcript.open("a") as file:
            file.write(line("u2", 59, "user", "One more thing").replace("2026-09", "2126-09"))
        wait_until(lambda: second.rows()[0]["status"] != "ended", "the later turn to count")


def test_an_unknown_tool_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="no tool is called 'clippy'"),
        serve(tmp_path / "data", sources={"clippy": tmp_path}),
    ):
        pass
