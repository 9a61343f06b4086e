"""Reading plain JSON whose shape nobody promised: what is not as expected is as if it were not there."""

from __future__ import annotations

from typing import Any, cast

import msgspec

JSON = dict[str, Any]
_LARGEST = 1 << 53
_MANY = 10**12


def obj(value: Any) -> JSON:
    return cast("JSON", value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def objs(value: Any) -> list[JSON]:
    """The objects of a list; whatever else is in it is passed over."""
    return [cast("JSON", each) for each in items(value) if isinstance(each, dict)]


def string(value: Any) -> str:
    """A text, or nothing."""
    return value if isinstance(value, str) else ""


def shown(value: Any) -> str:
    """A value as text: a text as it is, anything else as JSON, nothing for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode("utf-8", "replace")


def whole(value: Any) -> int | None:
    """A whole number, also where it is written as a text or with ``.0``; one that counts nothing real is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < _LARGEST else None


def count(value: Any) -> int:
    """A number of things: not negative, 0 where there is none, or one that cannot be."""
    found = whole(value) or 0
    return found if 0 <= found <= _MANY else 0


def number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found == found and abs(found) != float("inf") else None
