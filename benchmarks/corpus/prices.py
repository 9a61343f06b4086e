"""What a turn costs, worked out a second time: the truth must not come from the code that it is held against.

Reads the price table that the server ships, and follows the notes in it, in exact decimals.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[2] / "server" / "parrot_server" / "prices.json"
_BAND = re.compile(r"^(?P<what>.+?)_above_(?P<thousands>\d+)k_tokens$")
_ENDING = re.compile(r"\[[^\]]*\]$")
_DATE = re.compile(r"[-@](\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one response; `input` leaves out what came from the cache or went into it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0

    @property
    def prompt(self) -> int:
        """What decides the price band."""
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h

    @property
    def total(self) -> int:
        return self.prompt + self.output


@dataclass(frozen=True, slots=True)
class Charge:
    """Micro-dollars, and how they are known: the protocol's basis."""

    micros: int
    basis: str


class Prices:
    """The table, looked up as its notes say."""

    def __init__(self, path: Path = TABLE) -> None:
        self._models: dict[str, dict[str, Any]] = json.loads(path.read_bytes(), parse_float=Decimal)["models"]
        self._find = lru_cache(maxsize=None)(self._look_up)

    def charge(self, model: str | None, usage: Usage) -> Charge:
        """The charge for one response of one model."""
        if model == "<synthetic>" or usage.total == 0:
            return Charge(0, "unpriced")
        prices = self._find(model or "")
        if prices is None:
            return Charge(0, "unknown")
        band = max(
            (int(m["thousands"]) for m in map(_BAND.match, prices) if m and usage.prompt > int(m["thousands"]) * 1000),
            default=0,
        )

        def per_token(*names: str) -> Decimal:
            """The first of the names that has a price, in the band before its base price."""
            for name in names:
                for key in (f"{name}_above_{band}k_tokens", name):
                    if key in prices:
                        return Decimal(prices[key])
            raise KeyError(names)

        fresh = "input_cost_per_token"
        write = "cache_creation_input_token_cost"
        dollars = (
            usage.input * per_token(fresh)
            + usage.output * per_token("output_cost_per_token")
            + usage.cache_read * per_token("cache_read_input_token_cost", fresh)
            + usage.cache_write_5m * per_token(write, fresh)
            + usage.cache_write_1h * per_token(f"{write}_above_1hr", write, fresh)
        )
        return Charge(round_micros(dollars), "estimated")

    def _look_up(self, model: str) -> dict[str, Any] | None:
        plain = _ENDING.sub("", model)
        bare = plain.rsplit("/", 1)[-1]
        for name in (model, plain, bare, _DATE.sub("", bare)):
            found = self._models.get(name)
            if found and "input_cost_per_token" in found and "output_cost_per_token" in found:
                return found
        return None


def round_micros(dollars: Decimal) -> int:
    """Micro-dollars, rounded half up."""
    return int((dollars * 1_000_000).to_integral_value(ROUND_HALF_UP))
