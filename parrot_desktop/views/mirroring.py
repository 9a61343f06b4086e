"""Places of what is painted by hand, for windows that read from right to left: Qt mirrors layouts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtWidgets import QWidget


def place_in(rect: QRect, left: int, width: int, *, is_mirrored: bool) -> int:
    """Where something begins that stands at ``left`` in a rect read from left to right, and is so wide."""
    return rect.left() + rect.right() + 1 - left - width if is_mirrored else left


def place_on(widget: QWidget, left: int, width: int) -> int:
    """The same on a whole widget, in its own direction."""
    return place_in(widget.rect(), left, width, is_mirrored=widget.isRightToLeft())
