"""Folders that a session mentions: among them is the one it works in, where a tool keeps that only in a form that
cannot be turned back into a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CANDIDATES = 2_000
_MAX_TEXT = 20_000
_MAX_DEPTH = 16
_MAX_RECORDS = 400
_PATH = re.compile(r"(?:[A-Za-z]:[\\/]|/)[^\s\"'`<>|:*?(){}\[\],;]+")


class Candidates:
    """Paths, with all that are above them."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._records = 0

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._paths))

    def add(self, path: str) -> None:
        cut = path.rstrip("/\\.")
        while cut and len(self._paths) < _MAX_CANDIDATES:
            if cut in self._paths:
                return
            self._paths[cut] = None
            cut = cut[: max(cut.rfind("/"), cut.rfind("\\"), 0)]

    def add_from(self, record: Any) -> None:
        """Whatever looks like a path in the texts of a record; the first records mention the folder if any do."""
        self._records += 1
        if self._records <= _MAX_RECORDS:
            self._search(record, 0)

    def _search(self, value: Any, depth: int) -> None:
        if len(self._paths) >= _MAX_CANDIDATES or depth > _MAX_DEPTH:
            return
        match value:
            case str():
                for found in _PATH.finditer(value[:_MAX_TEXT]):
                    self.add(found[0])
            case dict():
                for each in cast("dict[str, Any]", value).values():
                    self._search(each, depth + 1)
            case list():
                for each in cast("list[Any]", value):
                    self._search(each, depth + 1)
            case _:
                pass
