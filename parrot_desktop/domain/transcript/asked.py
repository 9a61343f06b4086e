"""What a call asks to be changed or done: differences of files, and check lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from parrot_desktop.domain.transcript import tools
from parrot_desktop.domain.transcript.diff import Change, FileDiff, compare, created, parse_patch
from parrot_desktop.domain.transcript.tools import Arguments, ToolKind


@dataclass(frozen=True, slots=True)
class Todo:
    text: str
    state: str
    """``pending``, ``in_progress``, ``completed`` or ``cancelled``."""


def short_path(path: str, folder: str | None) -> str:
    """The path as seen from the session's folder, where it lies inside."""
    if folder:
        base = folder.rstrip("/\\")
        if path.startswith(base) and path[len(base) : len(base) + 1] in {"/", "\\"}:
            return path[len(base) + 1 :]
    return path


def diffs(kind: ToolKind, given: Arguments) -> tuple[FileDiff, ...]:
    path = given.word(tools.PATH)
    match kind:
        case ToolKind.PATCH:
            text = given.word(tools.PATCH) or (given.text or "")
            return parse_patch(text)
        case ToolKind.WRITE:
            text = given.word(tools.CONTENT)
            return (FileDiff(path, Change.ADDED, created(text)),) if text else ()
        case ToolKind.EDIT:
            edits = given.fields.get("edits")
            pairs: list[tuple[str, str]] = []
            if isinstance(edits, list):
                for edit in cast("list[Any]", edits):
                    if isinstance(edit, Mapping):
                        one = Arguments(cast("Mapping[str, Any]", edit))
                        pairs.append((one.word(tools.OLD), one.word(tools.NEW)))
            else:
                pairs.append((given.word(tools.OLD), given.word(tools.NEW)))
            lines = [compare(old, new) for old, new in pairs]
            return tuple(FileDiff(path, Change.UPDATED, each) for each in lines if each)
        case _:
            return ()


def todos(given: Arguments) -> tuple[Todo, ...]:
    items = given.first(tools.TODOS)
    if isinstance(items, str):
        return tuple(_todo_line(line) for line in items.splitlines() if line.strip())
    if not isinstance(items, list):
        return ()
    found: list[Todo] = []
    for item in cast("list[Any]", items):
        if isinstance(item, Mapping):
            one = Arguments(cast("Mapping[str, Any]", item))
            text = one.word(("content", "step", "title", "subject", "text", "description", "task"))
            state = one.word(("status", "state")).lower().replace("-", "_") or "pending"
            found.append(Todo(text, {"done": "completed", "complete": "completed"}.get(state, state)))
        else:
            found.append(_todo_line(str(item)))
    return tuple(found)


def _todo_line(line: str) -> Todo:
    bare = line.strip().lstrip("-*").strip()
    for box, state in (("[x]", "completed"), ("[X]", "completed"), ("[~]", "in_progress"), ("[ ]", "pending")):
        if bare.startswith(box):
            return Todo(bare[3:].strip(), state)
    return Todo(bare, "pending")
