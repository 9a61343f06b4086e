"""Goose's database by hand: rows as the tool writes them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

SESSION = "20261123_1"
START_S = 1_795_393_200
_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '',
    user_set_name BOOLEAN DEFAULT FALSE, session_type TEXT NOT NULL DEFAULT 'user', working_dir TEXT NOT NULL,
    created_at TIMESTAMP, updated_at TIMESTAMP, accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER,
    accumulated_output_tokens INTEGER, accumulated_cache_read_tokens INTEGER, accumulated_cache_write_tokens INTEGER,
    accumulated_cost REAL, provider_name TEXT, model_config_json TEXT, goose_mode TEXT NOT NULL DEFAULT 'auto',
    archived_at TIMESTAMP, parent_session_id TEXT
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT, session_id TEXT NOT NULL, role TEXT NOT NULL,
    content_json TEXT NOT NULL, created_timestamp INTEGER NOT NULL, timestamp TIMESTAMP, tokens INTEGER,
    metadata_json TEXT
);
CREATE INDEX idx_messages_session ON messages(session_id);
"""
_LEDGER = """
CREATE TABLE usage_ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, created_timestamp INTEGER NOT NULL, model TEXT,
    input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER, cache_read_tokens INTEGER,
    cache_write_tokens INTEGER, cost REAL, cost_source TEXT, is_compaction INTEGER DEFAULT 0
);
CREATE INDEX idx_usage_ledger_session ON usage_ledger(session_id);
"""


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def call(call_id: str, name: str = "developer__shell", **arguments: Any) -> dict[str, Any]:
    value = {"name": name, "arguments": arguments or {"command": "ls"}}
    return {"type": "toolRequest", "id": call_id, "toolCall": {"status": "success", "value": value}}


def result(call_id: str, words: str, **value: Any) -> dict[str, Any]:
    outcome = {"status": "success", "value": {"content": [text(words)], **value}}
    return {"type": "toolResponse", "id": call_id, "toolResult": outcome}


@dataclass
class GooseHome:
    """What GOOSE_PATH_ROOT names, with a database that is open for writing in WAL mode. Times go on by a second."""

    root: Path
    ledger: bool = True
    at_s: int = START_S
    connection: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.executescript(_SCHEMA + (_LEDGER if self.ledger else ""))

    @property
    def path(self) -> Path:
        return self.root / "data" / "sessions" / "sessions.db"

    def unit(self, session: str = SESSION) -> Path:
        from pathlib import Path

        return Path(f"{self.path}#{session}")

    def __enter__(self) -> GooseHome:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def now(self) -> int:
        self.at_s += 1
        return self.at_s

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)

    def session(self, session: str = SESSION, **more: Any) -> None:
        row = {
            "id": session,
            "name": "Mend the shop",
            "working_dir": "/home/dev/shop",
            "created_at": "2026-11-23 00:20:00",
            "updated_at": "2026-11-23 00:20:00",
            "provider_name": "anthropic",
            "model_config_json": json.dumps({"model_name": "claude-sonnet-4-5"}),
            **more,
        }
        self._insert("sessions", row)

    def say(self, role: str, *blocks: dict[str, Any], session: str = SESSION, **metadata: Any) -> None:
        row = {
            "session_id": session,
            "role": role,
            "content_json": json.dumps(list(blocks)),
            "created_timestamp": self.now(),
            "metadata_json": json.dumps({"userVisible": True, **metadata}),
        }
        self._insert("messages", row)

    def used(self, input: int, output: int, *, session: str = SESSION, **more: Any) -> None:
        row = {
            "session_id": session,
            "created_timestamp": self.at_s,
            "model": "claude-sonnet-4-5",
            "input_tokens": input,
            "output_tokens": output,
            **more,
        }
        self._insert("usage_ledger", row)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *row.values())
