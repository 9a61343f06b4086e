"""Where an agent's stream names no ids, its own session file does: turns are reported by those."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parrot_server.flows.recorded import recorded_turns
from parrot_wire.session import Tokens

if TYPE_CHECKING:
    from pathlib import Path

THREAD = "019b2f0e-6f43-7d3c-9d6b-1f2f0c4c7a11"


def rollout(home: Path, thread: str, response: str) -> None:
    folder = home / "sessions" / "2026" / "01" / "01"
    folder.mkdir(parents=True, exist_ok=True)
    at = "2026-01-01T10:00:00.000Z"
    meta = {"id": thread, "cwd": "/w/app", "originator": "codex_exec", "cli_version": "0.169.0", "source": "exec"}
    usage = {"input_tokens": 5200, "cached_input_tokens": 4096, "output_tokens": 120}
    lines = [
        {"timestamp": at, "type": "session_meta", "payload": meta},
        {"timestamp": at, "type": "turn_context", "payload": {"turn_id": "t1", "model": "gpt-5.2-codex"}},
        {"timestamp": at, "type": "event_msg", "payload": {"type": "task_started", "turn_id": "t1"}},
        {
            "timestamp": at,
            "type": "token_usage_record",
            "payload": {"turn_id": "t1", "response_id": response, "usage": usage},
        },
    ]
    text = "".join(json.dumps({**line, "ordinal": n}) + "\n" for n, line in enumerate(lines))
    (folder / f"rollout-2026-01-01T10-00-00-{thread}.jsonl").write_text(text)


def test_codex_turns_are_found_by_their_response_ids(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, "resp_1")
    rollout(tmp_path, "019b2f0e-0000-7d3c-9d6b-1f2f0c4c7a22", "resp_2")
    (turn,) = recorded_turns("codex", THREAD, {"CODEX_HOME": str(tmp_path)})
    assert (turn.id, turn.model) == ("resp_1", "gpt-5.2-codex")
    assert turn.tokens == Tokens(input=1104, output=120, cache_read=4096, total=5320)


def test_without_such_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert recorded_turns("codex", THREAD, {"CODEX_HOME": str(tmp_path / "none")}) == []
    assert recorded_turns("claude-code", THREAD, {}) == ()  # its stream names its turns
    assert recorded_turns("codex", "", {"CODEX_HOME": str(tmp_path)}) == ()
