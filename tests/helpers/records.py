"""Ingest records, by hand: what a source would send."""

from __future__ import annotations

from typing import Any

import msgspec

from parrot_wire.times import from_ms

BASE_MS = 1_790_000_000_000
"""2026-09-21T14:13:20Z: the clock of made-up records."""


def at(seconds: float) -> str:
    """A wire time so many seconds after the base."""
    return from_ms(BASE_MS + round(seconds * 1000))


def record(
    type_: str, native_id: str, body: dict[str, Any], *, key: str, seconds: float = 0, source: str = "test"
) -> dict[str, Any]:
    """One record, ready for `ndjson`."""
    return {
        "source": source,
        "native_id": native_id,
        "key": key,
        "at": at(seconds),
        "type": type_,
        "body": body,
    }


def session(
    native_id: str, *, seconds: float = 0, key: str | None = None, source: str = "test", **patch: Any
) -> dict[str, Any]:
    """A session record; without a patch a chat that is open."""
    body: dict[str, Any] = {"kind": "chat", "status": "open", "title": native_id, "last_activity_at": at(seconds)}
    body.setdefault("started_at", at(0))
    body.update(patch)
    return record(
        "session", native_id, body, key=key or f"session:{native_id}:{seconds}", seconds=seconds, source=source
    )


def message(
    native_id: str, n: int, text: str, *, role: str = "user", seconds: float = 0, **more: Any
) -> dict[str, Any]:
    """A message record with one text part."""
    body = {"n": n, "id": f"m{n}", "role": role, "at": at(seconds), "parts": [{"type": "text", "text": text}], **more}
    return record("message", native_id, body, key=f"message:{native_id}:{n}:{seconds}", seconds=seconds)


def turn(native_id: str, turn_id: str, *, seconds: float = 0, **body: Any) -> dict[str, Any]:
    """A turn record; give ``cost`` or ``tokens`` and ``model``."""
    return record(
        "turn", native_id, {"id": turn_id, **body}, key=f"turn:{native_id}:{turn_id}:{seconds}", seconds=seconds
    )


def checkpoint(native_id: str, checkpoint_id: str, *, seconds: float = 0, **body: Any) -> dict[str, Any]:
    """A checkpoint record that waits, unless the body says otherwise."""
    whole = {"id": checkpoint_id, "before_step": "verify", "status": "waiting", **body}
    return record(
        "checkpoint", native_id, whole, key=f"checkpoint:{native_id}:{checkpoint_id}:{seconds}", seconds=seconds
    )


def artifact(native_id: str, artifact_id: str, *, seconds: float = 0, **body: Any) -> dict[str, Any]:
    """An artifact record: a link, unless the body says otherwise."""
    whole = {"id": artifact_id, "kind": "link", "title": "Report", "url": "https://example.com/report", **body}
    return record("artifact", native_id, whole, key=f"artifact:{native_id}:{artifact_id}:{seconds}", seconds=seconds)


def delete(native_id: str, *, seconds: float = 0) -> dict[str, Any]:
    """The end of a session."""
    return record("delete", native_id, {}, key=f"delete:{native_id}:{seconds}", seconds=seconds)


def ndjson(records: list[dict[str, Any]]) -> bytes:
    """One record a line."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in records)
