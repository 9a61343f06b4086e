"""How a Codex rollout reads, and what lies beside it."""

from __future__ import annotations

import base64
import fcntl
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from parrot_server.index.sources.base import UNKNOWN, Asked, Evidence
from parrot_server.index.sources.codex import NAME, Codex
from parrot_server.store.ids import derive_id
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole
from tests.helpers.codex_files import OTHER_THREAD, THREAD, CodexHome, CodexLines, counts, dump
from tests.helpers.index_reading import messages, told
from tests.unit.index.test_codex_figures import TURN, bare, enveloped, paginated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_server.index.sources.base import Told
    from parrot_wire.session import Message

PNG = b"\x89PNG not really"
URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.fixture
def home(tmp_path: Path) -> CodexHome:
    return CodexHome(tmp_path)


def transcript(home: CodexHome, lines: CodexLines, path: Path | None = None) -> list[Message]:
    """The messages; their parts are as many as the session's figures say."""
    source, written = Codex(home.root), home.write(lines, path)
    one = told(source, written)
    found = messages(source, one, written)
    assert sum(len(message.parts) for message in found) == one.facts.patch.event_count
    return found


@pytest.mark.parametrize("write", [bare, enveloped, paginated])
def test_each_generation_reads_alike(home: CodexHome, write: Callable[[CodexLines], None]) -> None:
    lines = CodexLines()
    write(lines)
    prompt, answer, result, last = transcript(home, lines)
    assert (prompt.role, prompt.parts) == (MessageRole.USER, (Text(text="Fix it"),))
    assert answer.role is MessageRole.ASSISTANT
    thinking, tool_call = answer.parts
    assert thinking == Thinking(text="Hm.")
    assert isinstance(tool_call, ToolCall)
    assert tool_call.call_id == "c1"
    assert isinstance(tool_call.input, dict)
    (outcome,) = result.parts
    assert isinstance(outcome, ToolResult)
    assert (outcome.text, outcome.call_id, result.role) == ("a.py", "c1", MessageRole.TOOL)
    assert last.parts == (Text(text="Done."),)
    assert all(message.at.startswith("2026-03-01T10:00:") for message in (prompt, answer, result, last))


RESULTS: list[tuple[str, Any, dict[str, Any] | None, ToolResult]] = [
    (
        "exec_command",
        "Chunk ID: e1\nWall time: 1.2500 seconds\nProcess exited with code 1\nOutput:\nno file\n",
        None,
        ToolResult(call_id="c", ok=False, text="no file\n", exit_code=1, duration=1250),
    ),
    (
        "shell, with metadata",
        '{"output":"fine","metadata":{"exit_code":0,"duration_seconds":0.3}}',
        None,
        ToolResult(call_id="c", ok=True, text="fine", exit_code=0, duration=300),
    ),
    (
        "shell, in words",
        "Exit code: 2\nWall time: 0.1 seconds\nOutput:\nbad",
        None,
        ToolResult(call_id="c", ok=False, text="bad", exit_code=2, duration=100),
    ),
    ("said to have failed", {"content": "no", "success": False}, None, ToolResult(call_id="c", ok=False, text="no")),
    ("not said", "plain", None, ToolResult(call_id="c", ok=None, text="plain")),
    (
        "by an event",
        "plain",
        {"kind": "exec_command_end", "exit_code": 3, "duration": {"secs": 2, "nanos": 5_000_000}},
        ToolResult(call_id="c", ok=False, text="plain", exit_code=3, duration=2005),
    ),
    (
        "a patch",
        "Done!",
        {"kind": "patch_apply_end", "success": True},
        ToolResult(call_id="c", ok=True, text="Done!"),
    ),
    (
        "an mcp tool",
        "x",
        {"kind": "mcp_tool_call_end", "result": {"Err": "no"}},
        ToolResult(call_id="c", ok=False, text="x"),
    ),
]


