"""The one way in: records of sources, from the wire (``apply``) or from this machine's files (``apply_local``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from parrot_wire.records import Record, Refused, SessionPatch, TurnRecord
from parrot_wire.session import Message
from parrot_wire.times import Timestamp

LOCAL_TOKEN = "local"
"""The token id under which this machine's own sources write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: sessions belong to the token that sent them first.

    any_owner: a collector, an owner or an admin may name any owner; others send only work that they own.
    """

    token_id: str
    member_id: str
    any_owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """``refused`` lines count from 1 in the records given; the others were taken (new) or there already (known)."""

    new: int
    known: int
    refused: tuple[Refused, ...] = ()


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
    copied_from: str | None = None
    """Native id of the session that this one says it is a fork of: that one owns the responses that both hold."""
    transcript_gone_since: Timestamp | None | UnsetType = UNSET
    messages: Sequence[Message] = ()
    """New messages for those who watch this session's stream now; they are not stored (the file has them)."""


def apply(conn: Connection, records: Sequence[Record], sender: Sender) -> Applied:
    """Take what a source sent: idempotent by (source, native_id, key), a bad record refuses itself alone.

    Refused are: bodies that are not their type's shape, sessions first sent by another token's member, owners that
    the sender may not name, parents that would close a circle, and a message whose ``n`` another message has.
    """
    raise NotImplementedError


def apply_local(conn: Connection, facts: Sequence[SessionFacts], sender: Sender) -> Applied:
    """Take the state of local sessions. As ``apply``, but without keys and JSON: the same facts twice change nothing."""
    raise NotImplementedError
