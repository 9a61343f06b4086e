"""The type of the application: Inter and a monospace shipped with it, in the sizes of the tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

from parrot_desktop.theme.resources import resource_path

if TYPE_CHECKING:
    from parrot_desktop.theme.tokens import Tokens

_FALLBACKS = [
    "Noto Sans",
    "Segoe UI",
    "Helvetica Neue",
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Color Emoji",
]
_MONO_FALLBACKS = ["DejaVu Sans Mono", "Menlo", "Consolas", "Noto Sans Mono"]


@dataclass(frozen=True, slots=True)
class Fonts:
    """Fonts by role, at the chosen text size. Figures are tabular, so that numbers line up."""

    title: QFont
    title_bold: QFont
    body: QFont
    body_bold: QFont
    meta: QFont
    meta_bold: QFont
    mono: QFont
    heading: QFont


def load_fonts() -> tuple[str, str]:
    """Registers the shipped fonts with Qt; returns the families (text, monospace).

    Needs a QGuiApplication.
    """
    families: dict[str, str] = {}
    for path in sorted(resource_path("fonts").iterdir()):
        if path.suffix.lower() not in {".ttf", ".otf"}:
            continue
        number = QFontDatabase.addApplicationFont(str(path))
        for family in QFontDatabase.applicationFontFamilies(number):
            role = "mono" if "mono" in family.lower() else "text"
            # A weight can come as a family of its own ("Inter Semi Bold"); the shortest name is the family.
            families[role] = min(families.get(role, family), family, key=len)
    return families.get("text", "DejaVu Sans"), families.get("mono", "DejaVu Sans Mono")


def make_fonts(tokens: Tokens, families: tuple[str, str], *, scale: float = 1.0) -> Fonts:
    """``scale`` is the text size setting, 0.9 to 1.5 (1 = 100 %)."""

    points_per_px = 72 / QGuiApplication.primaryScreen().logicalDotsPerInch()

    def font(size_px: float, weight: QFont.Weight = QFont.Weight.Normal, *, mono: bool = False) -> QFont:
        made = QFont()
        made.setFamilies([families[1], *_MONO_FALLBACKS] if mono else [families[0], *_FALLBACKS])
        # Pixel sizes are whole numbers in Qt; point sizes carry the half pixel of 13.5.
        made.setPointSizeF(size_px * scale * points_per_px)
        made.setWeight(weight)
        if not mono:
            made.setFeature(QFont.Tag("tnum"), 1)
        return made

    semi = QFont.Weight.DemiBold
    return Fonts(
        title=font(tokens.title_px),
        title_bold=font(tokens.title_px, semi),
        body=font(tokens.body_px),
        body_bold=font(tokens.body_px, semi),
        meta=font(tokens.meta_px),
        meta_bold=font(tokens.meta_px, semi),
        mono=font(tokens.mono_px, mono=True),
        heading=font(15, semi),
    )
