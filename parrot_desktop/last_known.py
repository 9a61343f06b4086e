"""What the window showed last, kept on disk (0600), so that the next start paints rows at once.

It holds titles and names, never transcripts, and no token. It is a picture, not a cache to trust: the first page from
the server replaces it.
"""

from __future__ import annotations

import logging
import os
import zlib
from typing import TYPE_CHECKING

import msgspec

from parrot_wire.answers import Me, Summary
from parrot_wire.query import Filter
from parrot_wire.session import Member, Row

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

MAX_ROWS = 60
"""Three screens."""


class LastKnown(msgspec.Struct, frozen=True, kw_only=True):
    """``filter`` is what the rows were listed under: under another one they say nothing."""

    filter: Filter
    rows: tuple[Row, ...]
    members: tuple[Member, ...]
    me: Me
    summary: Summary | None = None


def last_known_path(folder: Path, workspace_url: str) -> Path:
    """One file a workspace; an empty address is this machine's own."""
    name = f"{zlib.crc32(workspace_url.encode()):08x}" if workspace_url else "local"
    return folder / f"last-known-{name}.json"


def load_last_known(path: Path) -> LastKnown | None:
    """None where there is none, or where another version wrote it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=LastKnown)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.info("the last known rows cannot be read: %s", error)
        return None


def save_last_known(path: Path, known: LastKnown) -> None:
    """Written aside and renamed, for the owner's eyes alone. A disk that refuses is logged."""
    known = msgspec.structs.replace(known, rows=known.rows[:MAX_ROWS])
    aside = path.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(known))
        aside.replace(path)
    except OSError as error:
        log.warning("the last known rows cannot be kept: %s", error)
