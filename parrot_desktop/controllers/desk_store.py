"""The desk on disk: one small file a workspace and member, for the owner's eyes alone."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from parrot_desktop.domain.desk import Desk

if TYPE_CHECKING:
    from parrot_wire.times import Timestamp

log = logging.getLogger(__name__)

_SAFE = re.compile("[a-z0-9-]{1,64}")


def desk_path(folder: Path, workspace: str, member: str) -> Path:
    """Where it is kept. Ids come from a server: what could be no plain file name is told by its hash."""
    return folder / f"desk-{_name(workspace)}-{_name(member)}.json"


def load_desk(path: Path, *, now: Timestamp) -> Desk:
    """A new one where there is none. One that cannot be read is put aside, so that it can be mended by hand."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Desk)
    except FileNotFoundError:
        return Desk(since=now)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        aside = path.with_suffix(".unreadable")
        log.warning("stars and views cannot be read from %s, which is put aside as %s: %s", path, aside.name, error)
        try:
            path.replace(aside)
        except OSError as refused:
            log.warning("it could not be put aside: %s", refused)
        return Desk(since=now)


def save_desk(path: Path, desk: Desk) -> None:
    """Written aside and renamed, readable by its owner alone. A disk that refuses is logged."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(desk))
        Path(name).replace(path)
    except OSError as error:
        log.warning("stars and views cannot be kept: %s", error)


def _name(key: str) -> str:
    return key if _SAFE.fullmatch(key) else blake2b(key.encode(), digest_size=8).hexdigest()