@pytest.mark.parametrize("before", [True, False], ids=["outcome first", "outcome after"])
@pytest.mark.parametrize(
    ("output", "outcome", "expected"), [each[1:] for each in RESULTS], ids=[each[0] for each in RESULTS]
)
def test_what_came_of_a_tool(
    home: CodexHome, output: Any, outcome: dict[str, Any] | None, expected: ToolResult, *, before: bool
) -> None:
    lines = CodexLines()
    lines.meta()
    lines.item("function_call", name="shell", arguments="{}", call_id="c")
    if outcome is not None and before:
        lines.event(call_id="c", **outcome)
    lines.item("function_call_output", call_id="c", output=output)
    if outcome is not None and not before:
        lines.event(call_id="c", **outcome)
    assert transcript(home, lines)[1].parts == (expected,)


def test_turns_belong_to_the_answers_they_paid_for(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.context(TURN)
    lines.message("user", "go")
    lines.item("function_call", name="shell", arguments="{}", call_id="c1")
    lines.usage("resp_1", counts(100, 10))
    lines.item("function_call_output", call_id="c1", output="x")
    lines.message("assistant", "Done.")
    lines.usage("resp_2", counts(100, 10))
    assert [(message.role, message.turn) for message in transcript(home, lines)] == [
        ("user", None),
        ("assistant", 1),
        ("tool", None),
        ("assistant", 2),
    ]


def test_images_are_parts_whose_bytes_can_be_had(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    content = [{"type": "input_text", "text": "See"}, {"type": "input_image", "image_url": URL}]
    lines.item("message", role="user", content=content)
    lines.event("user_message", message="See", images=[URL])
    lines.item("function_call", name="view_image", arguments="{}", call_id="c")
    lines.item("function_call_output", call_id="c", output=[{"type": "input_image", "image_url": URL}])
    prompt, _, result = transcript(home, lines)
    assert prompt.parts == (Text(text="See"), Image(media_type="image/png"))
    assert [type(part) for part in result.parts] == [ToolResult, Image]
    reader = Codex(home.root).transcript(THREAD, str(home.path()))
    assert reader is not None
    reader.refresh()
    assert reader.part(1, 1) == reader.part(3, 1) == ImageBytes(media_type="image/png", data=PNG)


def test_the_tools_own_words_are_notices(home: CodexHome) -> None:
    lines = CodexLines(thread_id=OTHER_THREAD)
    lines.meta(forked_from_id=THREAD)
    lines.event("task_started", turn_id=TURN)
    lines.line("compacted", message="so far", replacement_history=[])
    lines.event("context_compacted")
    lines.event("turn_aborted", reason="interrupted")
    lines.event("task_complete", error={"message": "high demand"})
    lines.event("error", message="stream closed")
    parts = [part for message in transcript(home, lines) for part in message.parts]
    assert parts == [
        Notice(kind="continued", text=f"Goes on from thread {THREAD}"),
        Notice(kind="compaction", text="so far"),
        Notice(kind="interrupted", text="Turn stopped (interrupted)"),
        ErrorPart(text="high demand"),
        ErrorPart(text="stream closed"),
    ]


def forked(home: CodexHome, base: dict[str, Any]) -> tuple[Path, Told]:
    """A fork that repeats nothing, with a prompt and an answer of its own."""
    lines = CodexLines(thread_id=OTHER_THREAD)
    lines.meta(history_base=base)
    lines.context(TURN)
    lines.message("user", "And now?")
    lines.message("assistant", "Now this.")
    lines.usage("own", counts(10, 1))
    path = home.write(lines)
    return path, told(Codex(home.root), path)


def parent_of_a_fork(home: CodexHome) -> tuple[CodexLines, int]:
    """A thread that went on after the fork, and where the fork is."""
    lines = CodexLines()
    lines.meta()
    lines.context(TURN)
    lines.item("message", role="user", content=[{"type": "input_image", "image_url": URL}])
    lines.message("assistant", "Done.")
    lines.usage("first", counts(100, 10))
    end = len(lines.bytes())
    lines.message("user", "After the fork")
    home.write(lines)
    return lines, end


def texts(found: list[Message]) -> list[str]:
    return [getattr(part, "text", "image") for message in found for part in message.parts]


@pytest.mark.parametrize("where", ["plain", "archived", "packed"])
def test_a_fork_shows_what_it_goes_on_from_and_counts_it_nowhere(home: CodexHome, where: str) -> None:
    lines, end = parent_of_a_fork(home)
    if where != "plain":
        home.path().unlink()
    if where == "archived":
        home.write(lines, home.archived())
    elif where == "packed":
        home.path().with_suffix(".jsonl.zst").write_bytes(zstandard.compress(lines.bytes()))
    path, one = forked(home, {"thread_id": THREAD, "end_ordinal_exclusive": 5, "end_byte_offset": end})
    found = messages(Codex(home.root), one, path)
    assert [message.n for message in found] == [1, 2, 3, 4, 5, 6]
    assert texts(found) == [
        f"Inherited up to message 3 from thread {THREAD}, where it counts",
        "image",
        "Done.",
        f"Inherited up to here from thread {THREAD}, where it counts",
        "And now?",
        "Now this.",
    ]
    assert (one.facts.patch.message_count, len(one.facts.turns)) == (2, 1)
    assert [message.turn for message in found] == [None, None, None, None, None, 1]

    reader = Codex(home.root).transcript(OTHER_THREAD, str(path))
    assert reader is not None
    assert (reader.refresh(), reader.turn_total, reader.changed_from()) == (6, 1, 1)
    # Any page, part and record of it is the whole's.
    for first in range(1, 7):
        for last in range(first, 8):
            assert reader.page(first, last) == found[first - 1 : last]
        assert reader.part(first, 0) == (
            ImageBytes(media_type="image/png", data=PNG) if first == 2 else found[first - 1].parts[0]
        )
        assert reader.raw(first) is not None
    assert (reader.part(4, 1), reader.part(7, 0), reader.part(0, 0), reader.raw(7)) == (None, None, None, None)
    # What is said now is told with its number in the whole.
    with path.open("ab") as file:
        file.write(dump({"type": "response_item", "payload": {"type": "compaction_trigger"}}))
        file.write(dump({"type": "compacted", "payload": {"message": "so far"}}))
    assert (reader.refresh(), reader.changed_from()) == (7, 7)
    assert texts(reader.page(7, 7)) == ["so far"]


def test_a_fork_of_a_fork_shows_both(home: CodexHome) -> None:
    _, end = parent_of_a_fork(home)
    middle, _ = forked(home, {"thread_id": THREAD, "end_byte_offset": end})
    third = CodexLines(thread_id="019c0000-0000-7000-8000-000000000003")
    third.meta(history_base={"thread_id": OTHER_THREAD, "end_byte_offset": middle.stat().st_size})
    third.message("user", "Third")
    path = home.write(third)
    found = messages(Codex(home.root), told(Codex(home.root), path), path)
    assert [text for text in texts(found) if not text.startswith("Inherited")] == [
        "image",
        "Done.",
        "And now?",
        "Now this.",
        "Third",
    ]


@pytest.mark.parametrize(
    "base",
    [
        {"thread_id": "019c0000-0000-7000-8000-00000000dead", "end_byte_offset": 9},
        {"thread_id": OTHER_THREAD, "end_byte_offset": 10_000},
        {"thread_id": "../../x", "end_byte_offset": 9},
        {"thread_id": THREAD},
        {"thread_id": THREAD, "end_byte_offset": "much"},
    ],
    ids=["gone", "itself", "elsewhere", "no end", "no number"],
)
def test_a_fork_of_what_is_not_there_shows_its_own(home: CodexHome, base: dict[str, Any]) -> None:
    parent_of_a_fork(home)
    path, one = forked(home, base)
    notice, *own = texts(messages(Codex(home.root), one, path))
    assert notice == f"Goes on from thread {base['thread_id']}"
    assert own == ["And now?", "Now this."]


def test_a_call_names_the_thread_it_started(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.item("function_call", name="spawn_agent", arguments="{}", call_id="c1")
    lines.event("collab_agent_spawn_end", call_id="c1", new_thread_id=OTHER_THREAD)
    lines.item("function_call_output", call_id="c1", output="ok")
    (tool_call,) = transcript(home, lines)[0].parts
    assert isinstance(tool_call, ToolCall)
    assert tool_call.child == derive_id(NAME, OTHER_THREAD)


def test_a_packed_rollout_reads_as_the_plain_one_did(home: CodexHome) -> None:
    lines = CodexLines()
    enveloped(lines)
    plain = home.write(lines)
    source = Codex(home.root)
    before, read_before = told(source, plain), messages(source, told(source, plain), plain)
    packed = plain.with_name(f"{plain.name}.zst")
    packed.write_bytes(zstandard.compress(lines.bytes()))
    assert [unit.path for unit in source.units(lambda _: None)] == [str(plain)], "both are there for a moment"
    assert source.stat(str(packed)) is None
    plain.unlink()
    assert [unit.path for unit in source.units(lambda _: None)] == [str(packed)]
    after = told(source, packed)
    assert after.facts.native_id == before.facts.native_id
    assert after.facts.turns == before.facts.turns
    assert messages(source, after, packed) == read_before
    packed.write_bytes(packed.read_bytes()[:40])
    with pytest.raises(OSError, match="cannot unpack"):
        told(source, packed)


def state_database(home: CodexHome, name: str = "state_5.sqlite") -> Path:
    path = home.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE threads (id TEXT, title TEXT, name TEXT)")
        database.execute("INSERT INTO threads VALUES (?, 'fix it please', NULL)", (THREAD,))
    database.close()
    return path


def test_titles_come_from_the_tools_database_which_is_left_alone(home: CodexHome) -> None:
    lines = CodexLines()
    enveloped(lines)
    rollout = home.write(lines)
    database = state_database(home)
    state_database(home, "state_4.sqlite")
    before = sorted(path.name for path in home.root.iterdir())
    source = Codex(home.root)
    list(source.units(lambda _: None))
    assert told(source, rollout).facts.patch.title == "fix it please"
    assert [facts.patch.title for facts in source.aside(lambda _: True)] == ["fix it please"]
    assert list(source.aside(lambda _: True)) == []
    with sqlite3.connect(database) as writer:
        writer.execute("UPDATE threads SET name = 'Login'")
        writer.commit()
        # The writer still runs: the change is in the log alone.
        assert [facts.patch.title for facts in source.aside(lambda _: True)] == ["Login"]
    writer.close()
    assert sorted(path.name for path in home.root.iterdir()) == before, "nothing was made beside the database"


def test_titles_survive_a_database_that_is_none(home: CodexHome) -> None:
    lines = CodexLines()
    enveloped(lines)
    rollout = home.write(lines)
    (home.root / "state_9.sqlite").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    (home.root / "session_index.jsonl").write_text(f'{{"id":"{THREAD}","thread_name":"Of old"}}\n', "utf-8")
    source = Codex(home.root)
    list(source.units(lambda _: None))
    assert told(source, rollout).facts.patch.title == "Of old"


def evidence(home: CodexHome) -> Evidence:
    lines = CodexLines()
    lines.meta()
    lines.event("task_started", turn_id=TURN)
    path = home.write(lines)
    one = told(Codex(home.root), path)
    assert one.standing is not None
    asked = Asked(native_id=THREAD, path=str(path), standing=one.standing)
    return Codex(home.root).evidence([asked]).get(THREAD, UNKNOWN)


@pytest.mark.parametrize("table", [True, False], ids=["by the table of locks", "by asking for the lock"])
def test_a_lock_counts_while_it_is_held(home: CodexHome, monkeypatch: pytest.MonkeyPatch, *, table: bool) -> None:
    from parrot_server.index import processes

    if not table:
        monkeypatch.setattr(processes, "flocks", lambda: None)
    assert evidence(home).alive is None, "an older version has no locks"
    lock = home.root / "thread-writer-locks" / f"{THREAD}.lock"
    lock.parent.mkdir()
    lock.touch()
    assert evidence(home) == Evidence(alive=False), "a kill leaves the file"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = evidence(home)
        assert found.alive is True
        assert found.pid in ({os.getpid()} if table and processes.flocks() else {None})
    assert evidence(home) == Evidence(alive=False)
