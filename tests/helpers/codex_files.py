"""Codex rollouts by hand: lines made by functions, files laid out as the tool does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.helpers.claude_files import as_bytes

if TYPE_CHECKING:
    from pathlib import Path

THREAD = "019c0000-0000-7000-8000-000000000001"
OTHER_THREAD = "019c0000-0000-7000-8000-000000000002"
START = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)
MODEL = "gpt-5.2-codex"


def counts(input: int, output: int, *, cached: int = 0, written: int = 0) -> dict[str, int]:
    return {
        "input_tokens": input,
        "cached_input_tokens": cached,
        "cache_write_input_tokens": written,
        "output_tokens": output,
        "reasoning_output_tokens": 0,
        "total_tokens": input + output,
    }


@dataclass
class CodexLines:
    """The lines of one thread, a second apart. Every method adds one."""

    thread_id: str = THREAD
    cwd: str = "/home/dev/shop"
    at: datetime = START
    records: list[Any] = field(default_factory=list[Any])

    def line(self, kind: str, **payload: Any) -> None:
        record = {"timestamp": f"{self.at:%Y-%m-%dT%H:%M:%S}.000Z", "type": kind, "payload": payload}
        self.at += timedelta(seconds=1)
        self.records.append(record)

    def raw(self, line: bytes) -> None:
        self.records.append(line)

    def meta(self, **more: Any) -> None:
        payload = {"id": self.thread_id, "cwd": self.cwd, "cli_version": "0.169.0", "model_provider": "openai", **more}
        self.line("session_meta", **payload)

    def context(self, turn_id: str | None = None, *, model: str = MODEL, **more: Any) -> None:
        self.line("turn_context", turn_id=turn_id, cwd=self.cwd, model=model, **more)

    def event(self, kind: str, **more: Any) -> None:
        self.line("event_msg", type=kind, **more)

    def item(self, kind: str, **more: Any) -> None:
        self.line("response_item", type=kind, **more)

    def message(self, role: str, words: str, **more: Any) -> None:
        kind = "output_text" if role == "assistant" else "input_text"
        self.item("message", role=role, content=[{"type": kind, "text": words}], **more)

    def completed(self, kind: str, words: str = "", **more: Any) -> None:
        content = [{"type": "text", "text": words}] if words else []
        self.event("item_completed", item={"type": kind, "id": f"i{len(self.records)}", "content": content, **more})

    def tokens(self, total: dict[str, int] | None, last: dict[str, int] | None = None) -> None:
        info = None if total is None else {"total_token_usage": total, "last_token_usage": last or total}
        self.event("token_count", info=info, rate_limits={})

    def usage(self, response_id: str, used: dict[str, int]) -> None:
        self.line("token_usage_record", response_id=response_id, usage=used)

    def bytes(self) -> bytes:
        return as_bytes(self.records)


@dataclass
class CodexHome:
    """A folder that CODEX_HOME would name."""

    root: Path

    def path(self, thread_id: str = THREAD) -> Path:
        return self.root / "sessions/2026/03/01" / f"rollout-2026-03-01T10-00-00-{thread_id}.jsonl"

    def archived(self, thread_id: str = THREAD) -> Path:
        return self.root / "archived_sessions" / self.path(thread_id).name

    def write(self, lines: CodexLines, path: Path | None = None) -> Path:
        target = path or self.path(lines.thread_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lines.bytes())
        return target


def dump(record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"
