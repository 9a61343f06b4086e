"""The tables. ``workspace_id`` leads every key, so that workspaces can be spread over machines.

What lists filter and sort by has columns of its own; the rest of a session travels as one encoded value, since
nothing but its own row ever asks for it. A page is one statement over ``session`` and needs no join.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, text

SCHEMA_VERSION = "0002"
"""The newest revision under ``migrations/versions``; ``schema`` here is what it leaves behind."""

metadata = MetaData()


def _workspace_id() -> Column[int]:
    return Column("workspace_id", Integer, primary_key=True, autoincrement=False)


def _key(name: str) -> Column[str]:
    return Column(name, String, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, String, nullable=null)


def _int(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


_BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}
"""SQLite keeps the rows in the key's own tree: no second tree, for tables of small rows."""

workspace = Table(
    "workspace",
    metadata,
    _workspace_id(),
    _text("public_id"),
    _text("name"),
    _int("spend_tracking"),
    _text("feed"),
    _int("seq"),
    _int("floor"),
)
"""``seq`` is taken in the transaction of each change; ``floor`` is the greatest seq of a tombstone that was dropped."""

member = Table(
    "member",
    metadata,
    _workspace_id(),
    _key("id"),
    _text("name"),
    _text("name_folded"),
    _text("email", null=True),
    _text("role"),
    _text("avatar_url", null=True),
    **_BY_KEY,
)

token = Table(
    "token",
    metadata,
    _workspace_id(),
    _key("id"),
    _bytes("secret_hash"),
    _text("member_id"),
    _text("role"),
    _text("scopes", null=True),
    _text("name"),
    _text("created_at"),
    _text("expires_at", null=True),
    _text("revoked_at", null=True),
    **_BY_KEY,
)

MONEY_COLUMNS = ("micros", "credits", "credit_turns", "priced", "estimated", "unpriced", "unknown")
"""Sums over turns: micro-dollars, millionths of credits, turns that have credits, turns by basis."""


def _money(prefix: str) -> list[Column[int]]:
    return [_int(f"{prefix}_{name}") for name in MONEY_COLUMNS]


session = Table(
    "session",
    metadata,
    _workspace_id(),
    _key("id"),
    _int("seq"),
    _text("lane"),
    _text("owner"),
    _text("status"),
    _text("project_id", null=True),
    _text("initiative_id", null=True),
    _text("plan_id", null=True),
    _text("last_activity_at"),
    _text("parent_id", null=True),
    _text("title_folded"),
    *_money("tree"),
    *_money("own"),
    _bytes("row"),
    Index("session_seq", "workspace_id", "seq"),
    Index(
        "session_lane",
        "workspace_id",
        "lane",
        "last_activity_at",
        "id",
        # What follows lets summaries, and lists by words or by many owners, read the index alone.
        "owner",
        "status",
        *(f"{prefix}_{name}" for prefix in ("tree", "own") for name in MONEY_COLUMNS),
        "title_folded",
    ),
    Index("session_status", "workspace_id", "lane", "status", "last_activity_at", "id"),
    Index("session_owner", "workspace_id", "owner", "lane", "last_activity_at", "id", "status"),
    Index("session_owner_status", "workspace_id", "owner", "lane", "status", "last_activity_at", "id"),
    *(
        Index(
            f"session_{name}",
            "workspace_id",
            f"{name}_id",
            "lane",
            "last_activity_at",
            "id",
            "owner",
            "status",
            sqlite_where=text(f"{name}_id IS NOT NULL"),
        )
        for name in ("project", "initiative", "plan")
    ),
    Index(
        "session_parent",
        "workspace_id",
        "parent_id",
        sqlite_where=text("parent_id IS NOT NULL"),
    ),
)
"""``lane`` is the kind of what lists show (flow, chat, task), and empty for a flow or chat that has a parent.
``row`` is a ``stored.StoredRow`` as JSON."""

session_facts = Table(
    "session_facts",
    metadata,
    _workspace_id(),
    _key("session_id"),
    _text("source"),
    _text("native_id"),
    _bytes("facts"),
    _bytes("marks"),
)
"""What the row is made from: ``facts.Facts`` and ``facts.Marks``, MessagePack."""

user_state = Table(
    "user_state",
    metadata,
    _workspace_id(),
    _key("session_id"),
    _text("ended_at", null=True),
    _text("ended_by", null=True),
    _text("title", null=True),
    _text("initiative_id", null=True),
    _text("plan_id", null=True),
    **_BY_KEY,
)
"""What people said of a session. No source writes here, and it outlives the session's row."""

turn = Table(
    "turn",
    metadata,
    _workspace_id(),
    _key("session_id"),
    _key("response_id"),
    _key("request_id"),
    _text("source"),
    _int("owned"),
    _text("started_at"),
    _bytes("body"),
    _bytes("figures", null=True),
    Index("turn_response", "workspace_id", "source", "response_id"),
    **_BY_KEY,
)
"""Each session's copy of each response. ``owned`` copies count; ``figures`` are those of a fuller copy elsewhere."""

