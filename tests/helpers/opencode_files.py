"""opencode's database and its files before that, by hand: rows and files as the tool writes them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from parrot_server.index.sources.opencode import Opencode
from tests.helpers.index_reading import messages, told

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from parrot_server.index.sources.base import Told
    from parrot_wire.session import Message

SESSION = "ses_1"
START_MS = 1_795_393_200_000
_SCHEMA = """
CREATE TABLE project (id text PRIMARY KEY, worktree text NOT NULL);
CREATE TABLE session (
    id text PRIMARY KEY, project_id text NOT NULL, parent_id text, directory text NOT NULL, title text NOT NULL,
    version text NOT NULL, cost real DEFAULT 0 NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL,
    time_archived integer
);
CREATE TABLE message (
    id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL,
    data text NOT NULL
);
CREATE TABLE part (
    id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL
);
CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
CREATE INDEX part_message_id_id_idx ON part (message_id, id);
CREATE INDEX part_session_idx ON part (session_id);
"""


def used(
    input: int, output: int, *, read: int = 0, write: int = 0, reasoning: int = 0, total: int | None = None
) -> dict[str, Any]:
    counts = {"input": input, "output": output, "reasoning": reasoning, "cache": {"read": read, "write": write}}
    return counts if total is None else {**counts, "total": total}


def bash(call_id: str, output: str, *, exit_code: int = 0, status: str = "completed") -> dict[str, Any]:
    state = {
        "status": status,
        "input": {"command": "ls"},
        "output": output,
        "metadata": {"exit": exit_code},
        "time": {"start": START_MS, "end": START_MS + 250},
    }
    return {"type": "tool", "tool": "bash", "callID": call_id, "state": state}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


@dataclass
class OpencodeHome:
    """The folder of opencode's data, with a database that is open for writing in WAL mode. Times go on by a second."""

    root: Path
    name: str = "opencode.db"
    at_ms: int = START_MS
    parts: int = 0
    connection: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.executescript(_SCHEMA)

    @property
    def path(self) -> Path:
        return self.root / self.name

    def unit(self, session: str = SESSION) -> Path:
        from pathlib import Path

        return Path(f"{self.path}#{session}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def now(self) -> int:
        self.at_ms += 1000
        return self.at_ms

    def session(self, session: str = SESSION, *, title: str = "Mend the shop", parent: str | None = None) -> str:
        now = self.now()
        values = (session, "p", parent, "/home/dev/shop", title, "1.18.33", now, now)
        self.connection.execute(
            "INSERT INTO session (id, project_id, parent_id, directory, title, version, time_created, time_updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return session

    def message(self, message_id: str, role: str, *parts: dict[str, Any], session: str = SESSION, **data: Any) -> str:
        now = self.now()
        whole = {"role": role, "time": {"created": now}, "agent": "build", **data}
        self.connection.execute("BEGIN")
        self.connection.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)", (message_id, session, now, now, json.dumps(whole))
        )
        for part in parts:
            self.part(message_id, part, session=session)
        self.connection.execute("COMMIT")
        return message_id

    def prompt(self, message_id: str, words: str, **more: Any) -> str:
        return self.message(message_id, "user", text(words), **more)

    def answer(self, message_id: str, *parts: dict[str, Any], finish: str | None = "stop", **more: Any) -> str:
        """One that has come to its end, unless ``finish`` is None."""
        time = {"created": self.at_ms + 1000, **({"completed": self.at_ms + 1500} if finish else {})}
        data: dict[str, Any] = {
            "modelID": "claude-sonnet-4-5",
            "providerID": "anthropic",
            "time": time,
            "mode": "build",
            **more,
        }
        return self.message(message_id, "assistant", *parts, **{**data, **({"finish": finish} if finish else {})})

    def part(self, message_id: str, part: dict[str, Any], *, session: str = SESSION) -> str:
        self.parts += 1
        part_id = f"prt_{self.parts:06}"
        values = (part_id, message_id, session, self.at_ms, self.at_ms, json.dumps(part))
        self.connection.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", values)
        return part_id

    def change(self, table: str, row_id: str, **data: Any) -> None:
        """Update a row in place; ``data`` is the whole of it."""
        self.connection.execute(
            f"UPDATE {table} SET data = ?, time_updated = ? WHERE id = ?", (json.dumps(data), self.now(), row_id)
        )

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)


def tell(home: OpencodeHome, session: str = SESSION) -> Told:
    """What the session's unit tells."""
    source = _opened(home)
    return told(source, home.unit(session))


