"""Which session owns a response that several hold: copied history is counted once, in whatever order it is read.

Forks and resumed sessions repeat the history before them. The owner is the session that has no unshared record, else
the one whose first unshared record is oldest, else the one with the smaller native id: the original either stopped
where the fork begins, or went on before it.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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


def unpack_fingerprints(chunks: Iterable[bytes]) -> dict[bytes, int]:
    """Hash -> time; the earliest where one stands twice."""
    records: dict[bytes, int] = {}
    for chunk in chunks:
        for digest, at_ms in _RECORD.iter_unpack(chunk):
            if at_ms < records.get(digest, at_ms + 1):
                records[digest] = at_ms
    return records


@dataclass(frozen=True, slots=True)
class Candidate:
    """A session that holds the response. ``records``: hash -> ms; ``copied_from``: a session id, where it says so."""

    session_id: str
    native_id: str
    records: Mapping[bytes, int]
    copied_from: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The owner, and each candidate's first unshared record (ms; None where it has none), by session id."""

    owner: str
    first_unshared: Mapping[str, int | None]


def judge(candidates: Sequence[Candidate]) -> Verdict:
    """Who owns what all the candidates hold. A candidate that says it is a copy of another one owns nothing."""
    present = {candidate.session_id for candidate in candidates}
    originals = [one for one in candidates if one.copied_from not in present or one.copied_from == one.session_id]
    # Copies that name each other in a circle say nothing.
    contenders = originals or candidates
    holders = Counter(digest for one in candidates for digest in one.records)
    first_unshared = {one.session_id: _first_unshared(one.records, holders) for one in candidates}

    def rank(one: Candidate) -> tuple[int, str]:
        first = first_unshared[one.session_id]
        return (-(2**63) if first is None else first, one.native_id)

    return Verdict(owner=min(contenders, key=rank).session_id, first_unshared=first_unshared)


def _first_unshared(records: Mapping[bytes, int], holders: Mapping[bytes, int]) -> int | None:
    return min((at_ms for digest, at_ms in records.items() if holders[digest] == 1), default=None)


def partition_by_request(request_ids: Collection[str]) -> dict[str, str]:
    """Request id -> the request whose response it is, among the copies of one response id.

    Two copies are told apart only where both carry a request id. A copy without one ("") goes with the smallest.
    """
    named = sorted(request_id for request_id in request_ids if request_id)
    parts = {request_id: request_id for request_id in named}
    if "" in request_ids:
        parts[""] = named[0] if named else ""
    return parts
