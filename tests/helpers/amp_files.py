"""Amp threads by hand: messages made by functions, documents written as the tool does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

THREAD = "T-019ca0d3-8a02-70d8-8bc2-60bae9e2ad74"
START_MS = 1_795_393_200_000
MODEL = "claude-opus-4-5"


def used(input: int, output: int, *, read: int = 0, write: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "model": MODEL,
        "inputTokens": input,
        "outputTokens": output,
        "cacheReadInputTokens": read,
        "cacheCreationInputTokens": write,
        "totalInputTokens": input + read + write,
        **more,
    }


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def call(call_id: str, name: str = "Bash", **inputs: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": inputs or {"cmd": "ls"}}


def result(call_id: str, **run: Any) -> dict[str, Any]:
    return {"type": "tool_result", "toolUseID": call_id, "run": run}


@dataclass
class AmpThread:
    """One thread's document. Every method adds a message."""

    thread_id: str = THREAD
    title: str | None = "Mend the shop"
    at_ms: int = START_MS
    messages: list[Any] = field(default_factory=list[Any])

    def prompt(self, *blocks: dict[str, Any]) -> None:
        self.at_ms += 1000
        self.messages.append({"role": "user", "content": list(blocks), "meta": {"sentAt": self.at_ms}})

    def answer(self, *blocks: dict[str, Any], usage: Any = None, stop: str = "end_turn", **state: Any) -> None:
        message = {"role": "assistant", "content": list(blocks), "usage": usage}
        self.messages.append({**message, "state": state or {"type": "complete", "stopReason": stop}})

    def results(self, *blocks: dict[str, Any]) -> None:
        self.messages.append({"role": "user", "content": list(blocks)})

    def document(self, **more: Any) -> bytes:
        tree = {
            "displayName": "shop",
            "uri": "file:///home/dev/my%20shop",
            "repository": {"url": "git@github.com:acme/shop.git", "ref": "refs/heads/main"},
        }
        platform = {"installationID": "a-secret-installation", "deviceFingerprint": "a-secret-machine"}
        env = {"initial": {"trees": [tree], "platform": platform}}
        about = {"v": len(self.messages), "id": self.thread_id, "created": START_MS, "title": self.title, "env": env}
        return json.dumps({**about, "messages": self.messages, **more}).encode()


@dataclass
class AmpHome:
    """Amp's data folder."""

    root: Path

    def path(self, thread_id: str = THREAD) -> Path:
        return self.root / "threads" / f"{thread_id}.json"

    def write(self, thread: AmpThread, **more: Any) -> Path:
        target = self.path(thread.thread_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(thread.document(**more))
        return target
