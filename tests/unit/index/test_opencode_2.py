"""opencode 2, whose messages are whole rows: what a session amounts to, how it reads, and what a fork copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.index.sources.opencode import Opencode
from parrot_server.store.ids import derive_id
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import Basis, Kind, MessageRole, Status
from tests.helpers.index_reading import running, status
from tests.helpers.opencode_files import SESSION, SecondHome, ran, read_out, tell, text, used

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PIXEL = "data:image/png;base64,aGVsbG8="


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SecondHome]:
    with SecondHome(tmp_path / "opencode") as made:
        yield made


def mend(home: SecondHome) -> None:
    """A prompt, a command that failed, the answer, and the end of the turn."""
    home.talk()
    home.row("msg_0", "model-switched", model={"id": "claude-sonnet-4-5", "providerID": "anthropic"})
    home.row("msg_1", "user", text="Fix it")
    looked = (text("Let me look."), ran("c1", "shell", "no such file", exit=1))
    home.said("msg_2", *looked, finish="tool-calls", tokens=used(1278, 90, read=3072, reasoning=11), cost=0.0062706)
    home.said("msg_3", text("Done."), tokens=used(4100, 90), cost=0)
    home.row("msg_4", "idle", outcome="succeeded")


def test_what_a_session_amounts_to(home: SecondHome) -> None:
    mend(home)
    one = tell(home)
    patch = one.facts.patch
    assert (patch.title, patch.cwd, patch.model, patch.agent_version) == (
        "Mend the shop",
        "/home/dev/shop",
        "claude-sonnet-4-5",
        "2.0.3",
    )
    assert (patch.message_count, patch.tool_call_count) == (3, 1)
    assert patch.resume_command == ("opencode", "--session", SESSION)
    assert status(one) is Status.OPEN
    first, second = one.facts.turns
    assert (first.id, first.cost, first.tokens.output, first.tokens.cache_read) == ("msg_2", 6271, 101, 3072)
    # No charge is a model whose price opencode does not know.
    assert (second.cost, second.basis) == (None, None)


def test_how_it_reads(home: SecondHome) -> None:
    home.talk()
    home.row("msg_1", "user", text="What is this?", files=[{"uri": PIXEL, "mime": "image/png"}])
    home.row("msg_2", "synthetic", text="The clock says noon")
    child = {"sessionID": "ses_child", "status": "completed"}
    home.said(
        "msg_3",
        {"type": "reasoning", "text": "A dot."},
        ran("c1", "subagent", "It is a dot", **child),
        ran("c2", "read", "no such file", status="error"),
        text("A dot."),
        tokens=used(10, 2),
    )
    home.row("msg_4", "shell", command="make", shellID="sh_1")
    home.change(
        "session_message", "msg_4", time={"created": 1, "completed": 2}, command="make", exit=2, output="failed"
    )
    home.row("msg_5", "compaction", status="completed", summary="A dot was seen", tokens=used(500, 20), cost=0.001)
    home.row("msg_6", "location-switched")
    asked, noon, answer, made, compacted = read_out(home)
    assert asked.parts == (Text(text="What is this?"), Image(media_type="image/png"))
    assert (noon.role, noon.parts) == (MessageRole.SYSTEM, (Notice(kind="context", text="The clock says noon"),))
    thought, call, result, failed_call, failed, said = answer.parts
    assert (thought, said) == (Thinking(text="A dot."), Text(text="A dot."))
    assert isinstance(call, ToolCall)
    assert (call.name, call.child) == ("subagent", derive_id("opencode", "ses_child"))
    assert result == ToolResult(call_id="c1", ok=True, text="It is a dot", duration=250)
    assert isinstance(failed_call, ToolCall)
    assert failed == ToolResult(call_id="c2", ok=False, text="no such file", duration=250)
    assert [type(part) for part in made.parts] == [ToolCall, ToolResult]
    assert isinstance(made.parts[1], ToolResult)
    assert (made.parts[1].ok, made.parts[1].exit_code, made.parts[1].text) == (False, 2, "failed")
    assert compacted.parts == (Notice(kind="compaction", text="A dot was seen"),)
    # What a compaction used is paid for like any request.
    assert [(turn.id, turn.cost) for turn in tell(home).facts.turns] == [("msg_3", None), ("msg_5", 1000)]
    source = Opencode(home.root)
    list(source.units(lambda problem: None))
    transcript = source.transcript(SESSION, str(home.unit()))
    assert transcript is not None
    transcript.refresh()
    image = transcript.part(1, 1)
    assert not isinstance(image, Image)
    assert getattr(image, "data", None) == b"hello"


@pytest.mark.parametrize(
    ("outcome", "error", "stands"),
    [
        ("succeeded", None, Status.OPEN),
        ("interrupted", {"type": "aborted", "message": "Stopped"}, Status.INTERRUPTED),
        ("failed", {"type": "provider.auth", "message": "No key"}, Status.FAILED),
        (None, {"type": "provider.auth", "message": "No key"}, Status.FAILED),
        (None, {"type": "session.interrupted", "message": "Stopped"}, Status.INTERRUPTED),
    ],
)
def test_how_a_session_stands(
    home: SecondHome, outcome: str | None, error: dict[str, str] | None, stands: Status
) -> None:
    home.talk()
    home.row("msg_1", "user", text="Go")
    home.said("msg_2", text("On it."), error=error)
    if outcome:
        home.row("msg_3", "idle", outcome=outcome)
    home.row("msg_4", "agent-switched", agent="plan")
    one = tell(home)
    assert status(one) is stands
    assert one.standing is not None
    if stands is Status.FAILED:
        assert one.standing.error == "No key"
        assert read_out(home)[1].parts[-1] == ErrorPart(text="No key")


def test_a_fork_counts_what_it_copied_once(home: SecondHome, tmp_path: Path) -> None:
    mend(home)
    home.fork("ses_2", SESSION)
    home.said("msg_9", text("Another way."), session="ses_2", tokens=used(1000, 10), cost=0.002)
    home.fork("ses_3", "ses_2")
    assert [turn.id for turn in tell(home, "ses_3").facts.turns] == ["msg_2", "msg_3", "msg_9"]
    with running(tmp_path / "data", Opencode(home.root)) as index:
        own = {name: index.detail(name, "opencode").detail.own_cost for name in (SESSION, "ses_2", "ses_3")}
    # 6,271 that opencode charged, and 13,650 by the tokens of the answer that it had no price for.
    assert [cost.micros for cost in own.values() if cost is not None] == [19_921, 2_000, 0]


def test_a_subagent_is_a_task_of_its_parent(home: SecondHome, tmp_path: Path) -> None:
    mend(home)
    home.talk("ses_child", parent=SESSION)
    home.row("msg_c1", "user", text="Look", session="ses_child")
    home.said("msg_c2", text("Seen."), session="ses_child", tokens=used(10, 1), cost=0.5)
    with running(tmp_path / "data", Opencode(home.root)) as index:
        row = index.row("ses_child", "opencode")
        assert row.parent == derive_id("opencode", SESSION)
        assert index.row(SESSION, "opencode").cost == index.detail(SESSION, "opencode").detail.cost


def test_rows_that_change_in_place_are_followed(home: SecondHome, tmp_path: Path) -> None:
    home.talk()
    home.row("msg_1", "user", text="Go")
    with running(tmp_path / "data", Opencode(home.root)) as index:
        index.until(lambda: index.row(SESSION, "opencode").message_count == 1)
        home.said("msg_2", text("On"), finish=None)
        index.until(lambda: index.row(SESSION, "opencode").message_count == 2)
        model = {"id": "claude-sonnet-4-5", "providerID": "anthropic"}
        time = {"created": home.at_ms, "completed": home.at_ms + 1}
        whole = {"agent": "build", "model": model, "content": [text("On it.")], "time": time, "finish": "stop"}
        home.change("session_message", "msg_2", **whole, tokens=used(10, 2), cost=0.25)
        index.until(lambda: (cost := index.row(SESSION, "opencode").cost) is not None and cost.micros == 250_000)


def test_a_database_of_before_and_what_was_written_since(tmp_path: Path) -> None:
    with SecondHome(tmp_path / "opencode", keeps_old=True) as home:
        home.session("ses_old", title="An old one")
        home.prompt("msg_1", "Go", session="ses_old")
        home.answer("msg_2", text("Gone."), session="ses_old", tokens=used(10, 2), cost=0.25)
        # Its rows were brought along, and it went on there.
        home.session("ses_both", title="Brought along")
        home.prompt("msg_3", "Go", session="ses_both")
        home.talk("ses_both")
        home.row("msg_3v", "user", text="Go", session="ses_both")
        home.said("msg_4v", text("On."), session="ses_both", tokens=used(10, 2), cost=0.5)
        # Noted in both while only the old tables told everything.
        home.session("ses_mixed", title="Of both")
        home.prompt("msg_5", "Go", session="ses_mixed")
        home.answer("msg_6", text("Gone."), session="ses_mixed", tokens=used(10, 2), cost=0.75)
        home.row("msg_5v", "user", text="Go", session="ses_mixed")
        found = {name: tell(home, name).facts for name in ("ses_old", "ses_both", "ses_mixed")}
        assert {name: [turn.id for turn in facts.turns] for name, facts in found.items()} == {
            "ses_old": ["msg_2"],
            "ses_both": ["msg_4v"],
            "ses_mixed": ["msg_6"],
        }
        assert found["ses_both"].patch.title == "Mend the shop"


def test_broken_rows_and_columns_that_are_missing(home: SecondHome) -> None:
    home.talk()
    home.run("ALTER TABLE session_v2 DROP COLUMN fork_session_id")
    home.row("msg_1", "user", text="Go")
    home.run("UPDATE session_message SET data = '{' WHERE id = 'msg_1'")
    home.said("msg_2", {"type": "tool", "state": "?"}, {"type": "strange"}, text("Still here."), tokens="?")
    home.row("msg_3", "of another time", text="?")
    (answer,) = read_out(home)
    assert answer.parts[-1] == Text(text="Still here.")
    assert tell(home).facts.patch.kind is Kind.CHAT
    assert tell(home).facts.turns[0].basis is not Basis.PRICED
