"""Cursor's agent: transcripts without times, models and tokens, and what can be told of them nevertheless."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parrot_server.index.sources.cursor import Cursor
from parrot_server.index.sources.cursor.places import Projects, short_name
from parrot_wire.session import ErrorPart, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import Basis, Kind, MessageRole, Status
from tests.helpers.cursor_files import SESSION, CursorHome, CursorLines, call, text
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Told

REAL = Path(__file__).parents[4] / "shared" / "transcripts" / "cursor"


@pytest.fixture
def home(tmp_path: Path) -> CursorHome:
    return CursorHome(tmp_path / "cursor")


def tell(home: CursorHome, lines: CursorLines, path: Path | None = None) -> Told:
    return told(Cursor(home.root), home.write(lines, path))


def talk(lines: CursorLines) -> None:
    lines.prompt("Fix it")
    lines.answer("Let me look.", call("Read", path="/home/dev/my.shop/src/a.py"))
    lines.answer("Done.")


def test_what_a_transcript_amounts_to(home: CursorHome) -> None:
    lines = CursorLines()
    talk(lines)
    path = home.write(lines)
    os.utime(path, (1_790_000_000, 1_790_000_000))
    one = told(Cursor(home.root), path)
    patch = one.facts.patch
    assert (one.facts.native_id, patch.title, patch.message_count, patch.tool_call_count) == (SESSION, "Fix it", 3, 1)
    assert patch.started_at == patch.last_activity_at == "2026-09-21T14:13:20.000Z"
    assert patch.resume_command == ("cursor-agent", "--resume", SESSION)
    assert [turn.basis for turn in one.facts.turns] == [Basis.UNPRICED, Basis.UNPRICED]
    # The folder's name cannot be turned back; but one of the files that the agent read lies in such a folder.
    assert (patch.cwd, patch.project) == ("/home/dev/my.shop", "my.shop")
    assert status(one) is Status.OPEN


def test_how_it_reads(home: CursorHome) -> None:
    lines = CursorLines()
    lines.say("user", text("<open_files>a.py</open_files>\n<user_query>\nFix it\n</user_query>"))
    lines.say("assistant", {"type": "thinking", "thinking": "Hm."}, text("So."), call(), {"type": "novelty"})
    lines.say("assistant", {"type": "tool_result", "tool_use_id": "x", "content": [text("ok")], "is_error": False})
    lines.ended("success")
    path = home.write(lines)
    one = told(Cursor(home.root), path)
    prompt, answer, result = messages(Cursor(home.root), one, path)
    assert (prompt.role, prompt.parts) == (
        MessageRole.USER,
        (Text(text="Fix it"), Notice(kind="context", text="<open_files>a.py</open_files>")),
    )
    assert [type(part) for part in answer.parts] == [Thinking, Text, ToolCall]
    assert answer.parts[2] == ToolCall(call_id="2.2", name="Shell", input={"command": "ls"})
    assert result.parts == (ToolResult(call_id="x", ok=True, text="ok"),)
    assert (prompt.turn, answer.turn, result.turn) == (None, 1, 2)
    assert one.facts.patch.event_count == 6


def test_how_a_session_stands(home: CursorHome) -> None:
    lines = CursorLines()
    lines.prompt("Go")
    assert status(tell(home, lines)) is Status.INTERRUPTED
    lines.answer("So", call())
    assert status(tell(home, lines)) is Status.INTERRUPTED
    # The file was written just now, and that is all there is to go by.
    assert status(tell(home, lines), now_ms=time.time_ns() // 1_000_000) is Status.RUNNING
    lines.ended("error", error="500 out of order")
    failed = tell(home, lines)
    assert failed.standing is not None
    assert (status(failed), failed.standing.error) == (Status.FAILED, "500 out of order")
    assert isinstance(messages(Cursor(home.root), failed, home.path())[-1].parts[0], ErrorPart)
    lines.prompt("Again")
    lines.ended("aborted")
    assert status(tell(home, lines)) is Status.INTERRUPTED
    lines.prompt("Again")
    lines.ended("success")
    assert status(tell(home, lines)) is Status.OPEN


def test_a_subagent_is_a_task_of_its_session(home: CursorHome) -> None:
    lines = CursorLines()
    talk(lines)
    one = tell(home, lines, home.path(SESSION, "subagents", "a1.jsonl"))
    assert (one.facts.native_id, one.facts.patch.kind, one.facts.patch.parent) == (f"{SESSION}/a1", Kind.TASK, SESSION)
    assert status(one) is Status.COMPLETED


OLD = """user:
<user_query>
Fix it
</user_query>
assistant:
[Thinking] Hm, what
  could it be?
