"""Which session owns a response that several hold: copied history is counted once, in whatever order it is read."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

_RECORD = struct.Struct(">8sq")
RECORD_BYTES = _RECORD.size


def fingerprint(identity: str | bytes) -> bytes:
    """8 bytes for a record's identity: its uuid, or whatever of it a copy keeps."""
    data = identity.encode("utf-8", "surrogatepass") if isinstance(identity, str) else identity
    return hashlib.blake2b(data, digest_size=8).digest()


def pack_fingerprints(records: Iterable[tuple[bytes, int]]) -> bytes:
    """(8-byte hash, time in ms since 1970) of records in file order -> what ``SessionFacts.fingerprints`` holds."""
    pack = _RECORD.pack
    return b"".join(pack(digest, at_ms) for digest, at_ms in records)
