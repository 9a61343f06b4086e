"""What the index hands to the store."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parrot_server.store import files, ingest
from parrot_server.store.local import FileState, SessionFacts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_server.index.sources.base import Unit
    from parrot_server.store.ingest import Sender

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counters:
    """What was done, to hold the index to its word."""

    units_read: int = 0
    bytes_read: int = 0
    sweeps: int = 0


@dataclass(slots=True)
class Batch:
    """What goes to the store in one transaction."""

    facts: list[SessionFacts] = field(default_factory=list[SessionFacts])
    states: list[FileState] = field(default_factory=list[FileState])
    forgotten: list[str] = field(default_factory=list[str])
    unfinished: list[Unit] = field(default_factory=list["Unit"])
    """Units of which there is more to read, once this is written."""

    def __bool__(self) -> bool:
        return bool(self.facts or self.states or self.forgotten or self.unfinished)

    def take(self, other: Batch) -> None:
        self.facts += other.facts
        self.states += other.states
        self.forgotten += other.forgotten
        self.unfinished += other.unfinished


def write(conn: Connection, source: str, sender: Sender, batch: Batch) -> None:
    """Facts, and the states of the readers that told them."""
    applied = ingest.apply_local(conn, batch.facts, sender)
    for refused in applied.refused:
        log.warning("%s: %s: %s", source, batch.facts[refused.line - 1].native_id, refused.detail)
    files.forget(conn, source, batch.forgotten)
    files.save(conn, source, batch.states)
