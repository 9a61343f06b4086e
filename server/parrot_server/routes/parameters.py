"""The query parameters that several calls share, for checking and for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.calls import Parameter
from parrot_wire.query import DEFAULT_LIMIT, MAX_EVERY_MS, MAX_LIMIT
from parrot_wire.values import Kind, Status, StatusGroup

if TYPE_CHECKING:
    from enum import StrEnum


def _words(words: type[StrEnum]) -> dict[str, object]:
    return {"type": "string", "enum": [str(word) for word in words]}


_TIME = {"type": "string", "format": "date-time"}

FILTER = (
    Parameter(name="kind", description="Flows and chats where none is given.", schema=_words(Kind), repeats=True),
    Parameter(name="owner", description="A member's id.", repeats=True),
    Parameter(name="status", description="A status.", schema=_words(Status), repeats=True),
    Parameter(name="status_group", description="A group of statuses.", schema=_words(StatusGroup), repeats=True),
    Parameter(name="project", description="A project's id.", repeats=True),
    Parameter(name="initiative", description="An initiative's id.", repeats=True),
    Parameter(name="plan", description="A plan's id.", repeats=True),
    Parameter(name="among_owner", description="A member's id: theirs, and what `among_session` names.", repeats=True),
    Parameter(name="among_session", description="A session's id: it, and what is `among_owner`'s.", repeats=True),
    Parameter(name="active_after", description="Last active then or later.", schema=_TIME),
    Parameter(name="active_before", description="Last active before then.", schema=_TIME),
)
TITLE = Parameter(name="q", description="Words of the title: every word, any order, each the beginning of one.")
CURSOR = Parameter(name="cursor", description="`next_cursor` of the page before, with the same filter.")


def limit(*, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> Parameter:
    return Parameter(
        name="limit",
        description="How many at most.",
        schema={"type": "integer", "minimum": 1, "maximum": most, "default": default},
    )


FEED = Parameter(
    name="feed",
    description="The `feed` that the id in Last-Event-ID belongs to, where it is known: another one gets `reset`.",
)
EVERY = Parameter(
    name="every",
    description="Milliseconds: changes come at most so often, of each session what it is by then; 0: at once.",
    schema={"type": "integer", "minimum": 0, "maximum": MAX_EVERY_MS, "default": 0},
)
STREAM = (*FILTER, TITLE, FEED, EVERY)
LIST = (*FILTER, TITLE, limit(), CURSOR)
