"""Ids that are derived from what they name, so that a re-index, or another machine, finds the same."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def derive_id(source: str, native_id: str) -> str:
    """A session's id: 26 lower-case base32 characters of BLAKE2b over (source, native id)."""
    return _derive("session", source, native_id, size=16)


def short_id(session_id: str, native_id: str) -> str:
    """What people read: the first eight characters of a native id that is a UUID, else of the session's id."""
    return native_id[:8] if _UUID.fullmatch(native_id) else session_id[:8]


def member_id(login: str) -> str:
    """A member's id, from the e-mail address or, without one, the name; case does not count."""
    return _derive("member", login.strip().casefold(), size=8)


def record_id(record_type: str, title: str) -> str:
    """The id of a project, initiative or plan, from its title."""
    return _derive(record_type, title.strip(), size=8)


def _derive(*names: str, size: int) -> str:
    digest = hashlib.blake2b(digest_size=size)
    for name in names:
        encoded = name.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return base64.b32encode(digest.digest()).decode("ascii").rstrip("=").lower()
