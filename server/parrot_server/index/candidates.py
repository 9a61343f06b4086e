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
_PATH = re.compile(r"(?:[A-Za-z]:[\\/]|/)[^\s\"'`<>|:*?(){}\[\],;]+")


class Candidates:
    """Paths, with all that are above them."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._paths))

    def add(self, path: str) -> None:
        cut = path.rstrip("/\\.")
        while cut and len(self._paths) < _MAX_CANDIDATES:
            if cut in self._paths:
                return
            self._paths[cut] = None
            cut = cut[: max(cut.rfind("/"), cut.rfind("\\"), 0)]

    def add_from(self, value: Any, depth: int = 0) -> None:
        """Whatever looks like a path in the texts of a record."""
        if len(self._paths) >= _MAX_CANDIDATES or depth > _MAX_DEPTH:
            return
        match value:
            case str():
                for found in _PATH.finditer(value[:_MAX_TEXT]):
                    self.add(found[0])
            case dict():
                for each in cast("dict[str, Any]", value).values():
                    self.add_from(each, depth + 1)
            case list():
                for each in cast("list[Any]", value):
                    self.add_from(each, depth + 1)
            case _:
                pass
