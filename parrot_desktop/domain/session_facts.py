"""What is known of a session, as lines of a card and of the metadata table."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from parrot_desktop.domain.cost_caption import cost_caption
from parrot_desktop.domain.people import stranger
from parrot_desktop.domain.status_words import kind_word, status_word
from parrot_desktop.domain.tool_names import tool_name
from parrot_wire.times import to_ms
from parrot_wire.values import RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Detail, RecordRef, Row


class FactKey(StrEnum):
    """Lines whose value changes by itself or is looked for by others."""

    DURATION = "duration"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """A fact that names a record."""

    kind: RecordKind
    id: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. ``link`` is a web address, ``record`` what the value names; ``is_code`` asks for a fixed pitch."""

    label: str
    value: str
    link: str | None = None
    record: RecordTarget | None = None
    is_code: bool = False
    key: FactKey | None = None


@dataclass(frozen=True, slots=True)
class FactContext:
    """How facts are put into words."""

    words: Words
    times: TimeTexts
    people: Mapping[str, Person]
    zone: tzinfo | None = None
    """None is the machine's own."""


def elapsed_ms(row: Row, now_ms: int) -> int:
    """How long a session has been going, or went."""
    if row.ended_at is not None:
        end_ms = to_ms(row.ended_at)
    else:
        end_ms = now_ms if row.status.is_live else to_ms(row.last_activity_at)
    return max(0, end_ms - to_ms(row.started_at))


