"""The agents that a step can be given to: how each is started headless, and how its JSON stream reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.flows.agents import claude_code, codex, gemini, opencode
from parrot_server.flows.definition import AgentName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_server.flows.agents.base import Agent

AGENTS: Mapping[AgentName, Agent] = {
    AgentName.CLAUDE_CODE: claude_code.AGENT,
    AgentName.CODEX: codex.AGENT,
    AgentName.GEMINI: gemini.AGENT,
    AgentName.OPENCODE: opencode.AGENT,
}
