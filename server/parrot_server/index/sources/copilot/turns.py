"""The requests of a Copilot CLI session.

Since 1.0.102 every request is accounted for by an event of its own. Before, only the end of a run told what the whole
session had used so far, by model: that is shared out among the answers, so that each has the size of a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.loose import JSON, count, obj
from parrot_server.index.sources.copilot.lines import charged, credits_of, tokens_of
from parrot_server.index.tally import spread, tokens, turn_id
from parrot_wire.records import TurnRecord
from parrot_wire.session import Tokens
from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parrot_server.index.sources.copilot.lines import Entry, Usage


class Answer(msgspec.Struct, array_like=True):
    """An answer that no event accounts for."""

    id: str
    model: str | None
    at_ms: int
    output: int


class Turns(msgspec.Struct):
    """What is known of the requests, kept between two readings."""

    has_records: bool = False
    answers: list[Answer] = []
    """Before there were records."""
    totals: dict[str, Tokens] = {}
    """By model, as the last end of a run before the first record told them."""
    credits: float | None = None
    last_ms: int = 0

    def record(self, session_id: str, usage: Usage, at_ms: int | None) -> TurnRecord:
        """A request that an event accounts for."""
        self.has_records = True
        return TurnRecord(
            id=turn_id(session_id, usage.id),
            model=usage.model,
            tokens=usage.tokens,
            credits=usage.credits,
            started_at=self._begin(at_ms),
        )

    def answer(self, entry: Entry, model: str | None, at_ms: int | None) -> bool:
        """An answer; False where it needs no accounting for, since an event does that."""
        if self.has_records or any(each.id == entry.turn for each in self.answers[-1:]):
            return False
        self.answers.append(Answer(entry.turn, entry.model or model, self._next_ms(at_ms), entry.output))
        return True

    def shut_down(self, data: JSON) -> bool:
        """The end of a run; False where it tells nothing that is not known better."""
        if self.has_records:
            return False
        metrics = obj(data.get("modelMetrics"))
        totals = {model: tokens_of(obj(obj(each).get("usage"))) for model, each in metrics.items()}
        if not any(each.total for each in totals.values()) and len(metrics) == 1:
            details = obj(data.get("tokenDetails"))
            totals = {model: _of_details(details) for model in metrics}
        self.totals = {model: each for model, each in totals.items() if each.total}
        self.credits = credits_of(data) or _premium(data)
        return True

    def unaccounted(self, session_id: str) -> Iterator[TurnRecord]:
        """The requests that no event accounts for, with their shares of what is known of all."""
        shares: dict[str, Tokens] = {}
        for model, total in self.totals.items():
            of_model = [each for each in self.answers if each.model == model]
            if len(self.totals) == 1:
                of_model = of_model or self.answers
            shares.update(zip((each.id for each in of_model), _shares(total, of_model), strict=True))
            if not of_model:
                yield TurnRecord(
                    id=turn_id(session_id, model),
                    model=model,
                    tokens=total,
                    started_at=wording.timestamp(self.last_ms) or from_ms(0),
                )
        last = self.answers[-1].id if self.answers else None
        for answer in self.answers:
            yield TurnRecord(
                id=turn_id(session_id, answer.id),
                model=answer.model,
                tokens=shares.get(answer.id) or tokens(output=answer.output),
                credits=self.credits if answer.id == last else None,
                started_at=wording.timestamp(answer.at_ms) or from_ms(0),
            )

    def _begin(self, at_ms: int | None) -> str:
        return wording.timestamp(self._next_ms(at_ms)) or from_ms(0)

    def _next_ms(self, at_ms: int | None) -> int:
        """Turns are numbered by when they began, so no two begin at once."""
        self.last_ms = max(at_ms or 0, self.last_ms + 1)
        return self.last_ms


def _shares(total: Tokens, answers: Sequence[Answer]) -> Iterator[Tokens]:
    """Equal shares, but for the output where every answer says how much it was."""
    outputs = [answer.output for answer in answers]
    is_known = sum(outputs) == total.output
    for output, share in zip(outputs, spread(total, len(answers)), strict=True):
        own = output if is_known else share.output
        yield tokens(input=share.input, output=own, cache_read=share.cache_read, cache_write=share.cache_write)


def _of_details(details: JSON) -> Tokens:
    """As they are billed: what was cached stands beside the input."""

    def counted(kind: str) -> int:
        return count(obj(details.get(kind)).get("tokenCount"))

    return tokens(
        input=counted("input"),
        output=counted("output"),
        cache_read=counted("cache_read"),
        cache_write=counted("cache_write"),
    )


def _premium(data: JSON) -> float | None:
    """Premium requests of the whole session."""
    snapshot = obj(data.get("accountingSnapshot"))
    return charged(snapshot.get("totalPremiumRequestCost")) or charged(data.get("totalPremiumRequests"))
