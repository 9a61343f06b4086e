"""What an opencode session amounts to: its own record, and the sum of its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parrot_server.index import wording
from parrot_server.index.loose import JSON, obj, string, whole
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.opencode.content import NAME, Saying
from parrot_server.index.tally import Tally
from parrot_server.store.local import SessionFacts
from parrot_wire.session import ToolCall
from parrot_wire.values import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parrot_wire.records import TurnRecord

_UNNAMED = ("New session - ", "Child session - ")


class About(NamedTuple):
    """A session's own record. Times are ms since 1970."""

    id: str
    parent: str | None
    title: str
    cwd: str | None
    version: str
    created_ms: int
    updated_ms: int
    is_archived: bool
    forked_from: str | None = None


def about_of(record: JSON) -> About:
    """Of a row of the database, or a file from before it."""
    time = obj(record.get("time"))

    def at(column: str, name: str) -> int:
        return whole(record.get(column)) or whole(time.get(name)) or 0

    return About(
        string(record.get("id")),
        string(record.get("parent_id")) or string(record.get("parentID")) or None,
        string(record.get("title")),
        string(record.get("directory")) or None,
        string(record.get("version")),
        at("time_created", "created"),
        at("time_updated", "updated"),
        bool(at("time_archived", "archived")),
        string(record.get("fork_session_id")) or None,
    )


class Summed(NamedTuple):
    """What is kept of a message to sum a session up."""

    at_ms: int
    changed_ms: int
    """When the message or one of its parts was written last."""
    is_prompt: bool
    title: str | None
    is_answer: bool
    calls: int
    parts: int
    state: TurnState
    error: str | None
    model: str | None
    agent: str


def summed(saying: Saying, changed_ms: int) -> Summed:
    return Summed(
        saying.at_ms,
        changed_ms,
        saying.prompt is not None,
        wording.title_of(saying.prompt) if saying.prompt is not None else None,
        saying.is_answer,
        sum(isinstance(part, ToolCall) for part in saying.parts),
        len(saying.parts),
        saying.state,
        saying.error,
        saying.model,
        saying.agent,
    )


def tell(
    about: About,
    messages: Iterable[Summed],
    turns: Sequence[TurnRecord],
    unit: Unit,
    *,
    source_file: str,
    whole_turns: bool,
) -> list[Told]:
    """messages: in order. A session in which nobody said anything is none."""
    tally = Tally()
    last: Summed | None = None
    error: str | None = None
    agents: set[str] = set()
    for message in messages:
        tally.prompts += message.is_prompt
        tally.answers += message.is_answer
        tally.tool_calls += message.calls
        tally.events += message.parts
        tally.see(message.at_ms or None)
        tally.see(message.changed_ms or None)
        tally.title = tally.title or message.title
        tally.use(message.model)
        if message.agent:
            agents.add(message.agent)
        if last is None or message.state is not TurnState.NONE:
            last = message
        error = message.error or error
    if last is None or not (tally.events or tally.prompts):
        return []
    tally.see(about.created_ms or None)
    patch = tally.patch(
        unit,
        source_file=source_file,
        title="" if about.title.startswith(_UNNAMED) else about.title,
        cwd=about.cwd,
        version=about.version,
        parent=about.parent,
        resume=("opencode", "--session", about.id),
        mode=Mode.ASK if agents == {"plan"} else Mode.WORKING,
    )
    turn = TurnState.ENDED if about.is_archived else last.state
    details = {TurnState.ENDED: "archived", TurnState.INTERRUPTED: "interrupted by the user"}
    standing = Standing(
        turn=turn,
        at_ms=tally.last_ms or 0,
        settles=about.parent is not None,
        live_key=about.cwd or "",
        version=about.version,
        detail=details.get(turn),
        error=wording.title_of(error) if turn is TurnState.FAILED and error else None,
    )
    facts = SessionFacts(
        source=NAME,
        native_id=about.id,
        patch=patch,
        turns=tuple(turns),
        turns_whole=whole_turns,
        copied_from=about.forked_from,
    )
    return [Told(facts=facts, standing=standing)]
