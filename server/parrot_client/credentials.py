"""The token for a workspace: from a file, from ``PARROT_TOKEN``, or from the system's keyring."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from parrot_client.data_dir import is_private
from parrot_client.errors import NoToken, UnsafeTokenFile

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = "parrot"
VARIABLE = "PARROT_TOKEN"


def find_token(url: str, *, token_file: Path | None = None) -> str:
    """The token for the workspace at ``url``: the file's, else the variable's, else the keyring's.

    Asking the keyring can take seconds, and can put a question to the person: call it in a thread, and not before
    the first window is painted. Raises NoToken, or UnsafeTokenFile.
    """
    if token_file is not None:
        return read_token_file(token_file)
    token = os.environ.get(VARIABLE, "").strip()
    if token:
        return token
    return kept_token(url)


def read_token_file(path: Path) -> str:
    """The token in a file that nobody else can read. Raises UnsafeTokenFile."""
    try:
        if not is_private(path):
            raise UnsafeTokenFile(f"{path} can be read by others: make it yours alone (chmod 600).")
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeTokenFile(f"{path} cannot be read: {error}") from error
    if not token:
        raise UnsafeTokenFile(f"{path} is empty.")
    return token


def remember_token(url: str, token: str) -> None:
    """Keep the token in the keyring. Raises NoToken where there is none to keep it in."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, _name(url), token)
    except (KeyringError, RuntimeError) as error:
        raise NoToken(f"The system's keyring does not keep it: {error}") from error


def forget_token(url: str) -> None:
    """Take the token out of the keyring, if it is there and the keyring can be asked."""
    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError, RuntimeError):
        keyring.delete_password(SERVICE, _name(url))


def kept_token(url: str) -> str:
    """The keyring's alone: what is named for one workspace is shown to no other. Raises NoToken; see `find_token`."""
    import keyring
    from keyring.errors import KeyringError

    hint = f"Set {VARIABLE}, or name a file with --token-file."
    try:
        token = keyring.get_password(SERVICE, _name(url))
    except (KeyringError, RuntimeError) as error:
        raise NoToken(f"No token for {url}, and the system's keyring cannot be asked ({error}). {hint}") from error
    if not token:
        raise NoToken(f"No token for {url} in the system's keyring. {hint}")
    return token


def _name(url: str) -> str:
    return url.rstrip("/")
