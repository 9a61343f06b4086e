"""Where a Claude Code session stands: by its records, and by the registry of living processes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from parrot_server.index import processes
from parrot_server.index.sources.base import UNKNOWN, Asked, Evidence, TurnState
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.standing import FRESH_MS, decide
from parrot_wire.times import to_ms
from parrot_wire.values import Status
from tests.helpers.claude_files import SESSION, ClaudeHome, ClaudeLines, call, text
from tests.helpers.index_reading import status, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_server.index.sources.base import Told


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path)


def tell(home: ClaudeHome, lines: ClaudeLines) -> Told:
    return told(ClaudeCode(home.root), home.write(lines))


def _prompt(lines: ClaudeLines) -> None:
    lines.prompt("go")


def _call(lines: ClaudeLines) -> None:
    lines.prompt("go")
    lines.assistant(call("t1"), id="m1")


def _text_before_call(lines: ClaudeLines) -> None:
    lines.prompt("go")
    lines.assistant(text("I will"), id="m1", stop="tool_use")


def _result(lines: ClaudeLines) -> None:
    _call(lines)
    lines.result("t1")


def _answer(lines: ClaudeLines) -> None:
    lines.prompt("go")
    lines.answer("done")


def _old_answer(lines: ClaudeLines) -> None:
    lines.prompt("go")
    lines.answer("done", stop=None)


def _interrupted(lines: ClaudeLines) -> None:
    _call(lines)
    lines.user([text("[Request interrupted by user for tool use]")])


def _failed(lines: ClaudeLines) -> None:
    lines.prompt("go")
    lines.answer("API Error: 500", model="<synthetic>", isApiErrorMessage=True)


def _left(lines: ClaudeLines) -> None:
    _answer(lines)
    lines.user("<local-command-caveat>Caveat…</local-command-caveat>", isMeta=True)
    lines.user("<command-name>/exit</command-name>\n<command-message>exit</command-message>")
    lines.user("<local-command-stdout>See ya!</local-command-stdout>")


def _left_and_back(lines: ClaudeLines) -> None:
    _left(lines)
    _answer(lines)


def _injected_after(lines: ClaudeLines) -> None:
    _answer(lines)
    lines.user("<bash-input>ls</bash-input>")
    lines.user("<bash-stdout>x</bash-stdout>")
    lines.user("<task-notification>x</task-notification>")
    lines.line("system", subtype="turn_duration", durationMs=3)


def _failed_then_asked(lines: ClaudeLines) -> None:
    _failed(lines)
    _answer(lines)


@pytest.mark.parametrize(
    ("write", "cold", "fresh"),
    [
        (_prompt, Status.INTERRUPTED, Status.RUNNING),
        (_call, Status.INTERRUPTED, Status.RUNNING),
        (_text_before_call, Status.INTERRUPTED, Status.RUNNING),
        (_result, Status.INTERRUPTED, Status.RUNNING),
        (_answer, Status.OPEN, Status.OPEN),
        (_old_answer, Status.OPEN, Status.OPEN),
        (_interrupted, Status.INTERRUPTED, Status.INTERRUPTED),
        (_failed, Status.FAILED, Status.FAILED),
        (_left, Status.ENDED, Status.ENDED),
        (_left_and_back, Status.OPEN, Status.OPEN),
        (_injected_after, Status.OPEN, Status.OPEN),
        (_failed_then_asked, Status.OPEN, Status.OPEN),
    ],
)
def test_what_the_records_say(
    home: ClaudeHome, write: Callable[[ClaudeLines], None], cold: Status, fresh: Status
) -> None:
    lines = ClaudeLines()
    write(lines)
    one = tell(home, lines)
    assert one.standing is not None
    assert status(one) is cold
    assert status(one, now_ms=one.standing.at_ms + 1000) is fresh


def test_an_open_turn_decays_by_the_clock_and_by_growth(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    standing = tell(home, lines).standing
    assert standing is not None
    at = standing.at_ms
    decision = decide(standing, UNKNOWN, now_ms=at + FRESH_MS - 1, grew_at_ms=None)
    assert (decision.status, decision.again_at_ms) == (Status.RUNNING, at + FRESH_MS)
    assert decide(standing, UNKNOWN, now_ms=at + FRESH_MS, grew_at_ms=None).status is Status.INTERRUPTED
    grew = decide(standing, UNKNOWN, now_ms=at + FRESH_MS, grew_at_ms=at + 1000)
    assert (grew.status, grew.again_at_ms) == (Status.RUNNING, at + 1000 + FRESH_MS)
    assert decide(standing, UNKNOWN, now_ms=at - 3 * FRESH_MS, grew_at_ms=None).status is Status.INTERRUPTED


def evidence(home: ClaudeHome, one: Told) -> Evidence:
    assert one.standing is not None
    asked = Asked(native_id=one.facts.native_id, path=str(home.path()), standing=one.standing)
    return ClaudeCode(home.root).evidence([asked]).get(one.facts.native_id, UNKNOWN)


@pytest.mark.skipif(not processes.has_proc(), reason="the start of a process is told by /proc")
def test_a_registered_process_lives_only_where_its_start_is_the_same(home: ClaudeHome) -> None:
    lines = ClaudeLines(version="2.1.197")
    lines.prompt("go")
    one = tell(home, lines)
    pid = os.getpid()
    entry = home.register(pid, procStart=processes.start_of(pid))
    assert evidence(home, one) == Evidence(alive=True, pid=pid)
    home.register(pid, procStart="1")
    assert evidence(home, one) == Evidence(alive=False)
    entry.unlink()
    assert evidence(home, one) == Evidence(alive=False), "the registry is kept, and this session is not in it"
    home.register(2**22 - 3, procStart="1")
    assert evidence(home, one) == Evidence(alive=False), "left behind by a kill"


def test_versions_without_a_registry_tell_nothing(home: ClaudeHome) -> None:
    lines = ClaudeLines(version="2.1.138")
    lines.prompt("go")
    one = tell(home, lines)
    assert evidence(home, one) == UNKNOWN
    (home.root / "sessions").mkdir()
    assert evidence(home, one) == UNKNOWN
    lines = ClaudeLines(version="2.1.139")
    lines.prompt("go")
    assert evidence(home, tell(home, lines)) == Evidence(alive=False)


@pytest.mark.skipif(not processes.has_proc(), reason="the start of a process is told by /proc")
def test_a_process_that_waits_for_a_prompt_is_not_in_the_turn(home: ClaudeHome) -> None:
    lines = ClaudeLines(version="2.1.197")
    lines.prompt("go")
    one = tell(home, lines)
    assert one.standing is not None
    pid, at = os.getpid(), one.standing.at_ms
    start = processes.start_of(pid)
    home.register(pid, procStart=start, status="idle", statusUpdatedAt=at + 5)
    assert evidence(home, one).alive is False
    home.register(pid, procStart=start, status="idle", statusUpdatedAt=at - 5)
    assert evidence(home, one).alive is True, "the entry is older than the prompt"
    home.register(pid, procStart=start, status="waiting", statusUpdatedAt=at + 5)
    assert evidence(home, one).detail == "waits for an answer"


def test_damaged_registry_entries_are_passed_over(home: ClaudeHome) -> None:
    lines = ClaudeLines(version="2.1.197")
    lines.prompt("go")
    one = tell(home, lines)
    (home.root / "sessions").mkdir()
    (home.root / "sessions" / "1.json").write_text('{"pid": "x", "sessionId": 3}', "utf-8")
    (home.root / "sessions" / "half.json").write_text('{"pid": 12, "sess', "utf-8")
    assert evidence(home, one) == Evidence(alive=False)


def test_subagents_live_and_die_with_their_session(home: ClaudeHome) -> None:
    lines = ClaudeLines(agent_id="a1", version="2.1.197")
    lines.prompt("Look at x")
    path = home.write(lines, home.agent_path("a1"))
    one = told(ClaudeCode(home.root), path)
    assert one.standing is not None
    assert one.standing.live_key == SESSION
    lines.answer("Found.", stop=None)
    assert status(told(ClaudeCode(home.root), home.write(lines, path))) is Status.COMPLETED


def test_a_start_of_no_process_is_none() -> None:
    assert processes.start_of(2**22 - 3) is None
    assert not processes.is_alive(2**22 - 3)
    assert processes.is_alive(os.getpid())


def test_times_are_those_of_the_records(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    one = tell(home, lines)
    assert one.standing is not None
    assert one.standing.turn is TurnState.OPEN
    assert one.standing.at_ms == to_ms("2026-03-01T10:00:00.000Z")
