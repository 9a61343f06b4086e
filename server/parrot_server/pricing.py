"""What turns cost, from the packaged price list. Exact: integers all the way, rounded half up once a turn.

The list is ``prices.json`` beside this file: US dollars a token by model; its ``about`` names source, date and licence,
and its ``notes`` the rules that are followed here.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_wire.values import Basis

if TYPE_CHECKING:
    from parrot_wire.session import Tokens

SCALE = 10**18
"""Prices are kept in this part of a dollar; the finest price of the list has 13 digits after the point."""
_MICRO = SCALE // 1_000_000

NO_MODEL = "the source names no model"
NOT_LISTED = "no price is known for {model}"
SOURCE_SAYS = "the source knows no price for it"


@dataclass(frozen=True, slots=True)
class Priced:
    """A turn's cost in micro-dollars and how it is known; ``reason`` says in words why it is unknown."""

    micros: int
    basis: Basis
    reason: str | None = None


_UNPRICED = Priced(0, Basis.UNPRICED)


def price_turn(
    model: str | None,
    tokens: Tokens,
    cache_write_1h: int = 0,
    *,
    charge_micros: int | None = None,
    basis: Basis | None = None,
) -> Priced:
    """The cost of one request.

    tokens: normalised (input excludes cached). cache_write_1h: the part of tokens.cache_write kept for an hour.
    charge_micros: a charge that the runtime reported: the turn is priced, or estimated where basis says so.
    basis: the source's own word, where it has one.
    """
    if basis is Basis.UNPRICED:
        return _UNPRICED
    if basis is Basis.UNKNOWN:
        return Priced(0, Basis.UNKNOWN, SOURCE_SAYS)
    if charge_micros is not None:
        return Priced(charge_micros, Basis.ESTIMATED if basis is Basis.ESTIMATED else Basis.PRICED)
    if not (tokens.input or tokens.output or tokens.cache_read or tokens.cache_write) or is_free(model):
        return _UNPRICED
    rates = rates_of(model) if model else None
    if rates is None:
        return Priced(0, Basis.UNKNOWN, NOT_LISTED.format(model=model) if model else NO_MODEL)
    return Priced(rates.micros(tokens, cache_write_1h), Basis.ESTIMATED)


@lru_cache(maxsize=1024)
def rates_of(model: str) -> Rates | None:
    """The rates of a model as any tool spells it; None where the list has none."""
    prices = _price_list()
    key = _find(prices, model)
    return None if key is None else _read_entry(prices.entries[key])


@lru_cache(maxsize=1024)
def is_free(model: str | None) -> bool:
    """Whether a model carries no charge: made by the tool itself, run on one's own machine, or given away."""
    if not model:
        return False
    name = model.lower()
    return name.startswith(("<", *_LOCAL)) or name.endswith((":free", "-free", ".gguf"))


@dataclass(frozen=True, slots=True)
class Band:
    """Rates for prompts of more than ``above`` tokens, in 1/SCALE dollars a token."""

    above: int
    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int


