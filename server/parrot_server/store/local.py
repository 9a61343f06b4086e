"""What this machine's own sources hand to the store, as shapes that stand on nothing but the wire.

Who reads the tools' files needs no database.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from parrot_wire.answers import SourceProblem
from parrot_wire.records import SessionPatch, TurnRecord
from parrot_wire.session import Message
from parrot_wire.times import Timestamp


class SessionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one local file says of one session: the state after the part read so far, and the turns of that part.

    Applied in the order given, the newest wins: a local source is the only writer of its sessions, and reads in order.
    """

    source: str
    native_id: str
    patch: SessionPatch
    """Every field that the file tells; ``None`` clears, a field left out stays. ``owner`` left out: the sender."""
    turns: Sequence[TurnRecord] = ()
    """New or changed turns, each id once; ``started_at`` set."""
    turns_whole: bool = False
    """True where the file was read from its beginning: turns of this session that are not in ``turns`` go."""
    fingerprints: bytes = b""
    """The records read, in file order, 16 bytes each: an 8-byte hash of the record's identity, then its time in ms
    since 1970 as 8 bytes, both big-endian (``ownership.pack_fingerprints``). A record copied by a fork keeps both."""
    fingerprints_whole: bool = False
    """True replaces all fingerprints of the session; False appends. (They settle who owns a copied response.)"""
    copied_from: str | UnsetType | None = UNSET
    """Native id of the session that this one says it is a fork of: that one owns the responses that both hold."""
    transcript_gone_since: Timestamp | UnsetType | None = UNSET
    messages: Sequence[Message] | None = ()
    """All messages that came or changed, for those who watch this session's stream; they are not stored (the file has
    them). None where some did, and are not told: whoever watches must fetch them."""


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """One file (or other unit of a source's storage) as last read."""

    path: str
    """The key within the source: an absolute path, or what the source calls the unit. Text that UTF-8 can encode."""
    device: int
    inode: int
    size: int
    mtime_ns: int
    offset: int
    """Read up to here: the byte after the last complete record."""
    tail_hash: bytes
    """Hash of the bytes before ``offset``: another one means that the file was rewritten."""
    state: bytes
    """The parser's own state at ``offset``."""
    sessions: tuple[str, ...] = ()
    """Native ids of the sessions in it."""
    problems: tuple[SourceProblem, ...] = ()
    missing_since: Timestamp | None = None
