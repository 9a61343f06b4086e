"""The log: files that turn over, for the owner's eyes, without titles, transcripts and tokens."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000
KEPT = 3


def log_to(folder: Path) -> None:
    """Every record from INFO on, into ``parrot-desktop.log``; errors to standard error too.

    Libraries that log addresses are heard from WARNING on.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "parrot-desktop.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    loud = logging.StreamHandler()
    loud.setLevel(logging.ERROR)
    root.addHandler(loud)
    root.setLevel(logging.INFO)
    for name in ("httpx", "httpcore", "asyncio", "qasync"):
        logging.getLogger(name).setLevel(logging.WARNING)
