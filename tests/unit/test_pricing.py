"""Prices of turns, held against the notes of the packaged price list."""

from decimal import ROUND_HALF_UP, Decimal
from importlib import resources

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_server import pricing
from parrot_server.pricing import price_turn, rates_of
from parrot_wire.session import Tokens
from parrot_wire.values import Basis

PRICES = msgspec.json.Decoder(dict[str, object], float_hook=Decimal).decode(
    resources.files("parrot_server").joinpath("prices.json").read_bytes()
)
MODELS = msgspec.convert(PRICES["models"], dict[str, dict[str, object]])
counts = st.integers(0, 2_000_000)


def by_the_notes(entry: dict[str, object], tokens: Tokens, an_hour: int) -> int:
    """The price of a turn in micro-dollars, as one reads the notes: slowly, in decimals."""
    prompt = tokens.input + tokens.cache_read + tokens.cache_write

    def find(name: str) -> Decimal | None:
        best, best_limit = entry.get(name), -1
        for key, value in entry.items():
            if key.startswith(f"{name}_above_") and key.endswith("k_tokens"):
                limit = key.removeprefix(f"{name}_above_").removesuffix("k_tokens")
                if limit.isdigit() and best_limit < int(limit) and prompt > int(limit) * 1000:
                    best, best_limit = value, int(limit)
        return None if best is None else Decimal(str(best))

    plain = find("input_cost_per_token")
    output = find("output_cost_per_token")
    assert plain is not None
    assert output is not None
    read = find("cache_read_input_token_cost")
    write = find("cache_creation_input_token_cost")
    write = plain if write is None else write
    write_1h = find("cache_creation_input_token_cost_above_1hr")
    write_1h = write if write_1h is None else write_1h
    dollars = (
        tokens.input * plain
        + tokens.output * output
        + tokens.cache_read * (plain if read is None else read)
        + (tokens.cache_write - an_hour) * write
        + an_hour * write_1h
    )
    return int((dollars * 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))


@given(
    model=st.sampled_from([name for name, entry in MODELS.items() if "input_cost_per_token" in entry]),
    tokens=st.builds(Tokens, input=counts, output=counts, cache_read=counts, cache_write=counts),
    share=st.floats(0, 1),
)
def test_every_listed_model_costs_what_the_notes_say(model: str, tokens: Tokens, share: float) -> None:
    entry = MODELS[model]
    if "output_cost_per_token" not in entry:
        return
    an_hour = int(tokens.cache_write * share)
    priced = price_turn(model, tokens, an_hour)
    if tokens == Tokens():
        assert priced.basis is Basis.UNPRICED
    else:
        assert priced.basis is Basis.ESTIMATED
        assert priced.micros == by_the_notes(entry, tokens, an_hour)


def test_cache_writes_for_an_hour_cost_more_than_those_for_five_minutes() -> None:
    tokens = Tokens(cache_write=1_000_000)
    assert price_turn("claude-opus-4-5", tokens).micros == 6_250_000
    assert price_turn("claude-opus-4-5", tokens, 1_000_000).micros == 10_000_000
    assert price_turn("claude-opus-4-5", tokens, 400_000).micros == 7_750_000


def test_a_long_prompt_is_priced_in_its_band_and_one_at_the_limit_is_not() -> None:
    at_limit = Tokens(input=50_000, cache_read=100_000, cache_write=50_000)
    above = Tokens(input=50_001, cache_read=100_000, cache_write=50_000)
    entry = MODELS["claude-sonnet-4-20250514"]
    assert price_turn("claude-sonnet-4-20250514", at_limit).micros == by_the_notes(entry, at_limit, 0)
    assert price_turn("claude-sonnet-4-20250514", above).micros > 1.9 * by_the_notes(entry, at_limit, 0)


def test_half_a_micro_dollar_is_rounded_up_once() -> None:
    # gpt-5.2: 1.75 micro-dollars a token in, so that two tokens are 3.5.
    assert price_turn("gpt-5.2", Tokens(input=2)).micros == 4
    assert price_turn("gpt-5.2", Tokens(input=1)).micros == 2


@pytest.mark.parametrize(
    ("spelling", "listed"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5-20250929"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("claude-3-5-haiku", "claude-3-5-haiku-latest"),
        ("openai/gpt-5.2", "gpt-5.2"),
        ("gpt-5.2-2026-01-01", "gpt-5.2"),
        ("qwen3-coder-plus", "dashscope/qwen3-coder-plus"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
    ],
)
def test_a_model_is_found_however_a_tool_spells_it(spelling: str, listed: str) -> None:
    assert rates_of(spelling) is not None
    assert rates_of(spelling) == rates_of(listed)


def test_prices_in_tiers_go_by_the_size_of_the_prompt() -> None:
    assert price_turn("qwen3-coder-plus", Tokens(input=32_000)).micros == 32_000
    assert price_turn("qwen3-coder-plus", Tokens(input=100_000)).micros == 180_000


def test_what_carries_no_charge_is_unpriced() -> None:
    some = Tokens(input=100, output=100)
    for model in ("<synthetic>", "ollama/llama3", "deepseek/deepseek-r1:free"):
        assert price_turn(model, some).basis is Basis.UNPRICED
    assert price_turn("claude-opus-4-5", Tokens()).basis is Basis.UNPRICED
    assert price_turn("claude-opus-4-5", some, basis=Basis.UNPRICED) == pricing.Priced(0, Basis.UNPRICED)


def test_tokens_without_a_known_price_are_unknown_with_a_reason() -> None:
    some = Tokens(input=100)
    assert price_turn("some-new-model", some) == pricing.Priced(
        0, Basis.UNKNOWN, "no price is known for some-new-model"
    )
    assert price_turn(None, some).reason == "the source names no model"
    assert price_turn("claude-opus-4-5", some, basis=Basis.UNKNOWN).basis is Basis.UNKNOWN


def test_a_charge_that_the_runtime_reported_stands() -> None:
    some = Tokens(input=100)
    assert price_turn("claude-opus-4-5", some, charge_micros=7) == pricing.Priced(7, Basis.PRICED)
    assert price_turn("some-new-model", some, charge_micros=7) == pricing.Priced(7, Basis.PRICED)
    estimated = price_turn("x", some, charge_micros=7, basis=Basis.ESTIMATED)
    assert estimated == pricing.Priced(7, Basis.ESTIMATED)
