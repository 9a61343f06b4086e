"""On which line each key of a TOML document stands, which tomllib does not say.

The document has been read by tomllib before, so its syntax is known to be right; this walks over it once more and
keeps nothing but positions. Source: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Where a value stands: ``("steps", 2, "timeout")`` is the key ``timeout`` of the third ``[[steps]]``."""


def key_lines(text: str) -> Mapping[Path, int]:
    """Lines (from 1) of every table, key and array item of a document that tomllib accepts."""
    return _Walk(text.replace("\r\n", "\n")).document()


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of what is at ``path``, or of the nearest thing around it: a key that is missing has no line."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        """How many ``[[path]]`` headers there were so far."""

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while True:
            self._skip_blank()
            if self._at >= len(self._text):
                return self._lines
            if self._text.startswith("[[", self._at):
                self._at += 2
                table = self._resolved(self._key()[:], last_is_array=True)
                self._at += 2
            elif self._peek() == "[":
                self._at += 1
                table = self._resolved(self._key(), last_is_array=False)
                self._at += 1
            else:
                self._pair(table)

    def _resolved(self, key: list[str], *, last_is_array: bool) -> Path:
        """The path of a header: a name of an array of tables means the array's newest item."""
        path: Path = ()
        for index, name in enumerate(key):
            path = (*path, name)
            self._lines.setdefault(path, self._line)
            if last_is_array and index == len(key) - 1:
                count = self._counts.get(path, 0)
                self._counts[path] = count + 1
                path = (*path, count)
            elif path in self._counts:
                path = (*path, self._counts[path] - 1)
        self._lines.setdefault(path, self._line)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line
        path = table
        for name in self._key():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._skip_inline()
        self._at += 1  # the equals sign
        self._skip_inline()
        self._value(path)

    def _key(self) -> list[str]:
        """A dotted key; stands on its first character, ends on what follows it."""
        names: list[str] = []
        while True:
            self._skip_inline()
            start = self._at
            if self._peek() in "\"'":
                self._string()
                names.append(_literal(self._text[start : self._at]))
            else:
                while self._peek().isalnum() or self._peek() in ("-", "_"):
                    self._at += 1
                names.append(self._text[start : self._at])
            self._skip_inline()
            if self._peek() != ".":
                return names
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._peek()
        if first in ("'", '"'):
            self._string()
        elif first == "[":
            self._at += 1
            self._array(path)
        elif first == "{":
            self._at += 1
            self._inline_table(path)
        else:
            while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                self._at += 1

    def _array(self, path: Path) -> None:
        index = 0
        while True:
            self._skip_blank()
            if self._peek() in ("]", ""):
                self._at += 1
                return
            self._lines[(*path, index)] = self._line
            self._value((*path, index))
            index += 1
            self._skip_blank()
            if self._peek() == ",":
                self._at += 1

    def _inline_table(self, path: Path) -> None:
        while True:
            self._skip_blank()
            if self._peek() in ("}", ""):
                self._at += 1
                return
            self._pair(path)
            self._skip_blank()
            if self._peek() == ",":
                self._at += 1

    def _string(self) -> None:
        quote = self._peek()
        if self._text.startswith(quote * 3, self._at):
            self._at += 3
            while not self._text.startswith(quote * 3, self._at):
                self._step(escapes=quote == '"')
            self._at += 3
            while self._peek() == quote:  # up to two quotes may stand before the closing three
                self._at += 1
            return
        self._at += 1
        while self._peek() != quote:
            self._step(escapes=quote == '"')
        self._at += 1

    def _step(self, *, escapes: bool) -> None:
        """One character of a string; an escaped one is two."""
        if escapes and self._peek() == "\\":
            self._at += 1
        if self._at >= len(self._text):
            raise ValueError("the document ends inside a string")
        if self._text[self._at] == "\n":
            self._line += 1
        self._at += 1

    def _skip_inline(self) -> None:
        while self._peek() in (" ", "\t"):
            self._at += 1

    def _skip_blank(self) -> None:
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "#":
                while self._at < len(self._text) and self._text[self._at] != "\n":
                    self._at += 1
            elif char in " \t\n":
                self._line += char == "\n"
                self._at += 1
            else:
                return

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""


def _literal(quoted: str) -> str:
    """A quoted key -> what it says."""
    return next(iter(tomllib.loads(f"{quoted} = 0")))
