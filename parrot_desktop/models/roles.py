"""Roles of the Sessions list beyond Qt's own."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import Qt

_FIRST = int(Qt.ItemDataRole.UserRole)


class Role(IntEnum):
    """What ``data`` answers for a session. The trailing row has only FOOTER, a session only the others."""

    ROW = _FIRST + 1
    """The `RowView`: everything formatted."""
    SESSION_ID = _FIRST + 2
    FOOTER = _FIRST + 3
    """The `Footer` of the row that follows the sessions."""


DISPLAY = int(Qt.ItemDataRole.DisplayRole)
ACCESSIBLE_TEXT = int(Qt.ItemDataRole.AccessibleTextRole)
ACCESSIBLE_DESCRIPTION = int(Qt.ItemDataRole.AccessibleDescriptionRole)

_ANY_CHANGE = [int(Role.ROW), ACCESSIBLE_TEXT]
_TITLE_CHANGE = [*_ANY_CHANGE, DISPLAY]


def roles_for(fields: frozenset[str]) -> list[int]:
    """Roles whose answer is another when these fields of a wire row changed; none for no field."""
    if not fields:
        return []
    return _TITLE_CHANGE if "title" in fields else _ANY_CHANGE
