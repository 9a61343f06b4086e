"""The readers against files that the real tools wrote, beside this repository where they are at hand.

The truth is computed here, by plain code that shares nothing with the readers.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.sources.codex import Codex
from parrot_wire.values import Kind, Status
from tests.helpers.claude_files import ClaudeHome
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_server.index.sources.base import Source, Told
    from parrot_wire.records import TurnRecord

FILES = Path(__file__).parents[3].parent / "shared" / "transcripts"
pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="no real transcripts in ../shared/transcripts")

CLASSES = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write": "cache_creation_input_tokens",
}
INJECTED = (
    "<local-command-",
    "<system-reminder>",
    "<task-notification>",
    "<bash-",
    "<command-name>",
    "[Request",
    "Cave",
)


def records(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        found.append(record)
    return found


def all_told(source: Source) -> Iterator[tuple[Told, Path]]:
    for unit in source.units(lambda _problem: None):
        for one in read(source, Path(unit.path)).told:
            if one.standing is not None:
                yield one, Path(unit.path)


def claude_truth(path: Path) -> dict[str, dict[str, int]]:
    """Tokens by message id: the copy with the largest output, of equals the last."""
    best: dict[str, dict[str, int]] = {}
    for record in records(path):
        if record.get("type") != "assistant":
            continue
        message = record["message"]
        given: dict[str, int] = message.get("usage") or {}
        tokens = {name: given.get(key) or 0 for name, key in CLASSES.items()}
        if message["id"] not in best or tokens["output"] >= best[message["id"]]["output"]:
            best[message["id"]] = tokens
    return best


def prompts(path: Path) -> int:
    count = 0
    for record in records(path):
        if record.get("type") != "user" or record.get("isMeta") or record.get("isCompactSummary"):
            continue
        if record.get("isSidechain"):
            continue
        content = record["message"]["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if any(block["type"] == "tool_result" for block in blocks):
            continue
        words = [block.get("text", "") for block in blocks if not block.get("text", "").startswith("<ide_")]
        count += bool(words) and not words[0].startswith(INJECTED)
    return count


def tokens_of(turn: TurnRecord) -> dict[str, int]:
    return {name: getattr(turn.tokens, name) for name in CLASSES}


def test_every_turn_and_token_of_every_claude_file() -> None:
    source = ClaudeCode(FILES / "claude")
    seen = 0
    for one, path in all_told(source):
        if one.facts.patch.kind is Kind.FLOW:
            continue
        truth = claude_truth(path)
        assert {turn.id: tokens_of(turn) for turn in one.facts.turns} == truth, path
        seen += len(truth)
    assert seen > 600


def test_the_sessions_of_the_claude_files_are_those_that_hold_a_conversation() -> None:
    root = FILES / "claude"
    chats = {path.stem for one, path in all_told(ClaudeCode(root)) if one.facts.patch.kind is Kind.CHAT}
    expected = {
        path.stem
        for path in root.glob("projects/*/*.jsonl")
        if not path.name.startswith("agent-")
        and any(record.get("type") in ("user", "assistant") for record in records(path))
    }
    assert chats == expected
    assert len(chats) == 27


def test_messages_and_calls_of_the_claude_files() -> None:
    for one, path in all_told(ClaudeCode(FILES / "claude")):
        patch = one.facts.patch
        if patch.kind is not Kind.CHAT:
            continue
        main = [record for record in records(path) if record.get("type") == "assistant"]
        answers = {record["message"]["id"] for record in main if not record.get("isSidechain")}
        assert patch.message_count == prompts(path) + len(answers), path
        calls = {
            block["id"] for record in main for block in record["message"]["content"] if block["type"] == "tool_use"
        }
        assert patch.tool_call_count == len(calls), path
        times = sorted(record["timestamp"] for record in records(path) if record.get("timestamp"))
        assert (patch.started_at, patch.last_activity_at) == (times[0], times[-1]), path


@pytest.mark.parametrize("tool", [ClaudeCode(FILES / "claude"), Codex(FILES / "codex")], ids=["claude", "codex"])
def test_every_transcript_reads_whole(tool: Source) -> None:
    for one, path in all_told(tool):
        found = messages(tool, one, path)
        assert [message.n for message in found] == list(range(1, len(found) + 1))
        assert sum(len(message.parts) for message in found) == one.facts.patch.event_count, path
        transcript = tool.transcript(one.facts.native_id, str(path))
        assert transcript is not None
        total = transcript.refresh()
        assert [transcript.page(n, n)[0] for n in range(1, total + 1)] == found, path
        assert all(transcript.raw(n) for n in range(1, total + 1))


def test_a_genuine_session_at_three_moments(tmp_path: Path) -> None:
    moments = sorted((FILES / "claude-growth").glob("*/*.jsonl"))
    assert len(moments) == 3
    home = ClaudeHome(tmp_path)
    path = home.path(moments[0].parent.name)
    path.parent.mkdir(parents=True)
    source = ClaudeCode(home.root)
    reader = source.reader(str(path), None)
    turns: dict[str, dict[str, int]] = {}
    size = 0
    for moment in moments:
        path.write_bytes(moment.read_bytes())
        unit = source.stat(str(path))
        assert unit is not None
        reading = reader.read(unit, lambda: True)
        assert reading.whole == (size == 0)
        assert reading.bytes_read == unit.size - size, "only what is new was read"
        size = unit.size
        (one,) = reading.told
        turns.update({turn.id: tokens_of(turn) for turn in one.facts.turns})
        at_once = told(source, moment_at(tmp_path / moment.stem, path, moment))
        assert at_once.facts.patch.message_count == one.facts.patch.message_count
        assert turns == claude_truth(moment)


def moment_at(folder: Path, path: Path, moment: Path) -> Path:
    """The same moment as a file of its own."""
    target = path.with_name(f"{folder.name}-{path.name}")
    target.write_bytes(moment.read_bytes())
    return target


def test_every_codex_file_adds_up_to_its_own_total() -> None:
    source = Codex(FILES / "codex")
    adding = 0
    for one, path in all_told(source):
        counted: list[Any] = [
            record["payload"].get("info")
            for record in records(path)
            if record.get("type") == "event_msg" and record["payload"].get("type") == "token_count"
        ]
        totals = [info["total_token_usage"] for info in counted if info and "total_token_usage" in info]
        totals = [total for total in totals if total["total_tokens"]]
        if totals:
            adding += 1
            assert sum(turn.tokens.total for turn in one.facts.turns) == totals[-1]["total_tokens"], path
    assert adding >= 2


def test_codex_sessions_stand_where_their_last_record_says() -> None:
    statuses = {one.facts.native_id[:13]: status(one) for one, _ in all_told(Codex(FILES / "codex"))}
    assert statuses["01a205c6-641e"] is Status.OPEN
    assert statuses["01a205c6-8022"] is Status.FAILED
    assert statuses["01a205c6-8bd0"] is Status.INTERRUPTED
    assert statuses["01a205c6-c03c"] is Status.INTERRUPTED, "killed: its lock file is free"


def test_the_sum_over_the_list_is_every_response_once(tmp_path: Path) -> None:
    responses: dict[str, int] = defaultdict(int)
    for path in (FILES / "claude").rglob("*.jsonl"):
        for message_id, tokens in claude_truth(path).items():
            responses[message_id] = max(responses[message_id], tokens["output"])
    with running(tmp_path, ClaudeCode(FILES / "claude")) as index:
        rows = index.rows()
        assert sum(row.cost.turns for row in rows if row.cost is not None) == len(responses)
        details = [index.detail(row.native_id) for row in [*rows, *index.rows(Kind.TASK)]]
        assert sum(detail.detail.tokens.output for detail in details) == sum(responses.values())