@dataclass(frozen=True, slots=True)
class Rates:
    """One model's rates; ``bands`` from the highest to the one above 0."""

    bands: tuple[Band, ...]

    def micros(self, tokens: Tokens, cache_write_1h: int) -> int:
        """The price of one request, rounded half up to micro-dollars."""
        prompt = tokens.input + tokens.cache_read + tokens.cache_write
        for band in self.bands:
            if prompt > band.above:
                break
        else:
            band = self.bands[-1]
        an_hour = min(max(cache_write_1h, 0), tokens.cache_write)
        scaled = (
            tokens.input * band.input
            + tokens.output * band.output
            + tokens.cache_read * band.cache_read
            + (tokens.cache_write - an_hour) * band.cache_write_5m
            + an_hour * band.cache_write_1h
        )
        return (scaled + _MICRO // 2) // _MICRO


class _File(msgspec.Struct):
    models: dict[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class _PriceList:
    entries: dict[str, msgspec.Raw]
    """As the list spells them."""
    plain: dict[str, str]
    """The spelling without prefix and suffix -> the list's."""
    undated: dict[str, str]
    """The spelling without prefix, suffix and date -> the list's newest."""


@cache
def list_id() -> int:
    """Tells one price list from another."""
    return zlib.crc32(_read_list())


def _read_list() -> bytes:
    return resources.files("parrot_server").joinpath("prices.json").read_bytes()


@cache
def _price_list() -> _PriceList:
    file = msgspec.json.decode(_read_list(), type=_File)
    plain: dict[str, str] = {}
    undated: dict[str, str] = {}
    # Sorted, so that of several dates the newest stays; "-latest" sorts after every date.
    for key in sorted(file.models):
        plain.setdefault(_without_affixes(key), key)
        undated[_without_date(_without_affixes(key))] = key
    return _PriceList(entries=file.models, plain=plain, undated=undated)


_SUFFIX = re.compile(r"\[[^\]]*\]$|:[^/]*$")
_CLOUD_PREFIX = re.compile(r"^(?:[a-z-]+\.)?anthropic\.")
_CLOUD_SUFFIX = re.compile(r"-v\d+$")
_DATE = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d|latest)$")
_LOCAL = ("ollama/", "ollama_chat/", "lmstudio/", "lm_studio/", "llamacpp/", "llama.cpp/", "local/", "mlx/")


def _without_affixes(model: str) -> str:
    """Without ``vendor/`` and a cloud's names for regions, ``[1m]``, ``:nitro``, ``-v1:0``."""
    name = _SUFFIX.sub("", model.strip().lower()).rpartition("/")[2]
    return _CLOUD_SUFFIX.sub("", _CLOUD_PREFIX.sub("", name)) if name.find("anthropic.") >= 0 else name


def _without_date(model: str) -> str:
    return _DATE.sub("", model)


def _find(prices: _PriceList, model: str) -> str | None:
    """The list's spelling of a model: exact, then without prefix and suffix, then without date."""
    if model in prices.entries:
        return model
    name = _without_affixes(model)
    # Some tools write a version with a point where the list has a dash: claude-sonnet-4.5.
    for spelling in (name, name.replace(".", "-")):
        undated = _without_date(spelling)
        for candidate in (spelling, undated):
            if candidate in prices.entries:
                return candidate
            if candidate in prices.plain:
                return prices.plain[candidate]
        if undated in prices.undated:
            return prices.undated[undated]
    return None


# Decimal, because the nearest float to 4.6875e-09 is another number.
_entry = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_ABOVE = re.compile(r"(.+)_above_(\d+)k_tokens")
_INPUT, _OUTPUT = "input_cost_per_token", "output_cost_per_token"
_CACHE_READ = "cache_read_input_token_cost"
_CACHE_WRITE, _CACHE_WRITE_1H = "cache_creation_input_token_cost", "cache_creation_input_token_cost_above_1hr"


def _read_entry(raw: msgspec.Raw) -> Rates | None:
    """One model's entry, as bands or as tiers -> its rates; None where it has no price for tokens."""
    entry = _entry.decode(raw)
    tiers: list[dict[str, Any]] = entry.get("tiered_pricing") or []
    bands = [_band(int(tier["range"][0]), _numbers(tier)) for tier in tiers] or _read_bands(_numbers(entry))
    known = [band for band in bands if band is not None]
    return Rates(tuple(sorted(known, key=lambda band: -band.above))) if known else None


def _numbers(entry: dict[str, Any]) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in entry.items() if isinstance(value, int | Decimal)}


def _read_bands(entry: dict[str, Decimal]) -> list[Band | None]:
    """The plain prices, and one band for each limit that any price names; what a band lacks it takes from below."""
    limits = sorted({int(found[2]) * 1000 for key in entry if (found := _ABOVE.fullmatch(key))})
    bands = [_band(0, entry)]
    effective = dict(entry)
    for limit in limits:
        suffix = f"_above_{limit // 1000}k_tokens"
        effective |= {key.removesuffix(suffix): price for key, price in entry.items() if key.endswith(suffix)}
        bands.append(_band(limit, effective))
    return bands


def _band(above: int, prices: dict[str, Decimal]) -> Band | None:
    """A missing price of a cached token is the input price; a missing one for an hour is the one for five minutes."""
    if _INPUT not in prices or _OUTPUT not in prices:
        return None
    write_5m = prices.get(_CACHE_WRITE, prices[_INPUT])
    return Band(
        above=above,
        input=_scaled(prices[_INPUT]),
        output=_scaled(prices[_OUTPUT]),
        cache_read=_scaled(prices.get(_CACHE_READ, prices[_INPUT])),
        cache_write_5m=_scaled(write_5m),
        cache_write_1h=_scaled(prices.get(_CACHE_WRITE_1H, write_5m)),
    )


def _scaled(dollars: Decimal) -> int:
    scaled = dollars * SCALE
    if scaled != scaled.to_integral_value():
        raise ValueError(f"prices.json: {dollars} is finer than 1/{SCALE} of a dollar")
    return int(scaled)
