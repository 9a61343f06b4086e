"""What is wrong with the place where the database lies, in words: a full disk, a read-only folder, a bad file."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

_WORDS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it is read-only",
    "SQLITE_CANTOPEN": "it cannot be opened or made there",
    "SQLITE_PERM": "its permissions forbid it",
    "SQLITE_IOERR": "the disk fails to read or write",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_NOTADB": "the file is no database",
    "SQLITE_BUSY": "another program holds it",
    "SQLITE_LOCKED": "another program holds it",
}


def storage_trouble(error: BaseException) -> str | None:
    """The end of a sentence about the database; None where the fault is another one."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None) if isinstance(cause, sqlite3.Error) else None
    if not isinstance(name, str):
        return None
    # An extended name (SQLITE_IOERR_WRITE) begins with the plain one.
    return next((words for plain, words in _WORDS.items() if name == plain or name.startswith(f"{plain}_")), None)
