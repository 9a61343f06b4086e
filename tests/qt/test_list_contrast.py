"""Every text of the list can be read: at least 4.5:1 on every ground that it can stand on, in every theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from parrot_desktop.theme.tokens import ThemeName, load_tokens
from parrot_wire.values import Basis, StatusGroup

if TYPE_CHECKING:
    from parrot_desktop.theme.tokens import Tokens

LEAST = 4.5


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG 2 defines it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def texts(tokens: Tokens) -> dict[str, tuple[QColor, QColor]]:
    """What is written on what: name -> (ink, ground)."""
    grounds = {name: getattr(tokens, name) for name in ("window", "surface", "raised", "hover", "selected")}
    pairs: dict[str, tuple[QColor, QColor]] = {}
    for ground_name, ground in grounds.items():
        for ink_name in ("text", "muted", "faint"):
            pairs[f"{ink_name} on {ground_name}"] = (getattr(tokens, ink_name), ground)
    for ground_name in ("surface", "hover", "selected"):
        for group in StatusGroup:
            pairs[f"{group} on {ground_name}"] = (tokens.status(group).ink, grounds[ground_name])
    for ground_name in ("raised", "hover", "selected"):
        pairs[f"danger on {ground_name}"] = (tokens.danger, grounds[ground_name])
    for group in StatusGroup:
        pairs[f"pill {group}"] = (tokens.status(group).ink, tokens.status(group).ground)
    for basis in Basis:
        pairs[f"badge {basis}"] = (tokens.basis(basis).ink, tokens.basis(basis).ground)
    pairs["ask badge"] = (tokens.info.ink, tokens.info.ground)
    pairs["done step"] = (tokens.muted, tokens.settled.ground)
    pairs["link"] = (tokens.accent, tokens.surface)
    pairs["primary button"] = (tokens.on_accent, tokens.accent)
    for number, ground in enumerate(tokens.avatar_grounds):
        pairs[f"avatar {number}"] = (QColor("white"), ground)
    return pairs


@pytest.mark.parametrize("name", ThemeName)
def test_every_text_can_be_read(name: ThemeName) -> None:
    found = {what: round(contrast(*pair), 2) for what, pair in texts(load_tokens(name)).items()}
    assert {what: ratio for what, ratio in found.items() if ratio < LEAST} == {}
