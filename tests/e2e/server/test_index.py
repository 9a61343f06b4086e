"""The index as people meet it: killed at any moment it loses and doubles nothing; what is there is shown and found."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from tests.helpers.claude_files import OTHER, SESSION, ClaudeHome, ClaudeLines, call, text
from tests.helpers.codex_files import CodexHome, CodexLines
from tests.helpers.server import serve, start_server, wait_until
from tests.unit.index.test_codex_figures import enveloped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.server import RunningServer


def facts(server: RunningServer) -> dict[str, Any]:
    """All that can be lost or doubled."""
    rows = server.rows() + server.rows(kind="task")
    return {
        "summary": server.get("/v1/sessions/summary"),
        **{row["native_id"]: {**row, "seq": 0} for row in rows},
        **{f"turns of {row['native_id']}": server.get(f"/v1/sessions/{row['id']}/turns") for row in rows},
    }


def write_many(home: ClaudeHome, count: int) -> None:
    rng = random.Random(7)
    for number in range(count):
        session_id = f"{number:08d}-2222-4333-8444-555555555555"
        lines = ClaudeLines(session_id=session_id, name=f"u{number}")
        for _ in range(rng.randrange(1, 40)):
            lines.prompt("more " * rng.randrange(1, 200))
            lines.answer("done", output=rng.randrange(900))
        home.write(lines)
        if number % 5 == 0:
            agent = ClaudeLines(session_id=session_id, agent_id=f"a{number}", name=f"a{number}")
            agent.prompt("Warmup" if number % 2 else "Look")
            agent.answer("Found.")
            home.write(agent, home.agent_path(f"a{number}", session_id, beside=bool(number % 2)))


def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    home = ClaudeHome(tmp_path / "claude")
    write_many(home, 80)
    sources = {"claude-code": home.root}
    with serve(tmp_path / "whole", sources=sources) as server:
        server.indexed()
        expected = facts(server)
    for kill_at_rows in (1, 30, 79):
        server = start_server(tmp_path / "killed", sources=sources)
        try:
            wait_until(lambda server=server, n=kill_at_rows: server.get("/v1/sessions/summary")["total"] >= n, "rows")
            server.kill()
        finally:
            server.close()
    with serve(tmp_path / "killed", sources=sources) as server:
        server.indexed()
        assert facts(server) == expected


def test_both_tools_are_shown_searched_and_read(tmp_path: Path) -> None:
    claude, codex = ClaudeHome(tmp_path / "claude"), CodexHome(tmp_path / "codex")
    lines = ClaudeLines()
    lines.prompt("Where is the quokka?")
    lines.assistant(text("I look."), call("t1", command="find quokka"), id="m1")
    lines.result("t1", "x" * 100_000, outcome={"stdout": "x", "stderr": ""})
    lines.raw(b"Killed\n")
    lines.answer("Gone.")
    path = claude.write(lines)
    rollout = CodexLines()
    enveloped(rollout)
    codex.write(rollout)
    with serve(tmp_path / "data", sources={"claude-code": claude.root, "codex": codex.root}) as server:
        server.indexed()
        by_source = {row["source"]: row for row in server.rows()}
        assert {source: row["title"] for source, row in by_source.items()} == {
            "claude-code": "Where is the quokka?",
            "codex": "Fix it",
        }
        reports = {report["name"]: report for report in server.get("/v1/sources")["items"]}
        assert reports["claude-code"]["problems"] == [{"file": str(path), "line": 4, "detail": "not JSON"}]
        assert (reports["codex"]["state"], reports["codex"]["sessions"]) == ("live", 1)
        session = f"/v1/sessions/{by_source['claude-code']['id']}"
        messages = server.get(f"{session}/messages", before="end", limit=2)
        assert (messages["total"], [message["n"] for message in messages["items"]]) == (4, [3, 4])
        (result,) = messages["items"][0]["parts"]
        assert (result["full_bytes"], result["exit_code"]) == (100_000, 0)
        whole = server.get(f"{session}/messages/3/parts/0")
        assert len(whole["text"]) == 100_000
        wait_until(lambda: bool(server.get("/v1/search", q="quokka")["items"]), "the search index")
        hits = server.get("/v1/search", q="quokka")["items"]
        assert sorted(hit["n"] for hit in hits) == [1, 2]
        assert "\x02quokka\x03" in hits[0]["snippet"]


def test_a_fork_is_counted_once_and_reads_whole(tmp_path: Path) -> None:
    home = ClaudeHome(tmp_path / "claude")
    original = ClaudeLines()
    original.prompt("go")
    original.answer("one", id="m1")
    fork = ClaudeLines(session_id=OTHER, name="f", at=original.at)
    fork.records = [{**record, "sessionId": OTHER} for record in original.records]
    fork.prompt("another way")
    fork.answer("two", id="m2")
    original.prompt("this way")
    for each in (original, fork):
        home.write(each)
    with serve(tmp_path / "data", sources={"claude-code": home.root}) as server:
        server.indexed()
        turns = {row["native_id"]: row["cost"]["estimated"] for row in server.rows()}
        assert turns == {SESSION: 1, OTHER: 1}
        (row,) = [row for row in server.rows() if row["native_id"] == OTHER]
        messages = server.get(f"/v1/sessions/{row['id']}/messages")["items"]
        assert [message.get("turn") for message in messages] == [None, None, None, 1]
        raw = server.http.get(f"/v1/sessions/{row['id']}/messages/2/raw")
        assert json.loads(raw.content)["message"]["id"] == "m1"
