"""Words for people: whole sentences through Qt's translators; plurals, numbers, money and dates as the locale writes.

Widgets use `tr` and `plural`; the domain is handed a `QtWords`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

CONTEXT = "parrot"


def tr(text: str, /, **values: object) -> str:
    """The text in the person's language, ``{name}`` filled from ``values``."""
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**values) if values else translated


def plural(n: int, one: str, other: str, /, **values: object) -> str:
    """Words for ``n`` things; ``{n}`` is the number as the locale writes it.

    ``other`` is what translators see, with as many forms as their language has; English needs no file.
    """
    translated = QCoreApplication.translate(CONTEXT, other, None, n)
    if translated == other and n == 1:
        translated = one
    return translated.format(n=number(n), **values)


def number(value: int) -> str:
    """With the locale's group separators."""
    return QLocale().toString(value)


class QtWords:
    """`parrot_desktop.domain.words.Words` of the running application."""

    def tr(self, text: str, /, **values: object) -> str:
        return tr(text, **values)

    def plural(self, n: int, one: str, other: str, /, **values: object) -> str:
        return plural(n, one, other, **values)

    def number(self, value: float) -> str:
        """At most two decimals, none for a whole number."""
        locale = QLocale()
        if value == int(value):
            return locale.toString(int(value))
        return locale.toString(float(value), "f", 2).rstrip("0")

    def money(self, cents: int) -> str:
        """US dollars: the number as the locale writes it, the sign where English has it, so that it stays a dollar."""
        return f"${QLocale().toString(cents / 100, 'f', 2)}"

    def day(self, day: date, *, with_year: bool) -> str:
        return QLocale().toString(
            QDate(day.year, day.month, day.day), "dddd d MMMM yyyy" if with_year else "dddd d MMMM"
        )

    def moment(self, at: datetime) -> str:
        moment = QDateTime(QDate(at.year, at.month, at.day), QTime(at.hour, at.minute, at.second))
        return QLocale().toString(moment, "ddd d MMM yyyy, HH:mm:ss")

    def listed(self, parts: Sequence[str]) -> str:
        return ", ".join(parts)