def read_out(home: OpencodeHome, session: str = SESSION) -> list[Message]:
    """The whole transcript."""
    source = _opened(home)
    return messages(source, told(source, home.unit(session)), home.unit(session))


def _opened(home: OpencodeHome) -> Opencode:
    """A source that has looked at what there is."""
    source = Opencode(home.root)
    list(source.units(lambda problem: None))
    return source


def write_storage(root: Path, session: str, messages: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Path:
    """A session as files, with the messages (info, parts); returns the session's own file."""
    storage = root / "storage"
    path = storage / "session" / "p" / f"{session}.json"
    record = {"id": session, "directory": "/home/dev/shop", "title": "An old one", "version": "1.1.0"}
    _put(path, {**record, "time": {"created": START_MS, "updated": START_MS}})
    for number, (info, parts) in enumerate(messages):
        at = START_MS + 1000 * number
        whole = {"sessionID": session, "time": {"created": at, "completed": at + 500}, **info}
        _put(storage / "message" / session / f"{info['id']}.json", whole)
        for nth, part in enumerate(parts):
            _put(storage / "part" / info["id"] / f"prt_{nth:03}.json", {"id": f"prt_{nth:03}", **part})
    return path


def _put(path: Path, record: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


_SECOND_SCHEMA = """
CREATE TABLE session_v2 (
    id text PRIMARY KEY, project_id text NOT NULL, parent_id text, fork_session_id text, directory text NOT NULL,
    title text, version text NOT NULL, cost real DEFAULT 0 NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, time_archived integer, time_idle integer, idle_outcome text
);
CREATE TABLE session_message (
    id text PRIMARY KEY, session_id text NOT NULL, type text NOT NULL, seq integer NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL
);
CREATE UNIQUE INDEX session_message_session_seq_idx ON session_message (session_id, seq);
"""


@dataclass
class SecondHome(OpencodeHome):
    """As opencode 2 writes it; ``keeps_old``: into a database of before, whose tables stay."""

    keeps_old: bool = False
    seqs: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.keeps_old:
            for table in ("session", "message", "part"):
                self.connection.execute(f"DROP TABLE {table}")
        self.connection.executescript(_SECOND_SCHEMA)

    def talk(self, session: str = SESSION, *, parent: str | None = None, fork_of: str | None = None) -> str:
        now = self.now()
        self.connection.execute(
            "INSERT INTO session_v2 (id, project_id, parent_id, fork_session_id, directory, title, version,"
            " time_created, time_updated) VALUES (?, 'p', ?, ?, '/home/dev/shop', 'Mend the shop', '2.0.3', ?, ?)",
            (session, parent, fork_of, now, now),
        )
        return session

    def row(self, message_id: str, kind: str, *, session: str = SESSION, **data: Any) -> str:
        now = self.now()
        self.seqs[session] = self.seqs.get(session, 0) + 1
        whole = {"time": {"created": now}, **data}
        values = (message_id, session, kind, self.seqs[session], now, now, json.dumps(whole))
        self.connection.execute("INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return message_id

    def said(self, message_id: str, *content: dict[str, Any], finish: str | None = "stop", **data: Any) -> str:
        """An answer, which has come to its end unless ``finish`` is None."""
        time = {"created": self.at_ms + 1000, **({"completed": self.at_ms + 1500} if finish else {})}
        model = {"id": "claude-sonnet-4-5", "providerID": "anthropic"}
        whole = {"agent": "build", "model": model, "content": list(content), "time": time, **data}
        return self.row(message_id, "assistant", **whole, **({"finish": finish} if finish else {}))

    def fork(self, session: str, of: str) -> None:
        """All that was said in a session so far, again: other ids, the same places, times and data."""
        self.talk(session, fork_of=of)
        said = "SELECT * FROM session_message WHERE session_id = ? ORDER BY seq"
        for _, _, kind, seq, created, changed, data in self.connection.execute(said, (of,)).fetchall():
            values = (f"msg_{session}_{seq}", session, kind, seq, created, changed, data)
            self.connection.execute("INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            self.seqs[session] = seq


def ran(call_id: str, name: str, output: str, *, status: str = "completed", **metadata: Any) -> dict[str, Any]:
    """A call in an answer of opencode 2."""
    state: dict[str, Any] = {"status": status, "input": {"command": "ls"}, "metadata": metadata}
    if status == "error":
        state["error"] = {"type": "tool.execution", "message": output}
    else:
        state["content"] = [{"type": "text", "text": output}]
    time = {"created": START_MS, "ran": START_MS, "completed": START_MS + 250}
    return {"type": "tool", "id": call_id, "name": name, "state": state, "time": time}
