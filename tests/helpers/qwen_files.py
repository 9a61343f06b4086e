"""Qwen Code chats by hand: lines made by functions, files laid out as the tool does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.helpers.claude_files import as_bytes

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "019f0000-0000-7000-8000-000000000001"
OTHER = "019f0000-0000-7000-8000-000000000002"
START = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)
MODEL = "qwen3-coder-plus"


def usage(prompt: int, output: int, *, cached: int = 0, thoughts: int = 0, total: int | None = None) -> dict[str, int]:
    return {
        "promptTokenCount": prompt,
        "candidatesTokenCount": output,
        "cachedContentTokenCount": cached,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": prompt + output if total is None else total,
    }


def call(call_id: str, **args: Any) -> dict[str, Any]:
    return {"functionCall": {"id": call_id, "name": "run_shell_command", "args": args or {"command": "ls"}}}


@dataclass
class QwenLines:
    """The lines of one chat, a second apart. Every method adds one and returns it."""

    session_id: str = SESSION
    at: datetime = START
    records: list[Any] = field(default_factory=list[Any])

    def line(self, kind: str, parts: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        record: dict[str, Any] = {
            "uuid": f"00000000-0000-4000-8000-{len(self.records):012}",
            "sessionId": self.session_id,
            "timestamp": f"{self.at:%Y-%m-%dT%H:%M:%S}.000Z",
            "type": kind,
            "cwd": "/home/dev/shop",
            "version": "0.15.10",
            "gitBranch": "main",
        }
        if parts is not None:
            record["message"] = {"role": "model" if kind == "assistant" else "user", "parts": parts}
        self.at += timedelta(seconds=1)
        self.records.append({**record, **more})
        return self.records[-1]

    def prompt(self, words: str, **more: Any) -> dict[str, Any]:
        return self.line("user", [{"text": words}], **more)

    def answer(self, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.line("assistant", list(parts), **{"model": MODEL, **more})

    def result(self, call_id: str, output: str, status: str = "success") -> dict[str, Any]:
        response = {"id": call_id, "name": "run_shell_command", "response": {"output": output}}
        return self.line(
            "tool_result", [{"functionResponse": response}], toolCallResult={"callId": call_id, "status": status}
        )

    def system(self, subtype: str, **payload: Any) -> dict[str, Any]:
        return self.line("system", subtype=subtype, systemPayload=payload)

    def telemetry(self, event: str, **more: Any) -> dict[str, Any]:
        return self.system("ui_telemetry", uiEvent={"event.name": f"qwen-code.{event}", **more})

    def bytes(self) -> bytes:
        return as_bytes(self.records)


@dataclass
class QwenHome:
    """A ``.qwen`` folder."""

    root: Path

    def path(self, name: str = SESSION) -> Path:
        return self.root / "projects" / "-home-dev-shop" / "chats" / f"{name}.jsonl"

    def write(self, lines: QwenLines, path: Path | None = None) -> Path:
        target = path or self.path(lines.session_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lines.bytes())
        return target
