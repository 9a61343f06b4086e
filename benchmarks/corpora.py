"""Corpora that several figures of one run share: written once, only ever read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.corpus import MIXES, write_corpus

if TYPE_CHECKING:
    from pathlib import Path


def claude_corpus(work: Path, *, sessions: int, size: int, mix: str = "claude") -> Path:
    """The folder of a corpus of that size under `work`."""
    folder = work / "corpora" / f"{mix}-{sessions}-{size}"
    if not (folder / "truth.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_corpus(folder, mix=MIXES[mix], sessions=sessions, size=size)
    return folder


def truth_of(corpus: Path) -> dict[str, Any]:
    return json.loads((corpus / "truth.json").read_bytes())
