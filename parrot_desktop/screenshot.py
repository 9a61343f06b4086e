"""``--screenshot FILE``: the window as a picture, once its rows are there."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from parrot_desktop.domain.connection_state import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.api.target import Target
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.first_picture import FirstPicture
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.options import Options
    from parrot_desktop.wiring import Wiring

WITHIN_S = 30.0
_LOOK_EVERY_S = 0.05
_SETTLE_S = 0.6
"""After the last row: time for the sums, and for what is painted a frame later."""


async def take_picture(wiring: Wiring, picture: FirstPicture, target: Target, options: Options) -> int:
    """Draws the window once its rows are there, or says why they are not; returns the exit code. Raises OSError."""
    assert options.screenshot is not None
    shell, window, model, presenter = wiring.shell, picture.window, picture.model, picture.presenter

    def select_first() -> None:
        """So that the picture shows what the detail pane is for."""
        row = model.row_at(0)
        if row is not None:
            window.list_view.select_session(row.id)

    running = asyncio.ensure_future(shell.run(target))
    try:
        came = await wait_for_rows(shell, on_rows=select_first)
        wanted = options.session or (options.link.session if options.link else None)
        opened = wiring.sessions.controllers if wanted else ()
        save_picture(opened[-1].window if opened else window, options.screenshot)
    finally:
        shell.quit()
        await running
    sys.stdout.write(f"{options.screenshot}: {count_words(model, presenter.total)}\n")
    if not came:
        state = presenter.connection
        sys.stderr.write(f"The workspace was not ready in time ({state.state}). {state.detail}\n")
    return 0 if came else 1


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
