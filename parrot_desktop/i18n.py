"""Words for people: whole sentences through Qt's translators, plurals, numbers as the locale writes them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

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
