"""Claude Code transcripts by hand: lines made by functions, files laid out as the tool does.

chat = ClaudeLines("11111111-2222-4333-8444-555555555555")
chat.prompt("Fix the login"); chat.answer("Done.")
home = ClaudeHome(tmp_path); home.write(chat)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-8888-4777-8666-555555555555"
START = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)
MODEL = "claude-sonnet-4-5"


def usage(
    output: int = 100, *, input: int = 10, cache_read: int = 0, write_5m: int = 0, write_1h: int = 0
) -> dict[str, Any]:
    return {
        "input_tokens": input,
        "cache_creation_input_tokens": write_5m + write_1h,
        "cache_read_input_tokens": cache_read,
        "output_tokens": output,
        "cache_creation": {"ephemeral_5m_input_tokens": write_5m, "ephemeral_1h_input_tokens": write_1h},
    }


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def call(call_id: str, name: str = "Bash", **inputs: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": inputs or {"command": "ls"}}


def as_bytes(records: list[Any]) -> bytes:
    """JSON Lines, as the tool writes them: compact, one newline each. Bytes stand for themselves."""
    return b"".join(
        record if isinstance(record, bytes) else json.dumps(record, separators=(",", ":")).encode() + b"\n"
        for record in records
    )


@dataclass
class ClaudeLines:
    """The lines of one session, a second apart. Every method adds one and returns it."""

    session_id: str = SESSION
    agent_id: str | None = None
    cwd: str = "/home/dev/shop"
    branch: str = "main"
    version: str = "2.0.42"
    at: datetime = START
    records: list[Any] = field(default_factory=list[Any])
    name: str = "u"
    """Begins the uuids, so that those of two sessions differ."""

    def line(self, kind: str, **more: Any) -> dict[str, Any]:
        record: dict[str, Any] = {
            "type": kind,
            "uuid": f"{self.name}-{self.session_id[:8]}-{len(self.records)}",
            "isSidechain": self.agent_id is not None,
            "cwd": self.cwd,
            "gitBranch": self.branch,
            "sessionId": self.session_id,
            "version": self.version,
            "timestamp": f"{self.at:%Y-%m-%dT%H:%M:%S}.{self.at.microsecond // 1000:03d}Z",
            **({"agentId": self.agent_id} if self.agent_id else {}),
            **more,
        }
        self.at += timedelta(seconds=1)
        self.records.append(record)
        return record

    def bare(self, **record: Any) -> dict[str, Any]:
        """A line without the common fields."""
        self.records.append(record)
        return record

    def raw(self, line: bytes) -> None:
        self.records.append(line)

    def user(self, content: Any, **more: Any) -> dict[str, Any]:
        return self.line("user", message={"role": "user", "content": content}, **more)

    def prompt(self, words: str, **more: Any) -> dict[str, Any]:
        return self.user(words, **more)

    def assistant(
        self,
        *blocks: dict[str, Any],
        id: str,
        used: dict[str, Any] | None = None,
        request: str | None = None,
        stop: str | None = None,
        model: str | None = MODEL,
        **more: Any,
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": id,
            "role": "assistant",
            "model": model,
            "content": list(blocks),
            "stop_reason": stop,
        }
        if used is not None:
            message["usage"] = used
        if request is not None:
            more["requestId"] = request
        return self.line("assistant", message=message, **more)

    def answer(self, words: str, *, id: str | None = None, output: int = 100, **more: Any) -> dict[str, Any]:
        """A whole answer that ends its turn."""
        name = id or f"msg-{self.name}-{self.session_id[:8]}-{len(self.records)}"
        return self.assistant(
            text(words), id=name, used=more.pop("used", usage(output)), stop=more.pop("stop", "end_turn"), **more
        )

    def result(self, call_id: str, content: Any = "ok", *, failed: bool = False, outcome: Any = None) -> dict[str, Any]:
        block = {"type": "tool_result", "tool_use_id": call_id, "content": content, "is_error": failed}
        more = {} if outcome is None else {"toolUseResult": outcome}
        return self.user([block], **more)

    def bytes(self) -> bytes:
        return as_bytes(self.records)


@dataclass
class ClaudeHome:
    """A folder that CLAUDE_CONFIG_DIR would name."""

    root: Path
    project: str = "-home-dev-shop"

    @property
    def folder(self) -> Path:
        return self.root / "projects" / self.project

    def path(self, session_id: str = SESSION) -> Path:
        return self.folder / f"{session_id}.jsonl"

    def agent_path(self, agent_id: str, session_id: str = SESSION, *, beside: bool = False, run: str = "") -> Path:
        name = f"agent-{agent_id}.jsonl"
        if beside:
            return self.folder / name
        below = self.folder / session_id / "subagents"
        return below / "workflows" / run / name if run else below / name

    def write(self, lines: ClaudeLines, path: Path | None = None) -> Path:
        target = path or self.path(lines.session_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lines.bytes())
        return target

    def register(self, pid: int, **entry: Any) -> Path:
        """An entry of the registry of living processes."""
        path = self.root / "sessions" / f"{pid}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"pid": pid, "sessionId": SESSION, "version": "2.1.197", **entry}), "utf-8")
        return path
