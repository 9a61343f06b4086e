"""Copilot CLI sessions by hand: events made by functions, files laid out as the tool does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.helpers.claude_files import as_bytes

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "aaaabbbb-1111-4222-8333-ccccddddeeee"
START = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)
MODEL = "gpt-5.2"


def usage(input: int, output: int, *, read: int = 0, write: int = 0) -> dict[str, int]:
    return {"inputTokens": input, "outputTokens": output, "cacheReadTokens": read, "cacheWriteTokens": write}


@dataclass
class CopilotEvents:
    """The events of one session, a second apart. Every method adds one."""

    session_id: str = SESSION
    version: str = "1.0.102"
    at: datetime = START
    records: list[Any] = field(default_factory=list[Any])

    def event(self, kind: str, **data: Any) -> None:
        stamp = f"{self.at:%Y-%m-%dT%H:%M:%S}.000Z"
        self.at += timedelta(seconds=1)
        self.records.append({"type": kind, "data": data, "id": f"e{len(self.records)}", "timestamp": stamp})

    def start(self, **more: Any) -> None:
        context = {"cwd": "/home/dev/shop", "branch": "main", "repository": "acme/shop"}
        about = {"sessionId": self.session_id, "copilotVersion": self.version, "selectedModel": MODEL}
        self.event("session.start", **{**about, "context": context, **more})

    def prompt(self, words: str, **more: Any) -> None:
        self.event("user.message", content=words, transformedContent=f"<now>{words}", **more)

    def answer(self, message_id: str, words: str = "", *calls: dict[str, Any], **more: Any) -> None:
        self.event("assistant.message", messageId=message_id, content=words, toolRequests=list(calls), **more)

    def result(self, call_id: str, output: str, **more: Any) -> None:
        data = {"toolCallId": call_id, "success": True, "result": {"content": output}, **more}
        self.event("tool.execution_complete", **data)

    def account(self, call_id: str, used: dict[str, int], **more: Any) -> None:
        accounting = {"usageId": call_id}
        self.event(
            "session.usage_record",
            usage={"model": MODEL, **used, "apiCallId": call_id, "accounting": accounting, **more},
        )

    def shut_down(self, **more: Any) -> None:
        self.event("session.shutdown", **{"shutdownType": "routine", "modelMetrics": {}, **more})

    def bytes(self) -> bytes:
        return as_bytes(self.records)


def call(call_id: str, **arguments: Any) -> dict[str, Any]:
    return {"toolCallId": call_id, "name": "bash", "arguments": arguments or {"command": "ls"}}


def metrics(**models: dict[str, int]) -> dict[str, Any]:
    """``modelMetrics`` of a shutdown; in a model's name an underscore stands for a dash."""
    return {
        name.replace("_", "-"): {"requests": {"count": 1, "cost": 0}, "usage": used} for name, used in models.items()
    }


@dataclass
class CopilotHome:
    """A ``.copilot`` folder."""

    root: Path

    def path(self, session_id: str = SESSION) -> Path:
        return self.root / "session-state" / session_id / "events.jsonl"

    def write(self, events: CopilotEvents, path: Path | None = None) -> Path:
        target = path or self.path(events.session_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(events.bytes())
        return target

    def workspace(self, **about: str) -> None:
        text = "".join(f"{name}: {value}\n" for name, value in about.items())
        self.path().with_name("workspace.yaml").write_text(text)

    def lock(self, pid: int) -> Path:
        path = self.path().with_name(f"inuse.{pid}.lock")
        path.write_text(f"{pid}\n")
        return path
