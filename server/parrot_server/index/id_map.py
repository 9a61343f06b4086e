"""Ids -> numbers, for very many of them: Python's own dict of texts weighs ten times as much."""

from __future__ import annotations

import struct
from array import array

from parrot_server.store import ownership

_ENTRY = struct.Struct(">8sI")
MOST = 2**32 - 1


class IdMap:
    """Ids of any length -> numbers from 0 to MOST. An id is known by its hash, and takes about 20 bytes.

    Entries lie in the order in which they came, and a table of their places finds them, as in Python's own dict.
    """

    __slots__ = ("_entries", "_places")

    def __init__(self, dumped: bytes = b"") -> None:
        """dumped: by `dump`. Of an id that is in it twice the last counts."""
        self._entries = bytearray(dumped)
        self._places = array("I")
        """By hash, the place of an entry counted from 1; 0 where there is none. Never full: a search ends there."""
        self._make_places()

    def dump(self) -> bytes:
        return bytes(self._entries)

    def get(self, key: str) -> int | None:
        if not self._entries:
            return None
        place = self._places[self._find(ownership.fingerprint(key))]
        return int.from_bytes(self._entries[place * _ENTRY.size - 4 : place * _ENTRY.size], "big") if place else None

    def __setitem__(self, key: str, value: int) -> None:
        digest = ownership.fingerprint(key)
        at = self._find(digest)
        place = self._places[at]
        if place:
            _ENTRY.pack_into(self._entries, (place - 1) * _ENTRY.size, digest, value)
            return
        self._entries += _ENTRY.pack(digest, value)
        self._places[at] = len(self)
        if 3 * len(self) > 2 * len(self._places):
            self._make_places()

    def __len__(self) -> int:
        return len(self._entries) // _ENTRY.size

    @property
    def memory(self) -> int:
        """In bytes, about."""
        return len(self._entries) + len(self._places) * self._places.itemsize

    def _find(self, digest: bytes) -> int:
        """Where in the table the digest's place stands, or would."""
        entries, places = self._entries, self._places
        at = int.from_bytes(digest, "big") % len(places)
        while (place := places[at]) and not entries.startswith(digest, (place - 1) * _ENTRY.size):
            at = (at + 1) % len(places)
        return at

    def _make_places(self) -> None:
        self._places = array("I", bytes(4 * max(8, 3 * len(self))))
        for place, (digest, _) in enumerate(_ENTRY.iter_unpack(self._entries), 1):
            self._places[self._find(digest)] = place
