"""Gemini CLI recordings by hand: records made by functions, files laid out as the tool does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.helpers.claude_files import as_bytes

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "29eb990e-c773-4302-a4e7-317f0af0001f"
OTHER = "39eb990e-c773-4302-a4e7-317f0af0001f"
START = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)
MODEL = "gemini-2.5-pro"


def tokens(input: int, output: int, *, cached: int = 0, thoughts: int = 0, tool: int = 0) -> dict[str, int]:
    total = input + output + thoughts + tool
    return {
        "input": input,
        "output": output,
        "cached": cached,
        "thoughts": thoughts,
        "tool": tool,
        "total": total,
    }


def shell(call_id: str, output: str, *, status: str = "success") -> dict[str, Any]:
    """A recorded shell call with its result."""
    response = {"id": call_id, "name": "run_shell_command", "response": {"output": output}}
    return {
        "id": call_id,
        "name": "run_shell_command",
        "args": {"command": "ls"},
        "status": status,
        "result": [{"functionResponse": response}],
    }


def given_back(call_id: str, output: str) -> list[dict[str, Any]]:
    """The same result, as the model is told it."""
    return [{"functionResponse": {"id": call_id, "name": "run_shell_command", "response": {"output": output}}}]


@dataclass
class GeminiLog:
    """The records of one chat, a second apart. Every method adds one."""

    session_id: str = SESSION
    at: datetime = START
    records: list[Any] = field(default_factory=list[Any])

    def now(self) -> str:
        stamp = f"{self.at:%Y-%m-%dT%H:%M:%S}.000Z"
        self.at += timedelta(seconds=1)
        return stamp

    def header(self, **more: Any) -> None:
        now = self.now()
        header = {"sessionId": self.session_id, "projectHash": "ab" * 32, "startTime": now, "lastUpdated": now}
        self.records.append({**header, "kind": "main", **more})

    def say(self, message_id: str, kind: str, content: Any, **more: Any) -> dict[str, Any]:
        message = {"id": message_id, "timestamp": self.now(), "type": kind, "content": content, **more}
        self.records.append(message)
        return message

    def prompt(self, message_id: str, words: str) -> dict[str, Any]:
        return self.say(message_id, "user", [{"text": words}])

    def answer(self, message_id: str, words: str = "", **more: Any) -> dict[str, Any]:
        return self.say(message_id, "gemini", words, **{"model": MODEL, **more})

    def set(self, **changes: Any) -> None:
        self.records.append({"$set": changes})

    def rewind(self, message_id: str) -> None:
        self.records.append({"$rewindTo": message_id})

    def bytes(self) -> bytes:
        return as_bytes(self.records)

    def document(self) -> bytes:
        """As it was kept before: one document of a header and its messages, in several lines."""
        header, *messages = self.records
        return json.dumps({**header, "messages": messages}, indent=2).encode()


@dataclass
class GeminiHome:
    """A ``.gemini`` folder."""

    root: Path

    def path(self, name: str = "session-2026-03-01T10-00-29eb990e.jsonl", project: str = "shop") -> Path:
        return self.root / "tmp" / project / "chats" / name

    def write(self, log: GeminiLog, path: Path | None = None) -> Path:
        target = path or self.path()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(log.document() if target.suffix == ".json" else log.bytes())
        return target
