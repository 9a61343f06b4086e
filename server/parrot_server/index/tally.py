"""What is counted of a session, whichever tool wrote it, and the patch that follows."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_server.index import wording
from parrot_wire.records import SessionPatch
from parrot_wire.session import Tokens, ToolCall
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parrot_server.index.sources.base import Unit
    from parrot_wire.session import Part

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WIDE = 10**15


class Tally(msgspec.Struct):
    """Counts, times, title and models of one session, kept between two readings.

    ``prompts`` a person typed, ``answers`` of the model, ``events`` are parts over all messages.
    """

    prompts: int = 0
    answers: int = 0
    tool_calls: int = 0
    events: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    title: str | None = None
    """The beginning of the first prompt."""
    model: str | None = None
    models: list[str] = []

    def see(self, at_ms: int | None) -> None:
        """A record's own time."""
        if at_ms is None:
            return
        if self.first_ms is None or at_ms < self.first_ms:
            self.first_ms = at_ms
        if self.last_ms is None or at_ms > self.last_ms:
            self.last_ms = at_ms

    def add_parts(self, parts: Sequence[Part]) -> None:
        self.events += len(parts)
        self.tool_calls += sum(isinstance(part, ToolCall) for part in parts)

    def prompt(self, text: str) -> None:
        """Something that a person typed."""
        self.prompts += 1
        if self.title is None:
            self.title = wording.title_of(text)

    def use(self, model: str | None) -> None:
        """A model that was chosen, or answered."""
        if model:
            self.model = model
            if model not in self.models:
                self.models.append(model)

    def patch(
        self,
        unit: Unit,
        *,
        source_file: str,
        title: str | None = None,
        cwd: str | None = None,
        repository: str | None = None,
        branch: str | None = None,
        version: str | None = None,
        parent: str | None = None,
        resume: tuple[str, ...] | None = None,
        mode: Mode = Mode.WORKING,
        project: str | None = None,
    ) -> SessionPatch:
        """Everything but the status. ``parent``: the session is a task of that one. ``project`` stands in where neither
        folder nor repository names one."""
        fallback_ms = unit.mtime_ns // 1_000_000
        started = wording.timestamp(fallback_ms if self.first_ms is None else self.first_ms)
        last = wording.timestamp(fallback_ms if self.last_ms is None else self.last_ms)
        patch = SessionPatch(
            kind=Kind.CHAT if parent is None else Kind.TASK,
            title=(wording.title_of(title) if title else None) or self.title or wording.UNTITLED,
            project=wording.project_of(cwd, repository) or project,
            started_at=started or from_ms(0),
            last_activity_at=last or from_ms(0),
            parent=parent,
            message_count=self.prompts + self.answers,
            tool_call_count=self.tool_calls,
            event_count=self.events,
            model=self.model,
            models=tuple(self.models),
            cwd=cwd,
            repository=repository,
            branch=branch,
            machine=wording.machine(),
            agent_version=version or None,
            source_file=source_file,
        )
        if parent is not None:
            return patch
        can = (*(("resume",) if resume else ()), *(("open_editor",) if cwd else ()))
        return msgspec.structs.replace(patch, mode=mode, resume_command=resume, can=can)


def turn_id(session_id: str, own: str) -> str:
    """An id of a response that no other has: one that is no UUID is only unique in its session."""
    return own if _UUID.fullmatch(own) else f"{session_id}:{own}"


def tokens(*, input: int = 0, output: int = 0, cache_read: int = 0, cache_write: int = 0) -> Tokens:
    """``input`` without what was cached."""
    total = input + output + cache_read + cache_write
    return Tokens(input=input, output=output, cache_read=cache_read, cache_write=cache_write, total=total)


def tokens_inside(prompt: int, output: int, *, cache_read: int = 0, cache_write: int = 0) -> Tokens:
    """Of a tool that counts cached tokens as part of the prompt."""
    read = min(prompt, cache_read)
    write = min(prompt - read, cache_write)
    return tokens(input=prompt - read - write, output=output, cache_read=read, cache_write=write)


def micros(dollars: Any) -> int | None:
    """Dollars as micro-dollars, rounded half up; None for what is no amount, or a negative one."""
    if isinstance(dollars, bool) or not isinstance(dollars, int | float | str):
        return None
    try:
        amount = Decimal(str(dollars)) * 1_000_000
        whole = int(amount.to_integral_value(rounding=ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return whole if 0 <= whole < _WIDE else None


def spread(total: Tokens, shares: int) -> Iterable[Tokens]:
    """A sum over several requests as so many equal ones, the last with the rest: a price depends on the size of a
    request, and the sum stays exact."""
    for nth in range(1, shares + 1):
        last = nth == shares

        def part(of: int, last: bool = last) -> int:
            return of - of // shares * (shares - 1) if last else of // shares

        yield tokens(
            input=part(total.input),
            output=part(total.output),
            cache_read=part(total.cache_read),
            cache_write=part(total.cache_write),
        )