def summary_facts(detail: Detail, context: FactContext, now_ms: int) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The two columns of the summary card: who, when and how much; what it belongs to."""
    words = context.words
    tr = words.tr
    counts = words.plural(detail.message_count, "{n} message", "{n} messages")
    if detail.tool_call_count:
        calls = words.plural(detail.tool_call_count, "{n} tool call", "{n} tool calls")
        counts = f"{words.number(detail.message_count)} · {calls}"
    left = [
        Fact(tr("Owner"), _person(detail.owner, context)),
        Fact(tr("Started"), _started(detail, context, now_ms)),
        Fact(tr("Duration"), context.times.elapsed(elapsed_ms(detail, now_ms)), key=FactKey.DURATION),
        Fact(tr("Messages"), counts),
    ]
    cost = cost_caption(detail.cost, words)
    if cost is not None:
        left.append(Fact(tr("Cost"), cost, key=FactKey.COST))
    right: list[Fact] = []
    if detail.model or detail.models:
        right.append(Fact(tr("Model"), detail.model or detail.models[-1]))
    right.extend(_records(detail, context))
    if detail.repository:
        right.append(Fact(tr("Repository"), _repository_name(detail.repository), link=_web(detail.repository)))
    if detail.branch and detail.pull_request is not None:
        value = f"{detail.branch} · #{detail.pull_request.number}"
        right.append(Fact(tr("Branch · PR"), value, link=_web(detail.pull_request.url)))
    elif detail.branch:
        right.append(Fact(tr("Branch"), detail.branch))
    elif detail.pull_request is not None:
        right.append(Fact(tr("Pull request"), f"#{detail.pull_request.number}", link=_web(detail.pull_request.url)))
    if detail.cwd and not detail.repository:
        right.append(Fact(tr("Folder"), detail.cwd, is_code=True))
    return tuple(left), tuple(right)


def metadata_facts(detail: Detail, context: FactContext, now_ms: int) -> tuple[Fact, ...]:
    """Everything that is known, a line each, for the metadata table."""
    words, times = context.words, context.times
    tr = words.tr

    def moment(at: str | None) -> str:
        return times.moment(to_ms(at)) if at is not None else ""

    found = [
        Fact(tr("Title"), detail.title),
        Fact(tr("Kind"), kind_word(detail.kind, detail.mode, words)),
        Fact(tr("Status"), _status(detail, words)),
        Fact(tr("Owner"), _person(detail.owner, context)),
        Fact(tr("Session id"), detail.id, is_code=True),
        Fact(tr("Source"), tool_name(detail.source)),
        Fact(tr("Id in the source"), detail.native_id, is_code=True),
        Fact(tr("Source file"), detail.source_file or "", is_code=True),
        Fact(tr("Transcript gone since"), moment(detail.transcript_gone_since)),
        Fact(tr("Machine"), detail.machine or ""),
        Fact(tr("Folder"), detail.cwd or "", is_code=True),
        Fact(tr("Repository"), detail.repository or "", link=_web(detail.repository or ""), is_code=True),
        Fact(tr("Branch"), detail.branch or "", is_code=True),
        *_pull_request(detail, words),
        *_records(detail, context),
        Fact(tr("Model"), ", ".join(detail.models) or detail.model or ""),
        Fact(tr("Version of the tool"), detail.agent_version or ""),
        Fact(tr("Started"), moment(detail.started_at)),
        Fact(tr("Last activity"), moment(detail.last_activity_at)),
        Fact(tr("Ended"), moment(detail.ended_at)),
        Fact(tr("Duration"), times.elapsed(elapsed_ms(detail, now_ms)), key=FactKey.DURATION),
        Fact(tr("Messages"), words.number(detail.message_count)),
        Fact(tr("Events"), words.number(detail.event_count)),
        Fact(tr("Tool calls"), words.number(detail.tool_call_count)),
    ]
    if detail.cost is not None:
        found.extend(_spend(detail, words))
    found.append(Fact(tr("Resume command"), shlex.join(detail.resume_command or ()), is_code=True))
    found.append(Fact(tr("Error"), detail.error or ""))
    return tuple(fact for fact in found if fact.value)


def _spend(detail: Detail, words: Words) -> list[Fact]:
    tr, tokens = words.tr, detail.tokens
    return [
        Fact(tr("Cost"), cost_caption(detail.cost, words) or "", key=FactKey.COST),
        Fact(tr("Turns"), words.number(detail.turn_count)),
        Fact(tr("Tokens"), words.number(tokens.total) if tokens.total else ""),
        Fact(tr("Input tokens"), words.number(tokens.input) if tokens.input else ""),
        Fact(tr("Output tokens"), words.number(tokens.output) if tokens.output else ""),
        Fact(tr("Tokens read from cache"), words.number(tokens.cache_read) if tokens.cache_read else ""),
        Fact(tr("Tokens written to cache"), words.number(tokens.cache_write) if tokens.cache_write else ""),
    ]


def _status(detail: Detail, words: Words) -> str:
    word = status_word(detail.status, words)
    return f"{word}: {detail.status_detail}" if detail.status_detail else word


def _person(member_id: str, context: FactContext) -> str:
    return (context.people.get(member_id) or stranger(member_id)).name


def _started(detail: Detail, context: FactContext, now_ms: int) -> str:
    started_ms = to_ms(detail.started_at)
    clock = datetime.fromtimestamp(started_ms / 1000, context.zone)
    return f"{context.times.day(started_ms, now_ms)} {clock:%H:%M}"


def _records(detail: Detail, context: FactContext) -> list[Fact]:
    tr = context.words.tr
    known: tuple[tuple[str, RecordKind, RecordRef | None], ...] = (
        (tr("Initiative"), RecordKind.INITIATIVE, detail.initiative),
        (tr("Plan"), RecordKind.PLAN, detail.plan),
        (tr("Project"), RecordKind.PROJECT, detail.project if not detail.repository else None),
    )
    return [Fact(label, ref.title, record=RecordTarget(kind, ref.id)) for label, kind, ref in known if ref is not None]


def _pull_request(detail: Detail, words: Words) -> list[Fact]:
    if detail.pull_request is None:
        return []
    return [Fact(words.tr("Pull request"), detail.pull_request.url, link=_web(detail.pull_request.url))]


def _repository_name(repository: str) -> str:
    """``acme/insights`` of an address, else the whole."""
    name = repository.rstrip("/").removesuffix(".git")
    if "://" in name:
        return "/".join(name.split("/")[-2:])
    if "@" in name and ":" in name:
        return name.rpartition(":")[2]
    return name


def _web(address: str) -> str | None:
    """An address for the browser: http(s), and git's own ways of naming one on a web host."""
    if address.startswith(("http://", "https://")):
        return address.removesuffix(".git")
    if address.startswith("git@") and ":" in address:
        host, _, path = address[4:].partition(":")
        return f"https://{host}/{path.removesuffix('.git')}"
    return None
