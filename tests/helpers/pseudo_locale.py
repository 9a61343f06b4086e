"""A language that nobody speaks, to find what a translation would break: longer words, accents, right to left.

    with pseudo_locale(qapp, is_rtl=True):
        ...  # what is made now speaks it

Every translated text stands in ⟦brackets⟧, so text without them was never handed to the translators, and text that
lost its closing one was cut.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QTranslator
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Generator

    from PySide6.QtWidgets import QApplication

OPEN, CLOSE = "⟦", "⟧"
LONGER = 0.35
"""How much longer than English: what German and Finnish take of a short text."""

_ACCENTED = str.maketrans("AaCcDdEeGgHhIiNnOoRrSsTtUuYyZz", "ÅåÇçÐđÉéĜĝĤĥÎîÑñÖöŔŕŠšŢţÛûÝýŽž")
_RTL_OVERRIDE, _POP = "\u202e", "\u202c"
_KEPT = re.compile(r"\{[^}]*\}|%n|<[^>]+>|&")
"""Places to fill, markup and mnemonics stay what they are."""
_BRACKETED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")


def pseudo(text: str, *, is_rtl: bool = False) -> str:
    """The text as a translator of this language writes it."""
    whole: list[str] = []
    at = 0
    for kept in [*_KEPT.finditer(text), None]:
        end = kept.start() if kept else len(text)
        words = text[at:end].translate(_ACCENTED)
        whole.append(f"{_RTL_OVERRIDE}{words}{_POP}" if is_rtl and words.strip() else words)
        if kept:
            whole.append(kept.group())
            at = kept.end()
    # Words, not one long one: it may wrap where a sentence may.
    more = round(len(text) * LONGER)
    padding = " ".join("·" * min(6, more - n) for n in range(0, more, 7))
    return f"{OPEN}{''.join(whole)}{' ' if padding and len(text) > 12 else ''}{padding}{CLOSE}"


def untranslated(text: str) -> str:
    """What of a text is in nobody's brackets; those of a filled place lie inside its sentence's."""
    before = ""
    while before != text:
        before, text = text, _BRACKETED.sub("", text)
    return text


class PseudoTranslator(QTranslator):
    """Knows every text of the program, and Qt's own."""

    def __init__(self, *, is_rtl: bool) -> None:
        super().__init__()
        self._is_rtl = is_rtl

    @override
    def isEmpty(self) -> bool:
        return False

    @override
    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:
        if sourceText == "QT_LAYOUT_DIRECTION":
            # How a translation tells Qt which way it is read.
            return "RTL" if self._is_rtl else "LTR"
        return pseudo(sourceText, is_rtl=self._is_rtl) if sourceText.strip() else sourceText


@contextmanager
def pseudo_locale(qapp: QApplication, *, is_rtl: bool = False) -> Generator[None]:
    """Speaks it meanwhile. Qt itself turns the layout round, as for any translation that is read right to left."""
    translator = PseudoTranslator(is_rtl=is_rtl)
    QCoreApplication.installTranslator(translator)
    # The direction follows an event of its own.
    QCoreApplication.sendPostedEvents(qapp, QEvent.Type.LanguageChange)
    qapp.processEvents()
    try:
        yield
    finally:
        QCoreApplication.removeTranslator(translator)
        qapp.processEvents()
