"""What people call the tools whose work is read; a source's own name is a word for files and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "aider": "Aider",
    "amp": "Amp",
    "claude-code": "Claude Code",
    "codex": "Codex",
    "copilot": "Copilot CLI",
    "cursor": "Cursor",
    "gemini": "Gemini CLI",
    "goose": "Goose",
    "opencode": "opencode",
    "qwen": "Qwen Code",
}


def tool_name(source: str) -> str:
    """As the tool calls itself; whatever else reports its work is called as it calls its source."""
    return _NAMES.get(source, source)
