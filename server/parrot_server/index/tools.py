"""The tools whose work is read, by the names that ``--source`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.index.sources import claude_code, codex, roots
from parrot_server.index.sources.base import Tool
from parrot_server.index.sources.late import LateSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from parrot_server.index.sources.base import Source

# Imported where they are opened: most people have one or two of these tools.


def _gemini(root: Path) -> Source:
    from parrot_server.index.sources.gemini import Gemini

    return Gemini(root)


def _qwen(root: Path) -> Source:
    from parrot_server.index.sources.qwen import Qwen

    return Qwen(root)


def _copilot(root: Path) -> Source:
    from parrot_server.index.sources.copilot import Copilot

    return Copilot(root)


def _opencode(root: Path) -> Source:
    from parrot_server.index.sources.opencode import Opencode

    return Opencode(root)


def _cursor(root: Path) -> Source:
    from parrot_server.index.sources.cursor import Cursor

    return Cursor(root)


def _amp(root: Path) -> Source:
    from parrot_server.index.sources.amp import Amp

    return Amp(root)


def _goose(root: Path) -> Source:
    from parrot_server.index.sources.goose import Goose

    return Goose(root)


def _aider(root: Path) -> Source:
    from parrot_server.index.sources.aider import Aider

    return Aider(root)


def _late(name: str, default_root: Callable[[Mapping[str, str], Path], Path], load: Callable[[Path], Source]) -> Tool:
    return Tool(name=name, default_root=default_root, open=lambda root: LateSource(name, root, load))


TOOLS: tuple[Tool, ...] = (
    claude_code.TOOL,
    codex.TOOL,
    _late("gemini", roots.gemini, _gemini),
    _late("qwen", roots.qwen, _qwen),
    _late("copilot", roots.copilot, _copilot),
    _late("opencode", roots.opencode, _opencode),
    _late("cursor", roots.cursor, _cursor),
    _late("amp", roots.amp, _amp),
    _late("goose", roots.goose, _goose),
)
"""Read from their own places where no source is named."""

ON_REQUEST: tuple[Tool, ...] = (_late("aider", roots.aider, _aider),)
"""Read only where ``--source`` names a folder."""
