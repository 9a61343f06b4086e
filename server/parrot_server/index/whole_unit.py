"""The state of a unit that is read whole each time: a document that is rewritten, a session in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.store.local import FileState

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Unit
    from parrot_wire.answers import SourceProblem


def state_of_whole(
    unit: Unit, *, state: bytes = b"", sessions: tuple[str, ...] = (), problems: tuple[SourceProblem, ...] = ()
) -> FileState:
    """Read to its end. ``state``: the reader's own; ``sessions``: native ids of those in it."""
    return FileState(
        path=unit.path,
        device=unit.device,
        inode=unit.inode,
        size=unit.size,
        mtime_ns=unit.mtime_ns,
        offset=unit.size,
        tail_hash=b"",
        state=state,
        sessions=sessions,
        problems=problems,
    )
