"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "artifact",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoint",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "command",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.Column("ok", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "place"),
        sqlite_with_rowid=False,
    )
    op.create_index("command_id", "command", ["workspace_id", "id"], unique=True)
    op.create_index(
        "command_pending",
        "command",
        ["workspace_id", "token_id", "place"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("command_session", "command", ["workspace_id", "session_id", "verb"], unique=False)
    op.create_table(
        "fingerprint",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("chunk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "chunk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("idempotency_at", "idempotency", ["workspace_id", "at"], unique=False)
    op.create_table(
        "ingest_key",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("key_hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "key_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("avatar_url", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("counts", sa.Integer(), nullable=False),
        sa.Column("tool_calls", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "n"),
    )
    op.create_index("message_id", "message", ["workspace_id", "session_id", "message_id"], unique=True)
    op.create_table(
        "record",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("initiative_id", sa.String(), nullable=True),
        sa.Column("repository", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("record_title", "record", ["workspace_id", "kind", "title"], unique=False)
    op.create_table(
        "search_text",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
        sqlite_autoincrement=True,
    )
    op.create_index("search_text_message", "search_text", ["workspace_id", "session_id", "n"], unique=True)
    op.create_table(
        "session",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("initiative_id", sa.String(), nullable=True),
        sa.Column("plan_id", sa.String(), nullable=True),
        sa.Column("last_activity_at", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("title_folded", sa.String(), nullable=False),
        sa.Column("tree_micros", sa.Integer(), nullable=False),
        sa.Column("tree_credits", sa.Integer(), nullable=False),
        sa.Column("tree_credit_turns", sa.Integer(), nullable=False),
        sa.Column("tree_priced", sa.Integer(), nullable=False),
        sa.Column("tree_estimated", sa.Integer(), nullable=False),
        sa.Column("tree_unpriced", sa.Integer(), nullable=False),
        sa.Column("tree_unknown", sa.Integer(), nullable=False),
        sa.Column("own_micros", sa.Integer(), nullable=False),
        sa.Column("own_credits", sa.Integer(), nullable=False),
        sa.Column("own_credit_turns", sa.Integer(), nullable=False),
        sa.Column("own_priced", sa.Integer(), nullable=False),
        sa.Column("own_estimated", sa.Integer(), nullable=False),
        sa.Column("own_unpriced", sa.Integer(), nullable=False),
        sa.Column("own_unknown", sa.Integer(), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index(
        "session_initiative",
        "session",
        ["workspace_id", "initiative_id", "lane", "last_activity_at", "id", "owner", "status"],
        unique=False,
        sqlite_where=sa.text("initiative_id IS NOT NULL"),
    )
    op.create_index(
        "session_lane",
        "session",
        [
            "workspace_id",
            "lane",
            "last_activity_at",
            "id",
            "owner",
            "status",
            "tree_micros",
            "tree_credits",
            "tree_credit_turns",
            "tree_priced",
            "tree_estimated",
            "tree_unpriced",
            "tree_unknown",
            "own_micros",
            "own_credits",
            "own_credit_turns",
            "own_priced",
            "own_estimated",
            "own_unpriced",
            "own_unknown",
            "title_folded",
        ],
        unique=False,
    )
    op.create_index(
        "session_owner", "session", ["workspace_id", "owner", "lane", "last_activity_at", "id", "status"], unique=False
    )
    op.create_index(
        "session_owner_status",
        "session",
        ["workspace_id", "owner", "lane", "status", "last_activity_at", "id"],
        unique=False,
    )
    op.create_index(
        "session_parent",
        "session",
        ["workspace_id", "parent_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "session_plan",
        "session",
        ["workspace_id", "plan_id", "lane", "last_activity_at", "id", "owner", "status"],
        unique=False,
        sqlite_where=sa.text("plan_id IS NOT NULL"),
    )
    op.create_index(
        "session_project",
        "session",
        ["workspace_id", "project_id", "lane", "last_activity_at", "id", "owner", "status"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index("session_seq", "session", ["workspace_id", "seq"], unique=False)
    op.create_index(
        "session_status", "session", ["workspace_id", "lane", "status", "last_activity_at", "id"], unique=False
    )
    op.create_table(
        "session_facts",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("native_id", sa.String(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id"),
    )
    op.create_table(
        "source_file",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "source", "path"),
    )
    op.create_table(
        "tally",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("tree_micros", sa.Integer(), nullable=False),
        sa.Column("tree_credits", sa.Integer(), nullable=False),
        sa.Column("tree_credit_turns", sa.Integer(), nullable=False),
        sa.Column("tree_priced", sa.Integer(), nullable=False),
        sa.Column("tree_estimated", sa.Integer(), nullable=False),
        sa.Column("tree_unpriced", sa.Integer(), nullable=False),
        sa.Column("tree_unknown", sa.Integer(), nullable=False),
        sa.Column("own_micros", sa.Integer(), nullable=False),
        sa.Column("own_credits", sa.Integer(), nullable=False),
        sa.Column("own_credit_turns", sa.Integer(), nullable=False),
        sa.Column("own_priced", sa.Integer(), nullable=False),
        sa.Column("own_estimated", sa.Integer(), nullable=False),
        sa.Column("own_unpriced", sa.Integer(), nullable=False),
        sa.Column("own_unknown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "scope", "lane", "owner", "status"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "token",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tombstone",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "session_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("tombstone_seq", "tombstone", ["workspace_id", "seq"], unique=False)
    op.create_table(
        "turn",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("owned", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("figures", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "session_id", "response_id", "request_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("turn_response", "turn", ["workspace_id", "source", "response_id"], unique=False)
    op.create_table(
        "user_state",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("initiative_id", sa.String(), nullable=True),
        sa.Column("plan_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "session_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workspace",
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("spend_tracking", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id"),
    )
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute("INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 8388608)")


def downgrade() -> None:
    raise NotImplementedError("a database is only ever brought forward")
