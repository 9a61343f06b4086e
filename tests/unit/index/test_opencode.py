"""opencode: what a session amounts to, how it reads, and that only what was written is read again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.index.local import chosen
from parrot_server.index.sources.opencode import Opencode
from parrot_server.store.ids import derive_id
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import Basis, Kind, MessageRole, Mode, Status
from tests.helpers.index_reading import messages, read, running, status, told
from tests.helpers.opencode_files import SESSION, OpencodeHome, bash, read_out, tell, text, used, write_storage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_server.index.sources.base import Told

REAL = Path(__file__).parents[4] / "shared" / "transcripts"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[OpencodeHome]:
    with OpencodeHome(tmp_path / "opencode") as made:
        yield made


def talk(home: OpencodeHome) -> None:
    """A prompt, a call that failed in the shell, and the answer."""
    home.session()
    home.prompt("msg_1", "Fix it")
    step = {"type": "step-finish", "tokens": used(1278, 101, read=3072), "cost": 0.0062706}
    looked = (text("Let me look."), bash("c1", "no such file", exit_code=1), step)
    home.answer("msg_2", *looked, finish="tool-calls", tokens=used(1278, 101, read=3072, total=4451), cost=0.0062706)
    home.answer("msg_3", text("Done."), tokens=used(4100, 90), cost=0)


def test_what_a_session_amounts_to(home: OpencodeHome) -> None:
    talk(home)
    one = tell(home)
    patch = one.facts.patch
    assert (one.facts.native_id, patch.title, patch.message_count) == (SESSION, "Mend the shop", 3)
    assert (patch.tool_call_count, patch.event_count, patch.model) == (1, 5, "claude-sonnet-4-5")
    assert (patch.cwd, patch.project, patch.agent_version) == ("/home/dev/shop", "shop", "1.18.33")
    assert patch.resume_command == ("opencode", "--session", SESSION)
    first, second = one.facts.turns
    # opencode's own charge is taken; without one the tokens are priced.
    assert (first.id, first.cost, first.tokens) == (
        "msg_2",
        6271,
        Tokens(input=1278, output=101, cache_read=3072, total=4451),
    )
    assert (second.cost, second.basis, second.tokens.total) == (None, None, 4190)
    assert status(one) is Status.OPEN


def test_thoughts_count_as_output_once(home: OpencodeHome) -> None:
    home.session()
    home.prompt("msg_1", "Go")
    home.answer("msg_2", text("a"), tokens=used(100, 50, reasoning=20))
    home.answer("msg_3", text("b"), tokens=used(100, 50, reasoning=20, total=150))
    home.answer("msg_4", text("c"), tokens=used(100, 50, reasoning=20, total=170), providerID="ollama")
    turns = tell(home).facts.turns
    assert [turn.tokens.output for turn in turns] == [70, 50, 70]
    assert turns[2].basis is Basis.UNPRICED


def test_how_it_reads(home: OpencodeHome) -> None:
    talk(home)
    prompt, calling, answer = read_out(home)
    assert (prompt.role, prompt.parts) == (MessageRole.USER, (Text(text="Fix it"),))
    words, call, result = calling.parts
    assert words == Text(text="Let me look.")
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert (result.call_id, result.ok, result.exit_code, result.duration) == ("c1", False, 1, 250)
    assert (calling.turn, answer.turn, answer.model) == (1, 2, "claude-sonnet-4-5")


def test_every_kind_of_part(home: OpencodeHome) -> None:
    home.session()
    image = {"type": "file", "mime": "image/png", "url": "data:image/png;base64,iVBORw=="}
    file = {"type": "file", "mime": "text/plain", "filename": "a.py", "url": "file:///w/a.py"}
    home.message("msg_1", "user", text('"Fix it"'), text("Called the Read tool", synthetic=True), file, image)
    child = {
        "type": "tool",
        "tool": "task",
        "callID": "c2",
        "state": {"status": "running", "metadata": {"sessionId": "ses_9"}},
    }
    home.answer(
        "msg_2",
        {"type": "reasoning", "text": "Hm."},
        {"type": "step-start"},
        {"type": "tool", "tool": "invalid", "callID": "c1", "state": {"status": "completed", "output": "no such tool"}},
        child,
        {"type": "patch", "files": ["/w/a.py"]},
        {"type": "compaction"},
        {"type": "subtask", "description": "Look around"},
        {"type": "novelty"},
        text(""),
        finish=None,
    )
    asked, answer = read_out(home)
    assert [type(part) for part in asked.parts] == [Text, Notice, Notice, Image]
    assert asked.parts[0] == Text(text="Fix it")
    assert [type(part) for part in answer.parts] == [Thinking, ToolCall, ToolResult, ToolCall, Notice, Notice, Notice]
    failed, started = answer.parts[2], answer.parts[3]
    assert isinstance(failed, ToolResult)
    assert isinstance(started, ToolCall)
    assert (failed.ok, started.child) == (False, derive_id("opencode", "ses_9"))
    assert sum(len(message.parts) for message in (asked, answer)) == tell(home).facts.patch.event_count
    source = Opencode(home.root)
    list(source.units(lambda problem: None))
    transcript = source.transcript(SESSION, str(home.unit()))
    assert transcript is not None
    transcript.refresh()
    assert getattr(transcript.part(1, 3), "data", None) == b"\x89PNG"
    assert b'"Called the Read tool"' in (transcript.raw(1) or b"")


def test_how_a_session_stands(home: OpencodeHome) -> None:
    home.session(title="New session - 2026-03-01T10:00:00.000Z")
    home.prompt("msg_1", "Go")
    assert (tell(home).facts.patch.title, status(tell(home))) == ("Go", Status.INTERRUPTED)
    home.answer("msg_2", text("So"), finish=None)
    assert status(tell(home)) is Status.INTERRUPTED
    home.change(
        "message", "msg_2", role="assistant", error={"name": "MessageAbortedError", "data": {"message": "aborted"}}
    )
    assert status(tell(home)) is Status.INTERRUPTED
    home.change(
        "message", "msg_2", role="assistant", error={"name": "APIError", "data": {"message": "500 out of order"}}
    )
    failed = tell(home)
    assert failed.standing is not None
    assert (status(failed), failed.standing.error) == (Status.FAILED, "500 out of order")
    assert isinstance(read_out(home)[-1].parts[-1], ErrorPart)
    home.answer("msg_3", text("There."))
    assert status(tell(home)) is Status.OPEN
    home.run("UPDATE session SET time_archived = ?", home.now())
    assert status(tell(home)) is Status.ENDED


def test_a_session_that_only_planned_is_an_inquiry(home: OpencodeHome) -> None:
    home.session()
    home.prompt("msg_1", "Plan it", agent="plan")
    home.answer("msg_2", text("So."), mode="plan", agent="plan")
    assert tell(home).facts.patch.mode is Mode.ASK
    home.prompt("msg_3", "Do it")
    assert tell(home).facts.patch.mode is Mode.WORKING


def test_a_session_that_another_started_is_its_task(home: OpencodeHome, tmp_path: Path) -> None:
    talk(home)
    home.session("ses_2", parent=SESSION, title="Look around (@general subagent)")
    home.prompt("msg_8", "Look", session="ses_2")
    home.answer("msg_9", text("Seen."), session="ses_2", tokens=used(10, 1), cost=0.5)
    with running(tmp_path / "data", Opencode(home.root)) as index:
        assert [row.native_id for row in index.rows()] == [SESSION]
        (child,) = index.detail(SESSION, "opencode").children
        assert (child.row.kind, child.row.status) == (Kind.TASK, Status.COMPLETED)
        cost = index.row(SESSION, "opencode").cost
        assert cost is not None
        assert (cost.priced, cost.estimated, cost.micros >= 506_271) == (2, 1, True)


def test_rows_that_change_in_place_are_followed_and_no_others_are_read(home: OpencodeHome, tmp_path: Path) -> None:
    talk(home)
    for number in range(2, 12):
        home.session(f"ses_{number}")
        home.prompt(f"msg_{number}0", "Other", session=f"ses_{number}")
    with running(tmp_path / "data", Opencode(home.root), sweep_s=60.0) as index:
        before = index.units_read
        read_before = index.bytes_read
        part = home.part(home.answer("msg_4", finish=None), text("I am"))
        index.until(lambda: index.row(SESSION, "opencode").status is Status.INTERRUPTED)
        index.until(lambda: index.row(SESSION, "opencode").message_count == 4)
        home.change("part", part, **text("I am still looking."))
        home.run("UPDATE session SET title = 'Mend it all', time_updated = ? WHERE id = ?", home.now(), SESSION)
        index.until(lambda: index.row(SESSION, "opencode").title == "Mend it all")
        assert index.units_read - before <= 8
        # The first three messages were not read again.
        assert index.bytes_read - read_before < 4000
    with running(tmp_path / "data", Opencode(home.root)) as index:
        assert index.units_read == 0
        home.run("DELETE FROM part WHERE message_id IN ('msg_3', 'msg_4')")
        home.run("DELETE FROM message WHERE id IN ('msg_3', 'msg_4')")
        home.prompt("msg_5", "Otherwise")
        index.until(lambda: index.row(SESSION, "opencode").message_count == 3)
        assert index.detail(SESSION, "opencode").detail.turn_count == 1


def test_a_transcript_goes_on_with_its_rows(home: OpencodeHome) -> None:
    talk(home)
    source = Opencode(home.root)
    list(source.units(lambda problem: None))
    transcript = source.transcript(SESSION, str(home.unit()))
    assert transcript is not None
    assert (transcript.refresh(), transcript.turn_total) == (3, 2)
    assert (transcript.refresh(), transcript.changed_from()) == (3, 4)
    part = home.part(home.answer("msg_4", finish=None), text("I am"))
    assert (transcript.refresh(), transcript.changed_from()) == (4, 4)
    home.change("part", part, **text("I am still looking."))
    assert (transcript.refresh(), transcript.changed_from()) == (4, 4)
    assert transcript.page(4, 9)[0].parts == (Text(text="I am still looking."),)
    home.run("DELETE FROM message WHERE id IN ('msg_3', 'msg_4')")
    assert (transcript.refresh(), transcript.changed_from()) == (2, 3)
    assert transcript.page(3, 3) == []
    assert transcript.part(3, 0) is None


def test_a_session_that_was_deleted_says_so(home: OpencodeHome, tmp_path: Path) -> None:
    talk(home)
    with running(tmp_path / "data", Opencode(home.root), sweep_s=0.05) as index:
        home.run("DELETE FROM session")
        index.until(lambda: index.detail(SESSION, "opencode").detail.transcript_gone_since is not None)
        assert index.row(SESSION, "opencode").message_count == 3


def test_nothing_is_made_beside_a_database_that_is_closed(home: OpencodeHome, tmp_path: Path) -> None:
    talk(home)
    home.connection.close()
    before = sorted(path.name for path in home.root.iterdir())
    assert before == ["opencode.db"]
    with running(tmp_path / "data", Opencode(home.root)) as index:
        assert index.row(SESSION, "opencode").message_count == 3
    assert sorted(path.name for path in home.root.iterdir()) == before


def test_a_database_of_another_make_is_a_problem_until_it_is_not(tmp_path: Path) -> None:
    root = tmp_path / "opencode"
    root.mkdir()
    (root / "opencode.db").write_bytes(b"no database at all, but long enough to be one" * 40)
    with running(tmp_path / "data", Opencode(root), sweep_s=0.05) as index:
        (problem,) = index.problems()
        assert (problem.file, problem.detail) == (str(root / "opencode.db"), "file is not a database")
        (root / "opencode.db").unlink()
        with sqlite3.connect(root / "opencode.db") as other:
            other.execute("CREATE TABLE session_v9 (id text)")
        other.close()
        index.until(lambda: [each.detail for each in index.problems()] == ["no such table: session"])
        (root / "opencode.db").unlink()
        with OpencodeHome(root) as home:
            talk(home)
            index.until(lambda: not index.problems() and index.has(SESSION, "opencode"))


def test_a_schema_with_fewer_columns_and_broken_rows(tmp_path: Path) -> None:
    root = tmp_path / "opencode"
    root.mkdir()
    with sqlite3.connect(root / "opencode.db") as old:
        old.executescript(
            "CREATE TABLE session (id text PRIMARY KEY, title text, time_created integer, time_updated integer);"
            "CREATE TABLE message (id text PRIMARY KEY, session_id text, time_created integer, data text);"
            "CREATE TABLE part (id text PRIMARY KEY, message_id text, session_id text, data text);"
        )
        old.execute("INSERT INTO session VALUES ('s', 'Old', 1000, 2000)")
        data = json.dumps({"role": "user", "time": {"created": 1500}})
        old.execute("INSERT INTO message VALUES ('m1', 's', 1500, ?), ('m2', 's', 1600, '{torn')", (data,))
        old.execute("INSERT INTO part VALUES ('p1', 'm1', 's', ?)", (json.dumps(text("Hello")),))
        old.execute("INSERT INTO part VALUES ('p2', 'm1', 's', CAST(x'ff7b' AS TEXT)), ('p3', 'gone', 's', NULL)")
    old.close()
    source = Opencode(root)
    (unit,) = source.units(lambda problem: None)
    one = told(source, Path(unit.path))
    assert (one.facts.patch.title, one.facts.patch.message_count, one.facts.patch.cwd) == ("Old", 1, None)
    assert one.facts.patch.started_at == "1970-01-01T00:00:01.000Z"


OLD: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    ({"id": "msg_a", "role": "user"}, [text("Fix it")]),
    (
        {
            "id": "msg_b",
            "role": "assistant",
            "modelID": "gpt-4o",
            "tokens": used(100, 10),
            "finish": "stop",
            "cost": 0.25,
        },
        [text("Looking."), bash("c1", "no", exit_code=2)],
    ),
]


def test_files_from_before_the_database(tmp_path: Path) -> None:
    root = tmp_path / "opencode"
    path = write_storage(root, "ses_old", OLD)
    source = Opencode(root)
    assert [unit.path for unit in source.units(lambda problem: None)] == [str(path)]
    one = told(source, path)
    assert (one.facts.patch.title, one.facts.patch.message_count, one.facts.patch.tool_call_count) == (
        "An old one",
        2,
        1,
    )
    assert [(turn.id, turn.cost) for turn in one.facts.turns] == [("msg_b", 250_000)]
    assert status(one) is Status.OPEN
    asked, answer = messages(source, one, path)
    assert asked.parts == (Text(text="Fix it"),)
    assert (len(answer.parts), answer.turn) == (3, 1)


def test_files_are_followed_each(tmp_path: Path) -> None:
    root = tmp_path / "opencode"
    path = write_storage(root, "ses_old", OLD)
    other = write_storage(root, "ses_other", [({"id": "msg_x", "role": "user"}, [text("Else")])])
    with running(tmp_path / "data", Opencode(root), sweep_s=60.0) as index:
        before = index.units_read
        part = root / "storage" / "part" / "msg_b" / "prt_000.json"
        whole = json.dumps({"id": "prt_000", **text("Looked, and"), "more": "x" * 100})
        part.write_text(whole[:50])
        index.until(lambda: [problem.file for problem in index.problems()] == [str(part)])
        assert index.row("ses_old", "opencode").message_count == 2
        part.write_text(whole)
        index.until(lambda: not index.problems())
        write_storage(root, "ses_old", [*OLD, ({"id": "msg_c", "role": "user"}, [text("And now?")])])
        index.until(lambda: index.row("ses_old", "opencode").message_count == 3)
        assert index.units_read > before
        assert index.row("ses_other", "opencode").message_count == 1
        known = index.engine.indexes[0].catalog
        assert {each.unit.path for each in known} == {str(path), str(other)}


def test_the_database_wins(home: OpencodeHome, tmp_path: Path) -> None:
    talk(home)
    write_storage(home.root, SESSION, OLD)
    left = write_storage(home.root, "ses_old", [({"id": "msg_z", "role": "user"}, [text("Hello")])])
    with running(tmp_path / "data", Opencode(home.root)) as index:
        assert index.row(SESSION, "opencode").title == "Mend the shop"
        assert index.has("ses_old", "opencode")
        assert not index.problems()
        assert {each.unit.path for each in index.engine.indexes[0].catalog} == {str(home.unit()), str(left)}


def test_where_it_is_looked_for(home: OpencodeHome, monkeypatch: pytest.MonkeyPatch) -> None:
    talk(home)
    for root in (home.root, home.root.parent, home.path):
        assert [unit.path for unit in Opencode(root).units(lambda problem: None)] == [str(home.unit())]
    monkeypatch.setenv("XDG_DATA_HOME", str(home.root.parent))
    monkeypatch.delenv("OPENCODE_DB", raising=False)
    roots = {tool.name: root for tool, root in chosen({})}
    assert roots["opencode"] == home.root
    monkeypatch.setenv("OPENCODE_DB", "other.db")
    assert {tool.name: root for tool, root in chosen({})}["opencode"] == home.root / "other.db"


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_a_real_database() -> None:
    root = REAL / "opencode"
    source = Opencode(root)
    found: dict[str, Told] = {}
    for unit in source.units(lambda problem: None):
        (one,) = read(source, Path(unit.path)).told
        found[one.facts.native_id] = one
        shown = messages(source, one, Path(unit.path))
        assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
    with sqlite3.connect(f"file:{root / 'opencode.db'}?mode=ro&immutable=1", uri=True) as real:
        rows = real.execute("SELECT id, cost, tokens_input, tokens_output, tokens_cache_read FROM session").fetchall()
    real.close()
    assert len(rows) == len(found) == 5
    for session, cost, input, output, cached in rows:
        turns = found[session].facts.turns
        assert sum(turn.cost or 0 for turn in turns) == pytest.approx(cost * 1_000_000, abs=len(turns))
        assert sum(turn.tokens.input for turn in turns) == input
        assert sum(turn.tokens.output for turn in turns) == output
        assert sum(turn.tokens.cache_read for turn in turns) == cached
    assert found["ses_dfa396149ffelUmdn2GUx97R7s"].facts.patch.message_count == 4


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_real_files() -> None:
    source = Opencode(REAL / "opencode-storage_v2")
    found = {
        one.facts.native_id: one for unit in source.units(lambda _: None) for one in read(source, Path(unit.path)).told
    }
    assert sorted(found) == ["s_stage0_large", "s_stage0_small"]
    large = found["s_stage0_large"].facts
    assert (large.patch.message_count, large.patch.tool_call_count, len(large.turns)) == (4, 1, 1)
