"""Turns as an agent's own session file has them, for streams that name no ids.

Read by the same reader that indexes the file, so that the ids are the same: a workspace that hears of these turns from
both counts them once.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_server.index.sources.base import Source, Unit
    from parrot_wire.records import TurnRecord

log = logging.getLogger(__name__)

_NAMELESS = frozenset({"codex", "gemini"})
"""Sources whose agents' streams name no ids."""


def recorded_turns(source: str, session_id: str, environment: Mapping[str, str]) -> Sequence[TurnRecord]:
    """The turns of one session, by the ids of its file; empty where there is no such file, or it cannot be read."""
    if source not in _NAMELESS or len(session_id) < 8:
        return ()
    from parrot_server.index.tools import TOOLS  # readers and database: not needed by runs without such agents

    tool = next((tool for tool in TOOLS if tool.name == source), None)
    if tool is None:
        return ()
    files = tool.open(tool.default_root(environment, Path.home()))
    turns: list[TurnRecord] = []
    try:
        for unit in _units_of(files, session_id):
            for told in files.reader(unit.path, None).read(unit, lambda: True).told:
                if told.facts.native_id == session_id:
                    turns += told.facts.turns
    except (OSError, ValueError) as error:
        log.info("the session file of %s cannot be read: %s", source, error)
        return ()
    return turns


def _units_of(files: Source, session_id: str) -> list[Unit]:
    """Session files carry their id, or its beginning, in their name."""
    return [unit for unit in files.units(lambda problem: None) if session_id[:8] in Path(unit.path).name]
