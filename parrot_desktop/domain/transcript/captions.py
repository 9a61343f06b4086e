"""Headings and separators in words: who speaks, when, and what a turn took."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.durations import duration_text
from parrot_wire.times import to_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from parrot_desktop.domain.transcript.pieces import Heading, TurnLine
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Step, Tokens, Turn


def tokens_text(count: int) -> str:
    """``840``, ``12.3k``, ``128k``, ``1.2M``."""
    if count < 1_000:
        return str(count)
    size, unit = (count / 1_000, "k") if count < 999_950 else (count / 1_000_000, "M")
    return f"{size:.1f}".removesuffix(".0") + unit if size < 999.95 else f"{size:.0f}{unit}"


def turn_money(micros: int) -> str:
    """What one turn cost, to the tenth of a cent: ``$0.031``; ``<$0.001`` for less that is not nothing."""
    if 0 < micros < 1_000:
        return "<$0.001"
    mills = (micros + 500) // 1_000
    return f"${mills // 1_000:,}.{mills % 1_000:03d}"


def token_lines(tokens: Tokens, words: Words) -> tuple[tuple[str, int], ...]:
    """The classes of tokens and their counts, for a tooltip."""
    return (
        (words.tr("Input"), tokens.input),
        (words.tr("Output"), tokens.output),
        (words.tr("Cache read"), tokens.cache_read),
        (words.tr("Cache write"), tokens.cache_write),
        (words.tr("Total"), tokens.total),
    )


class Captions:
    """The words of one session. ``zone`` None is the machine's own."""

    def __init__(self, words: Words, *, person: str, zone: tzinfo | None = None) -> None:
        """``person`` is the name of whoever writes the prompts."""
        self.words = words
        self.person = person
        self.steps: Mapping[str, Step] = {}
        self._zone = zone

    def heading(self, heading: Heading, turn: Turn | None) -> tuple[str, str]:
        """Name, and what is known besides."""
        name = self.person if heading.role is MessageRole.USER else self.words.tr("Agent")
        said = [self.time(heading.at, with_date=heading.with_date)]
        if heading.role is MessageRole.ASSISTANT:
            said.extend(self._turn(heading.model, heading.turn, turn))
        return name, " · ".join(said)

    def turn_line(self, line: TurnLine, turn: Turn | None, *, model_before: str | None) -> str:
        """A later turn; its model only where it is another."""
        model = line.model if line.model != model_before else None
        return " · ".join(self._turn(model, line.turn, turn))

    def step(self, step: str) -> tuple[str, str]:
        """Name of a step, and how it went."""
        known = self.steps.get(step)
        if known is None:
            return step, ""
        said: list[str] = []
        if known.started_at is not None:
            said.append(self.time(known.started_at, with_date=False))
            if known.ended_at is not None:
                said.append(duration_text(to_ms(known.ended_at) - to_ms(known.started_at), self.words))
        if known.error:
            said.append(known.error)
        return known.name, " · ".join(said)

    def time(self, at: str, *, with_date: bool) -> str:
        """Local hours and minutes, after the day where it is asked for and not today."""
        moment = self._local(at)
        clock = f"{moment:%H:%M}"
        today = datetime.now(self._zone).date()
        if not with_date or moment.date() == today:
            return clock
        return f"{self.words.day(moment.date(), with_year=moment.year != today.year)}, {clock}"

    def thought(self, thought_ms: int | None) -> str:
        if thought_ms is None:
            return self.words.tr("Thought")
        return self.words.tr("Thought for {duration}", duration=duration_text(thought_ms, self.words))

    def _turn(self, model: str | None, number: int | None, turn: Turn | None) -> list[str]:
        said = [model or ""]
        if number is not None:
            said.append(self.words.tr("turn {n}", n=number))
        if turn is not None:
            if turn.tokens.total:
                said.append(self.words.tr("{n} tokens", n=tokens_text(turn.tokens.total)))
            if turn.cost is not None:
                said.append(turn_money(turn.cost))
        return [word for word in said if word]

    def _local(self, at: str) -> datetime:
        return datetime.fromtimestamp(to_ms(at) / 1000, self._zone)
