"""Goose: what a session amounts to, how it reads, and that only what was written is read again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from parrot_server.index.local import chosen
from parrot_server.index.sources.goose import Goose
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import Basis, Kind, MessageRole, Mode, Status
from tests.helpers.goose_files import SESSION, GooseHome, call, result, text
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parrot_server.index.sources.base import Told
    from parrot_wire.session import Message


@pytest.fixture
def home(tmp_path: Path) -> Iterator[GooseHome]:
    with GooseHome(tmp_path / "goose") as made:
        yield made


def opened(home: GooseHome) -> Goose:
    source = Goose(home.root)
    list(source.units(lambda problem: None))
    return source


def tell(home: GooseHome, session: str = SESSION) -> Told:
    return told(opened(home), home.unit(session))


def read_out(home: GooseHome) -> list[Message]:
    return messages(opened(home), tell(home), home.unit())


def talk(home: GooseHome) -> None:
    home.session()
    home.say("user", text("Fix it"))
    home.say("assistant", {"type": "thinking", "thinking": "Hm."}, call("c1"))
    home.used(4100, 90, cache_read_tokens=3000, total_tokens=7190, cost=0.0123456, cost_source="provider_reported")
    home.say("user", result("c1", "no such file", isError=True))
    home.say("assistant", text("Done."))
    home.used(5000, 40, cache_read_tokens=3000, total_tokens=5040, cost=0.5, cost_source="estimated")


def test_what_a_session_amounts_to(home: GooseHome) -> None:
    talk(home)
    one = tell(home)
    patch = one.facts.patch
    assert (one.facts.native_id, patch.title, patch.message_count) == (SESSION, "Mend the shop", 3)
    assert (patch.tool_call_count, patch.event_count, patch.model) == (1, 5, "claude-sonnet-4-5")
    assert (patch.cwd, patch.project) == ("/home/dev/shop", "shop")
    assert (patch.started_at, patch.last_activity_at) == ("2026-11-23T00:20:00.000Z", "2026-11-23T00:20:04.000Z")
    assert patch.resume_command == ("goose", "session", "--resume", "--session-id", SESSION)
    first, second = one.facts.turns
    # The total tells whether what was cached stands beside the input.
    assert first.tokens == Tokens(input=4100, output=90, cache_read=3000, total=7190)
    assert second.tokens == Tokens(input=2000, output=40, cache_read=3000, total=5040)
    assert (first.cost, first.basis, second.cost, second.basis) == (12_346, None, 500_000, Basis.ESTIMATED)
    assert status(one) is Status.OPEN


def test_how_it_reads(home: GooseHome) -> None:
    talk(home)
    prompt, calling, answer, last = read_out(home)
    assert (prompt.role, prompt.parts) == (MessageRole.USER, (Text(text="Fix it"),))
    assert [type(part) for part in calling.parts] == [Thinking, ToolCall]
    assert answer.parts == (ToolResult(call_id="c1", ok=False, text="no such file"),)
    assert (answer.role, calling.turn, last.turn, last.model) == (MessageRole.TOOL, 1, 2, "claude-sonnet-4-5")


def test_every_kind_of_block(home: GooseHome) -> None:
    home.session()
    home.say("user", text("Look"), {"type": "image", "mimeType": "image/png", "data": "iVBORw=="})
    home.say("user", text("Only the model sees this."), userVisible=False)
    wrong = {"type": "toolRequest", "id": "c2", "toolCall": {"status": "error", "error": "no such tool"}}
    note = {"type": "systemNotification", "notificationType": "inlineMessage", "msg": "Compacted"}
    home.say("assistant", wrong, note, {"type": "redactedThinking"}, {"type": "novelty"}, text(" "))
    home.say("user", {"type": "toolResponse", "id": "c3", "toolResult": {"status": "error", "error": "broken"}})
    home.say("system", text("Never shown"))
    asked, answer, failed = read_out(home)
    assert [type(part) for part in asked.parts] == [Text, Image]
    assert [type(part) for part in answer.parts] == [ErrorPart, Notice]
    assert failed.parts == (ToolResult(call_id="c3", ok=False, text="broken"),)
    assert tell(home).facts.patch.event_count == 5
    transcript = opened(home).transcript(SESSION, str(home.unit()))
    assert transcript is not None
    transcript.refresh()
    assert getattr(transcript.part(1, 1), "data", None) == b"\x89PNG"


def test_before_the_ledger_the_sums_are_shared_out(tmp_path: Path) -> None:
    with GooseHome(tmp_path / "goose", ledger=False) as home:
        home.session(
            accumulated_input_tokens=1001,
            accumulated_output_tokens=101,
            accumulated_total_tokens=1102,
            accumulated_cost=0.000003,
        )
        home.say("user", text("Go"))
        home.say("assistant", text("So."))
        home.say("assistant", text("There."))
        turns = tell(home).facts.turns
        assert [turn.tokens.input for turn in turns] == [500, 501]
        assert [turn.tokens.output for turn in turns] == [50, 51]
        assert [turn.cost for turn in turns] == [1, 2]
        assert [message.turn for message in read_out(home)] == [None, 1, 2]


def test_what_costs_nothing_and_what_nobody_knows(home: GooseHome) -> None:
    home.session(provider_name="ollama")
    home.say("user", text("Go"))
    home.used(10, 1)
    home.session("other", provider_name="acme")
    home.say("user", text("Go"), session="other")
    home.used(10, 1, session="other", cost=0)
    assert tell(home).facts.turns[0].basis is Basis.UNPRICED
    assert (tell(home, "other").facts.turns[0].basis, tell(home, "other").facts.turns[0].cost) == (None, None)


def test_how_a_session_stands_and_what_it_is(home: GooseHome) -> None:
    home.session(name="CLI Session", goose_mode="chat")
    assert read(opened(home), home.unit()).told == []
    home.say("user", text("Plan it"))
    one = tell(home)
    assert (one.facts.patch.title, one.facts.patch.mode, status(one)) == ("Plan it", Mode.ASK, Status.INTERRUPTED)
    home.say("assistant", call("c1"))
    assert status(tell(home)) is Status.INTERRUPTED
    home.say("assistant", text("So."))
    assert status(tell(home)) is Status.OPEN
    home.run("UPDATE sessions SET archived_at = '2026-11-24 00:00:00', description = 'A plan'")
    assert (status(tell(home)), tell(home).facts.patch.title) == (Status.ENDED, "A plan")
    home.session("sub", parent_session_id=SESSION, session_type="sub_agent")
    home.say("user", text("Look"), session="sub")
    home.say("assistant", text("Seen."), session="sub")
    sub = tell(home, "sub")
    assert (sub.facts.patch.kind, sub.facts.patch.parent, status(sub)) == (Kind.TASK, SESSION, Status.COMPLETED)
    home.session("hidden", session_type="hidden")
    home.say("user", text("Make a name"), session="hidden")
    assert read(opened(home), home.unit("hidden")).told == []


def test_sessions_are_followed_each(home: GooseHome, tmp_path: Path) -> None:
    talk(home)
    for number in range(20):
        home.session(f"other_{number}")
        home.say("user", text("Other"), session=f"other_{number}")
    with running(tmp_path / "data", Goose(home.root), sweep_s=60.0) as index:
        before = index.units_read
        home.say("user", text("And now?"))
        index.until(lambda: index.row(SESSION, "goose").message_count == 4)
        home.run("UPDATE sessions SET name = 'Mend it all', updated_at = '2026-11-23 00:30:00' WHERE id = ?", SESSION)
        index.until(lambda: index.row(SESSION, "goose").title == "Mend it all")
        assert index.units_read - before == 2
        # What was said is put together: as many rows, but others.
        home.run("BEGIN")
        home.run("DELETE FROM messages WHERE session_id = ?", SESSION)
        for words in ("a", "b", "c", "d", "e"):
            home.say("user", text(words))
        home.run("COMMIT")
        index.until(lambda: index.row(SESSION, "goose").message_count == 5)
    with running(tmp_path / "data", Goose(home.root)) as index:
        assert index.units_read == 0


def test_broken_rows_are_passed_over(home: GooseHome) -> None:
    talk(home)
    home.run(
        "INSERT INTO messages (session_id, role, content_json, created_timestamp) VALUES (?, 'user', '{', 'x')", SESSION
    )
    home.run("UPDATE sessions SET model_config_json = '[', working_dir = x'ff', created_at = 'never'")
    home.run("UPDATE usage_ledger SET cost = 'much', input_tokens = -5")
    one = tell(home)
    assert (one.facts.patch.message_count, one.facts.patch.cwd) == (3, None)
    assert [turn.tokens.input for turn in one.facts.turns] == [0, 0]


def test_where_it_is_looked_for(home: GooseHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    talk(home)
    for root in (home.root, home.root / "data", home.root / "data" / "sessions"):
        assert [unit.path for unit in Goose(root).units(lambda problem: None)] == [str(home.unit())]
    monkeypatch.setenv("GOOSE_PATH_ROOT", str(home.root))
    assert {tool.name: root for tool, root in chosen({})}["goose"] == home.root
    monkeypatch.delenv("GOOSE_PATH_ROOT")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform != "win32":
        assert {tool.name: root for tool, root in chosen({})}["goose"] == tmp_path / "goose"
