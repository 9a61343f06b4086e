"""Turns of the sample, with costs of all four bases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_wire.records import TurnRecord
from parrot_wire.session import Tokens
from parrot_wire.times import from_ms
from parrot_wire.values import Basis

if TYPE_CHECKING:
    import random


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A tool and a model, and how the cost of its turns is known."""

    source: str
    model: str
    basis: Basis
    weight: float
    credits: bool = False


RUNTIMES = (
    Runtime(source="claude-code", model="claude-sonnet-4-5", basis=Basis.ESTIMATED, weight=5),
    Runtime(source="claude-code", model="claude-opus-4-5", basis=Basis.ESTIMATED, weight=2),
    Runtime(source="claude-code", model="claude-haiku-4-5", basis=Basis.ESTIMATED, weight=1.5),
    Runtime(source="opencode", model="claude-sonnet-4-5", basis=Basis.PRICED, weight=3),
    Runtime(source="codex", model="gpt-5.2-codex", basis=Basis.ESTIMATED, weight=2),
    Runtime(source="gemini", model="gemini-2.5-pro", basis=Basis.ESTIMATED, weight=1.5),
    Runtime(source="copilot", model="gpt-5.2", basis=Basis.PRICED, weight=1.5, credits=True),
    Runtime(source="opencode", model="qwen3-coder:30b", basis=Basis.UNPRICED, weight=1),
    Runtime(source="opencode", model="acme-helper-2", basis=Basis.UNKNOWN, weight=0.5),
)
_WEIGHTS = [runtime.weight for runtime in RUNTIMES]

MICROS_PER_OUTPUT_TOKEN = 18
"""What a charge of the sample comes to: about what a large model asks."""


def a_runtime(rng: random.Random) -> Runtime:
    return rng.choices(RUNTIMES, _WEIGHTS)[0]


def other_basis(rng: random.Random, basis: Basis) -> Basis:
    """Now and then a turn of a session is free, or its price is not known."""
    luck = rng.random()
    if luck < 0.012:
        return Basis.UNPRICED
    return Basis.UNKNOWN if luck < 0.015 else basis


def a_turn(
    rng: random.Random, turn_id: str, runtime: Runtime, at_ms: int, *, size: float = 1.0, basis: Basis | None = None
) -> TurnRecord:
    """A turn that ended at ``at_ms``; ``size`` is how many usual turns it stands for."""
    tokens = _tokens(rng, size)
    known = basis or other_basis(rng, runtime.basis)
    took_ms = int(rng.uniform(2_000, 25_000))
    # A price that is not known is one of a model that nobody lists: the server finds that out by itself.
    model = "acme-helper-2" if known is Basis.UNKNOWN else runtime.model
    charge = round(tokens.output * MICROS_PER_OUTPUT_TOKEN) if known is Basis.PRICED else None
    return TurnRecord(
        id=turn_id,
        model=model,
        tokens=tokens,
        cost=charge,
        basis=Basis.UNPRICED if known is Basis.UNPRICED else None,
        credits=round(tokens.output / 900, 1) if runtime.credits else None,
        started_at=from_ms(at_ms - took_ms),
        ended_at=from_ms(at_ms),
    )


def charged_turn(turn_id: str, model: str, at_ms: int, micros: int, credits: float | None = None) -> TurnRecord:
    """A turn with just this charge, for a row that must read as it is drawn."""
    tokens = Tokens(input=1_200, output=400, cache_read=5_000, total=6_600)
    at = from_ms(at_ms)
    return TurnRecord(
        id=turn_id,
        model=model,
        tokens=tokens,
        cost=micros,
        credits=credits,
        started_at=from_ms(at_ms - 5_000),
        ended_at=at,
    )


def _tokens(rng: random.Random, size: float) -> Tokens:
    fresh = int(rng.uniform(20, 3_000) * size)
    output = int(rng.uniform(150, 1_600) * size)
    read = int(rng.uniform(4_000, 60_000) * size)
    written = int(rng.uniform(0, 4_000) * size)
    return Tokens(
        input=fresh, output=output, cache_read=read, cache_write=written, total=fresh + output + read + written
    )
