"""``--screenshot FILE``: the window as a picture, once its rows are there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_desktop.domain.connection_state import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.models.session_list_model import SessionListModel

WITHIN_S = 30.0
_LOOK_EVERY_S = 0.05
_SETTLE_S = 0.6
"""After the last row: time for the sums, and for what is painted a frame later."""


async def wait_for_rows(shell: Shell, *, on_rows: Callable[[], None], within_s: float = WITHIN_S) -> bool:
    """Until the first page is here, the sources are read and the sums are in; False where the time ran out.

    on_rows: called once they are, with time left for what it brings about.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while loop.time() < end:
        if shell.connection.state.state in {ConnectionState.FAILED, ConnectionState.UNAUTHORISED}:
            return False
        if shell.is_settled:
            on_rows()
            await asyncio.sleep(_SETTLE_S)
            if shell.is_settled:
                return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False


def save_picture(widget: QWidget, path: Path) -> None:
    """Raises OSError."""
    if not widget.grab().save(str(path), "PNG"):
        raise OSError(f"{path} cannot be written")


def count_words(model: SessionListModel, total: int | None) -> str:
    """How many sessions the window shows."""
    shown = model.loaded_count if total is None else max(total, model.loaded_count)
    return "1 session" if shown == 1 else f"{shown} sessions"