Let me look.

[Tool call] Read
  path: a.py
  limit: 40
[Tool result] Read
  some text
[Tool call] Shell
  {"command": "ls"}
Done.
It works.
user:
And now?
"""


def test_a_text_from_before_there_were_lines(home: CursorHome) -> None:
    path = home.write(OLD, home.path(f"{SESSION}.txt"))
    source = Cursor(home.root)
    one = told(source, path)
    assert (one.facts.native_id, one.facts.patch.title, one.facts.patch.message_count) == (SESSION, "Fix it", 3)
    assert status(one) is Status.INTERRUPTED
    prompt, answer, last = messages(source, one, path)
    assert (prompt.parts, last.parts) == ((Text(text="Fix it"),), (Text(text="And now?"),))
    assert answer.parts == (
        Thinking(text="Hm, what\n  could it be?"),
        Text(text="Let me look."),
        ToolCall(call_id="2.2", name="Read", input={"path": "a.py", "limit": "40"}),
        ToolResult(call_id="", ok=None, text="some text"),
        ToolCall(call_id="2.4", name="Shell", input={"command": "ls"}),
        Text(text="Done.\nIt works."),
    )


def test_only_the_newest_form_of_a_transcript_is_read(home: CursorHome) -> None:
    lines = CursorLines()
    talk(lines)
    home.write(OLD, home.path(f"{SESSION}.txt"))
    flat = home.write(lines, home.path(f"{SESSION}.jsonl"))
    source = Cursor(home.root)
    assert [unit.path for unit in source.units(lambda problem: None)] == [str(flat)]
    folder = home.write(lines)
    home.write(lines, home.path(SESSION, "notes.jsonl"))
    assert [unit.path for unit in source.units(lambda problem: None)] == [str(folder)]
    assert source.stat(str(flat)) is None


def test_a_folder_is_found_on_the_disk_where_only_one_fits(tmp_path: Path) -> None:
    (tmp_path / "home" / "dev" / "my-shop.old").mkdir(parents=True)
    projects = Projects(str(tmp_path))
    assert projects.folder_of("home-dev-my-shop-old", ()) == str(tmp_path / "home" / "dev" / "my-shop.old")
    (tmp_path / "home" / "dev" / "tools" / "a").mkdir(parents=True)
    (tmp_path / "home" / "dev" / "tools-a").mkdir(parents=True)
    assert projects.folder_of("home-dev-tools-a", ()) is None
    assert projects.folder_of("home-dev-tools-a", ("/home/dev/tools-a",)) == "/home/dev/tools-a"
    assert (short_name("Users-x-work-shop"), short_name("shop")) == ("work-shop", "shop")


def test_a_transcript_is_followed_and_only_what_is_new_is_read(home: CursorHome, tmp_path: Path) -> None:
    lines = CursorLines()
    talk(lines)
    path = home.write(lines)
    with running(tmp_path / "data", Cursor(home.root), sweep_s=60.0) as index:
        before, began = index.bytes_read, index.row(SESSION, "cursor").started_at
        more = CursorLines()
        more.answer("And more.")
        with path.open("ab") as file:
            file.write(more.bytes())
        index.until(lambda: index.row(SESSION, "cursor").message_count == 4)
        assert index.bytes_read - before == len(more.bytes())
        assert index.row(SESSION, "cursor").started_at == began
        cost = index.row(SESSION, "cursor").cost
        assert cost is not None
        assert (cost.unpriced, cost.micros) == (3, 0)


def test_what_is_broken_is_named_and_the_rest_is_read(home: CursorHome) -> None:
    lines = CursorLines()
    talk(lines)
    lines.records[1:1] = [
        b"{torn\n",
        {"role": "user"},
        {"role": "assistant", "message": {"content": [1, None, {}]}},
        {},
    ]
    reading = read(Cursor(home.root), home.write(lines))
    assert [problem.line for problem in reading.problems] == [2]
    assert reading.told[0].facts.patch.message_count == 3


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_real_transcripts() -> None:
    source = Cursor(REAL)
    found: dict[str, Told] = {}
    for unit in source.units(lambda problem: None):
        for one in read(source, Path(unit.path)).told:
            found[one.facts.native_id] = one
            shown = messages(source, one, Path(unit.path))
            assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
    assert sorted(found) == ["cursor-session-simple", "parent", "parent/child", "small"]
    simple = found["cursor-session-simple"].facts.patch
    assert (simple.message_count, simple.tool_call_count) == (11, 10)
    assert simple.title == "Generate a file with all the HBO shows from the 90's in it"
