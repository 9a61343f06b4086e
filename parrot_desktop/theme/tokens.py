"""Colours and sizes by meaning. The hues come from ``resources/tokens.json``;
nothing outside this package names one.

``load_tokens`` reads the file once; the high-contrast themes are derived from it, not stored beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from PySide6.QtGui import QColor

from parrot_desktop.theme.resources import resource_path
from parrot_wire.values import Basis, StatusGroup


class ThemeName(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    LIGHT_CONTRAST = "light-contrast"
    DARK_CONTRAST = "dark-contrast"


@dataclass(frozen=True, slots=True)
class Pair:
    """Ink on its ground; the text contrast is at least 4.5:1."""

    ink: QColor
    ground: QColor


@dataclass(frozen=True, slots=True)
class Radius:
    card: int
    button: int
    pill: int
    type_icon: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. Sizes are device-independent pixels at 100 % text size; type sizes are pixels too."""

    name: ThemeName
    is_dark: bool
    window: QColor
    surface: QColor
    raised: QColor
    hover: QColor
    selected: QColor
    border: QColor
    text: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    on_accent: QColor
    danger: QColor
    live: Pair
    settled: Pair
    needs_look: Pair
    waiting: Pair
    queued: Pair
    info: Pair
    radius: Radius
    row_height: int
    avatar: int
    step_dot: int
    title_px: float
    body_px: float
    meta_px: float
    mono_px: float

    def status(self, group: StatusGroup) -> Pair:
        """The pill's and the step dot's colours."""
        return {
            StatusGroup.LIVE: self.live,
            StatusGroup.SETTLED: self.settled,
            StatusGroup.NEEDS_LOOK: self.needs_look,
            StatusGroup.WAITING: self.waiting,
            StatusGroup.QUEUED: self.queued,
        }[group]

    def basis(self, basis: Basis) -> Pair:
        """The badge that says how a turn's cost is known."""
        return {
            Basis.PRICED: self.live,
            Basis.ESTIMATED: self.waiting,
            Basis.UNPRICED: self.info,
            Basis.UNKNOWN: self.settled,
        }[basis]

    @property
    def avatar_grounds(self) -> tuple[QColor, ...]:
        """Grounds for white initials, the same in every theme, so that a person keeps a colour."""
        return _AVATAR_GROUNDS


_AVATAR_GROUNDS = tuple(
    QColor(value) for value in ("#7c5cf0", "#278276", "#d3357c", "#3a74d8", "#8a6a3b", "#b45e1c", "#4f7a28", "#a3459e")
)


@lru_cache(maxsize=4)
def load_tokens(name: ThemeName) -> Tokens:
    """The tokens of a theme. Source: resources/tokens.json."""
    document: dict[str, Any] = json.loads(resource_path("tokens.json").read_text("utf-8"))
    is_dark = name in {ThemeName.DARK, ThemeName.DARK_CONTRAST}
    base = _from_document(document, ThemeName.DARK if is_dark else ThemeName.LIGHT)
    if name in {ThemeName.DARK_CONTRAST, ThemeName.LIGHT_CONTRAST}:
        return _high_contrast(base, name)
    return base


def _from_document(document: dict[str, Any], name: ThemeName) -> Tokens:
    hues = {key: QColor(value) for key, value in document["themes"][name.value].items()}
    sizes, radius = document["type"], document["radius"]
    is_dark = name is ThemeName.DARK
    return Tokens(
        name=name,
        is_dark=is_dark,
        window=hues["window"],
        surface=hues["surface"],
        raised=hues["raised"],
        hover=hues["hover"],
        selected=hues["selected"],
        border=hues["border"],
        text=hues["text"],
        muted=hues["muted"],
        faint=hues["faint"],
        accent=hues["accent"],
        on_accent=hues["window"] if is_dark else hues["surface"],
        danger=hues["red"],
        live=Pair(hues["green"], hues["greenbg"]),
        settled=Pair(hues["grey"], hues["greybg"]),
        needs_look=Pair(hues["red"], hues["redbg"]),
        waiting=Pair(hues["yellow"], hues["yellowbg"]),
        queued=Pair(hues["marigold"], hues["marigoldbg"]),
        info=Pair(hues["info"], hues["infobg"]),
        radius=Radius(radius["card"], radius["button"], radius["pill"], radius["type_icon"]),
        row_height=document["row_height"],
        avatar=document["avatar"],
        step_dot=document["step_dot"],
        title_px=sizes["title"],
        body_px=sizes["body"],
        meta_px=sizes["meta"],
        mono_px=sizes["mono"],
    )


def _high_contrast(base: Tokens, name: ThemeName) -> Tokens:
    """Pure grounds, full-strength ink, visible borders: for eyes that need more than 4.5:1."""
    ink = QColor("#ffffff" if base.is_dark else "#000000")
    ground = QColor("#000000" if base.is_dark else "#ffffff")
    dim = QColor("#d6dbe3" if base.is_dark else "#2b3340")

    def strong(pair: Pair) -> Pair:
        return Pair(pair.ink.lighter(125) if base.is_dark else pair.ink.darker(135), ground)

    return replace(
        base,
        name=name,
        window=ground,
        surface=ground,
        raised=ground,
        border=dim,
        text=ink,
        muted=dim,
        faint=dim,
        accent=base.accent.lighter(120) if base.is_dark else base.accent.darker(130),
        on_accent=ground,
        danger=strong(base.needs_look).ink,
        live=strong(base.live),
        settled=strong(base.settled),
        needs_look=strong(base.needs_look),
        waiting=strong(base.waiting),
        queued=strong(base.queued),
        info=strong(base.info),
    )
