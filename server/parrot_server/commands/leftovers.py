"""Where this machine's runs keep what a dead runner would leave, and the look at it when a server begins."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def runs_of(data_dir: Path) -> Path:
    """Where the journals of this machine's runs are."""
    return data_dir / "runs"


def spools_of(data_dir: Path) -> Path:
    """Where records wait for their workspace."""
    return data_dir / "spool"


def recover_in_background(data_dir: Path) -> None:
    """For a server that has just begun: see to this machine's own runs, in a thread."""
    if runs_of(data_dir).exists() or spools_of(data_dir).exists():
        threading.Thread(target=_recover, args=(data_dir,), name="parrot-recovery", daemon=True).start()


def _recover(data_dir: Path) -> None:
    # Most servers have nothing to recover: what it takes is not loaded at their start.
    from parrot_client.reporter import LOCAL, local_workspace
    from parrot_server.commands.recovery import recover

    recover(data_dir, destination=LOCAL, connect=local_workspace(data_dir))
