"""How the domain speaks: whole sentences through an injected translator, so that it needs no Qt.

The Qt implementation (translators, the locale's numbers and dates) is `parrot_desktop.i18n`'s; `EnglishWords` is what
tests and the untranslated application use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime


class Words(Protocol):
    """What the domain asks of a language. ``{name}`` in a text is filled from ``values``."""

    def tr(self, text: str, /, **values: object) -> str:
        """The text in the person's language."""
        ...

    def plural(self, n: int, one: str, other: str, /, **values: object) -> str:
        """Words for ``n`` things; ``{n}`` is the number as the locale writes it."""
        ...

    def number(self, value: float) -> str:
        """With group separators; at most two decimals, none for a whole number."""
        ...

    def money(self, cents: int) -> str:
        """US dollars, always with both decimals."""
        ...

    def day(self, day: date, *, with_year: bool) -> str:
        """A day with its weekday, like "Monday 16 November"."""
        ...

    def moment(self, at: datetime) -> str:
        """A moment to the second, with its day."""
        ...

    def listed(self, parts: Sequence[str]) -> str:
        """The parts as one spoken enumeration."""
        ...


class EnglishWords:
    """`Words` without a translator."""

    def tr(self, text: str, /, **values: object) -> str:
        return text.format(**values) if values else text

    def plural(self, n: int, one: str, other: str, /, **values: object) -> str:
        return (one if n == 1 else other).format(n=self.number(n), **values)

    def number(self, value: float) -> str:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")

    def money(self, cents: int) -> str:
        return f"${cents // 100:,}.{cents % 100:02d}"

    def day(self, day: date, *, with_year: bool) -> str:
        return f"{day:%A} {day.day} {day:%B} {day.year}" if with_year else f"{day:%A} {day.day} {day:%B}"

    def moment(self, at: datetime) -> str:
        return f"{at:%a} {at.day} {at:%b %Y, %H:%M:%S}"

    def listed(self, parts: Sequence[str]) -> str:
        return ", ".join(parts)
