"""The data directory as its server keeps it: the lock, the file that says where the server is, the owner's token."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from typing import TYPE_CHECKING

import filelock
import msgspec

from parrot_wire.answers import ServerInfo
from parrot_wire.codec import encode

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

LOCK = "server.lock"
SERVER_JSON = "server.json"
OWNER_TOKEN = "owner.token"
DATABASE = "workspace.db"
_HOLDER_SPEAKS_WITHIN_S = 2.0


class Held(Exception):
    """Another server serves the directory. The text says which."""


class DataDir:
    """A data directory that this process serves, from `take` to the end of the `with`."""

    def __init__(self, path: Path) -> None:
        """Makes the directory, for the user alone. Raises OSError."""
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = filelock.FileLock(path / LOCK)
        self._ready: list[Path] = []

    def private_database(self) -> str:
        """The address of the directory's database, a file that the user alone can read, whoever can read the directory.

        SQLite gives its log beside it the same rights. Raises OSError.
        """
        path = self.path / DATABASE
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        return f"sqlite:///{path}"

    def take(self) -> Self:
        """Hold the directory. Raises Held.

        A holder that does not say where it is either begins, and will say so, or is about to end: it is waited for.
        """
        end = time.monotonic() + _HOLDER_SPEAKS_WITHIN_S
        while not self._taken():
            holder = self._holder()
            if holder is not None:
                raise Held(f"{self.path} is served already by process {holder.pid} at {holder.url}.")
            if time.monotonic() > end:
                raise Held(f"{self.path} is held already by another server, which does not say where it is.")
            time.sleep(0.05)
        # What a killed server left behind would send clients to nobody.
        (self.path / SERVER_JSON).unlink(missing_ok=True)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for path in self._ready:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        self._lock.release()

    def announce(self, info: ServerInfo, *, ready_file: Path | None) -> None:
        """Say where the server is, to whoever may read the owner's files; both files go when it ends."""
        for path in (self.path / SERVER_JSON, *([ready_file] if ready_file is not None else [])):
            write_private(path, encode(info))
            self._ready.append(path)

    def kept_token(self) -> str | None:
        """The owner's token of an earlier start; None where there is none yet."""
        path = self.path / OWNER_TOKEN
        try:
            token = path.read_text(encoding="ascii", errors="replace").strip()
            path.chmod(0o600)
        except FileNotFoundError:
            return None
        return token or None

    def keep_token(self, token: str) -> None:
        write_private(self.path / OWNER_TOKEN, token.encode())

    def _taken(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            return False
        return True

    def _holder(self) -> ServerInfo | None:
        """Who says that it serves the directory."""
        with contextlib.suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode((self.path / SERVER_JSON).read_bytes(), type=ServerInfo)
        return None


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only the user can read, whole or not at all: aside, then renamed. Raises OSError."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
