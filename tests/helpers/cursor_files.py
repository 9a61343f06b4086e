"""Cursor agent transcripts by hand: lines made by functions, files laid out as the tool does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.helpers.claude_files import as_bytes

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "0c9d0000-0000-4000-8000-000000000001"


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def call(name: str = "Shell", **inputs: Any) -> dict[str, Any]:
    return {"type": "tool_use", "name": name, "input": inputs or {"command": "ls"}}


@dataclass
class CursorLines:
    """The lines of one transcript. Every method adds one."""

    records: list[Any] = field(default_factory=list[Any])

    def say(self, role: str, *blocks: dict[str, Any]) -> None:
        self.records.append({"role": role, "message": {"content": list(blocks)}})

    def prompt(self, words: str) -> None:
        self.say("user", text(f"<user_query>\n{words}\n</user_query>"))

    def answer(self, words: str, *calls: dict[str, Any]) -> None:
        self.say("assistant", text(words), *calls)

    def ended(self, status: str, **more: Any) -> None:
        self.records.append({"type": "turn_ended", "status": status, **more})

    def bytes(self) -> bytes:
        return as_bytes(self.records)


@dataclass
class CursorHome:
    """A ``.cursor`` folder."""

    root: Path

    def path(self, *inner: str, project: str = "home-dev-my-shop") -> Path:
        steps = inner or (SESSION, f"{SESSION}.jsonl")
        return self.root.joinpath("projects", project, "agent-transcripts", *steps)

    def write(self, lines: CursorLines | str, path: Path | None = None) -> Path:
        target = path or self.path()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lines.encode() if isinstance(lines, str) else lines.bytes())
        return target
