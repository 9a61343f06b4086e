"""Qwen Code: a file of lines a chat, in the folder of its project.

``$QWEN_HOME`` or ``~/.qwen``::

    projects/<slug of the folder>/chats/<session>.jsonl

A chat's native id is its file's name, by which it is resumed; of a file that was renamed the id in its lines.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.index.appended import AppendedReader
from parrot_server.index.entry_transcript import EntryTranscript
from parrot_server.index.file_source import FileSource, nested
from parrot_server.index.sources.qwen.fold import NAME, QwenFold
from parrot_server.index.sources.qwen.lines import entry_of, images_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.index.sources.base import Reader, Transcript
    from parrot_server.store.local import FileState

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Qwen(FileSource):
    name = NAME
    version = 1

    def __init__(self, root: Path) -> None:
        super().__init__(root, "qwen", "qwen-code")

    @property
    def folder(self) -> Path:
        return nested(self.root, ".qwen") / "projects"

    def is_unit(self, steps: Sequence[str]) -> bool:
        return len(steps) == 3 and steps[1] == "chats"

    def reader(self, path: str, known: FileState | None) -> Reader:
        stem = Path(path).stem
        is_id = _UUID.fullmatch(stem) is not None
        return AppendedReader(
            path,
            known,
            new_fold=lambda: QwenFold(stem, is_id=is_id),
            restore=lambda state: QwenFold(stem, is_id=is_id, state=state),
        )

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del native_id
        return EntryTranscript(path, entry_of, images_of)
