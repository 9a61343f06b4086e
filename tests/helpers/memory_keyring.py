"""A keyring that works, for as long as a test lasts.

with memory_keyring() as kept:
    kept["parrot", "https://team.example"] = "secret"
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

if TYPE_CHECKING:
    from collections.abc import Generator


class _MemoryKeyring(KeyringBackend):
    priority = 1  # pyright: ignore[reportAssignmentType]  a class property in the library

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


@contextmanager
def memory_keyring() -> Generator[dict[tuple[str, str], str]]:
    """What it keeps: passwords by (service, name)."""
    before, own = keyring.get_keyring(), _MemoryKeyring()
    keyring.set_keyring(own)
    try:
        yield own.kept
    finally:
        keyring.set_keyring(before)
