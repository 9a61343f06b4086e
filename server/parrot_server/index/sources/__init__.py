"""The tools whose work is read. A new one is a module here that makes a `base.Tool`, named in ``TOOLS``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.index.sources import claude_code, codex

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Tool

TOOLS: tuple[Tool, ...] = (claude_code.TOOL, codex.TOOL)
