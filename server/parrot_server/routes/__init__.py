"""The calls of the API: each module declares its own, `CALLS` is all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.routes import (
    actions,
    ingest,
    people,
    records,
    sessions,
    sources,
    streams,
    transcripts,
    workspace,
)

if TYPE_CHECKING:
    from parrot_server.calls import Call

CALLS: tuple[Call, ...] = (
    *workspace.CALLS,
    *people.CALLS,
    *sessions.CALLS,
    *transcripts.CALLS,
    *records.CALLS,
    *sources.CALLS,
    *streams.CALLS,
    *actions.CALLS,
    *ingest.CALLS,
)
