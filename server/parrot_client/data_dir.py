"""The data directory of this machine's own workspace, as its clients see it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parrot_wire.answers import ServerInfo

SERVER_JSON = "server.json"
LOCK = "server.lock"
OWNER_TOKEN = "owner.token"
SERVER_LOG = "server.log"

EXIT_HELD = 75
"""How `parrot serve` ends where another server holds the directory (EX_TEMPFAIL: come again)."""


def default_data_dir() -> Path:
    """``PARROT_DATA_DIR``, else where this system keeps a user's data of ``parrot``."""
    named = os.environ.get("PARROT_DATA_DIR")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("parrot", appauthor=False)


def read_server_json(data_dir: Path) -> ServerInfo | None:
    """Which server says that it serves this directory; it may be gone. None where none does.

    A file that others can read, or that is no such file, counts as none: its token would be anybody's.
    """
    path = data_dir / SERVER_JSON
    try:
        if not is_private(path):
            return None
    except OSError:
        return None
    # Only where there is something to read: whoever starts the first server waits for nothing of it.
    import msgspec

    from parrot_wire.answers import ServerInfo

    try:
        return msgspec.json.decode(path.read_bytes(), type=ServerInfo)
    except (OSError, msgspec.DecodeError):
        return None


def is_private(path: Path) -> bool:
    """Whether the file is the user's alone. Windows has no such bits; there the folder's rights decide."""
    if sys.platform == "win32":
        return True
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
