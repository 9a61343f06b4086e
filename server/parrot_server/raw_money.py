"""A source's own record for a caller who may not see what things cost."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec

_MONEY = re.compile(r"cost|credit|nano_?aiu|premium_?request", re.IGNORECASE)
"""How the tools name what they charge: ``costUSD``, ``total_cost_usd``, ``cost``, ``totalPremiumRequests`` ..."""


def without_money(record: bytes) -> bytes:
    """The record, a JSON object a line, without amounts in fields named for money. What is no JSON stays as it is."""
    return b"\n".join(_line(line) for line in record.split(b"\n"))


def _line(line: bytes) -> bytes:
    if _MONEY.search(line.decode(errors="replace")) is None:
        return line
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return line
    return msgspec.json.encode(_kept(value))


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        return {key: _kept(item) for key, item in held.items() if not (_MONEY.search(key) and _is_amount(item))}
    if isinstance(value, list):
        return [_kept(item) for item in cast("list[Any]", value)]
    return value


def _is_amount(item: Any) -> bool:
    """A number, also as text, or a table of them; words of a conversation are none."""
    if isinstance(item, str):
        return bool(re.fullmatch(r"\s*\$?\s*[\d.,]+(?:e-?\d+)?\s*", item, re.IGNORECASE))
    if isinstance(item, dict):
        return any(_is_amount(each) for each in cast("dict[str, Any]", item).values())
    return isinstance(item, int | float) and not isinstance(item, bool)