fingerprint = Table(
    "fingerprint",
    metadata,
    _workspace_id(),
    _key("session_id"),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    _bytes("data"),
    **_BY_KEY,
)
"""The records of a session, for ``ownership``; only read where two sessions share a response."""

message = Table(
    "message",
    metadata,
    _workspace_id(),
    _key("session_id"),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("message_id"),
    _text("at"),
    _int("counts"),
    _int("tool_calls"),
    _int("parts"),
    _bytes("body"),
    Index("message_id", "workspace_id", "session_id", "message_id", unique=True),
)
"""Messages that came by ingest. ``counts``: 1 where a person would count it. ``body``: JSON, zstd where smaller."""

checkpoint = Table(
    "checkpoint",
    metadata,
    _workspace_id(),
    _key("session_id"),
    _key("id"),
    _int("place"),
    _text("at"),
    _bytes("body"),
    **_BY_KEY,
)

artifact = Table(
    "artifact",
    metadata,
    _workspace_id(),
    _key("session_id"),
    _key("id"),
    _int("place"),
    _text("at"),
    _bytes("body"),
    **_BY_KEY,
)

record = Table(
    "record",
    metadata,
    _workspace_id(),
    _key("kind"),
    _key("id"),
    _text("title"),
    _text("description", null=True),
    _text("initiative_id", null=True),
    _text("repository", null=True),
    Index("record_title", "workspace_id", "kind", "title"),
    **_BY_KEY,
)
"""Projects, initiatives and plans."""

ingest_key = Table(
    "ingest_key",
    metadata,
    _workspace_id(),
    _key("session_id"),
    Column("key_hash", Integer, primary_key=True, autoincrement=False),
    **_BY_KEY,
)
"""Which records were taken: 64 bits of each key, beside its session so that a batch's keys lie together."""

tombstone = Table(
    "tombstone",
    metadata,
    _workspace_id(),
    _key("session_id"),
    _int("seq"),
    _text("at"),
    Index("tombstone_seq", "workspace_id", "seq"),
    **_BY_KEY,
)
"""Deleted sessions. Records that are not newer than ``at`` bring none back."""

tally = Table(
    "tally",
    metadata,
    _workspace_id(),
    _key("scope"),
    _key("lane"),
    _key("owner"),
    _key("status"),
    _int("sessions"),
    *_money("tree"),
    *_money("own"),
    **_BY_KEY,
)
"""Sums over ``session``, kept with it. ``scope`` is one of ``tallies``: all, a record, a stretch of time, ..."""

command = Table(
    "command",
    metadata,
    _workspace_id(),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _text("id"),
    _text("session_id"),
    _text("token_id"),
    _text("verb"),
    _text("created_at"),
    _text("finished_at", null=True),
    _int("ok", null=True),
    _text("detail", null=True),
    _bytes("body"),
    Index("command_id", "workspace_id", "id", unique=True),
    Index(
        "command_pending",
        "workspace_id",
        "token_id",
        "place",
        sqlite_where=text("finished_at IS NULL"),
    ),
    Index("command_session", "workspace_id", "session_id", "verb"),
    **_BY_KEY,
)
"""What sources were asked; ``body`` is a ``records.Command`` as JSON."""

audit = Table(
    "audit",
    metadata,
    _workspace_id(),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("actor"),
    _text("action"),
    _int("refused"),
    _text("session_id", null=True),
    _text("detail", null=True),
    **_BY_KEY,
)

idempotency = Table(
    "idempotency",
    metadata,
    _workspace_id(),
    _key("member_id"),
    _key("key"),
    _text("at"),
    _bytes("request"),
    _int("status"),
    _bytes("body"),
    Index("idempotency_at", "workspace_id", "at"),
    **_BY_KEY,
)

source_file = Table(
    "source_file",
    metadata,
    _workspace_id(),
    _key("source"),
    _key("path"),
    _bytes("state"),
)
"""``state`` is a ``local.FileState`` as MessagePack: only the index reads it, always whole."""

search_text = Table(
    "search_text",
    metadata,
    Column("place", Integer, primary_key=True),
    Column("workspace_id", Integer, nullable=False),
    _text("session_id"),
    _int("n"),
    Index("search_text_message", "workspace_id", "session_id", "n", unique=True),
    sqlite_autoincrement=True,
)
"""Which message each document of ``search_index`` is. A document without a row here is stale, so that no ``place``
may ever be given a second time. It leads the key, since the index knows nothing but places."""

SEARCH_INDEX = (
    "CREATE VIRTUAL TABLE search_index USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')",
    # Words gather in memory up to here before they are written: half the work of the default's 1 MB.
    "INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 8388608)",
)
"""Holds words, not texts. SQLite 3.40 cannot delete from such a table, hence ``search_text``."""
