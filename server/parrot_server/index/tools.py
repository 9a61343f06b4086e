"""The tools whose work is read, by the names that ``--source`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.index.sources import claude_code, codex

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Tool

TOOLS: tuple[Tool, ...] = (claude_code.TOOL, codex.TOOL)
