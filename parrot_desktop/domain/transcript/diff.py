"""Changes of files as lines to draw: from two texts, from a unified diff, or from an agent's patch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MAX_COMPARED_LINES = 2_000
"""Longer texts are shown as removed and added whole: comparing them line by line could take seconds."""


class LineKind(StrEnum):
    SAME = " "
    ADDED = "+"
    REMOVED = "-"
    GAP = "@"
    """A jump to another place of the file; its text is the hunk's heading, if any."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line; its numbers in the old and the new file where they are known. ``mark`` is the changed part of it."""

    kind: LineKind
    text: str
    old: int | None = None
    new: int | None = None
    mark: tuple[int, int] | None = None


class Change(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class FileDiff:
    path: str
    change: Change
    lines: tuple[DiffLine, ...]
    moved_to: str | None = None

    @property
    def added(self) -> int:
        return sum(line.kind is LineKind.ADDED for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind is LineKind.REMOVED for line in self.lines)


def compare(old: str, new: str, *, context: int = 3) -> tuple[DiffLine, ...]:
    """What changed between two texts, with lines of context. Without line numbers: the texts may be excerpts."""
    before, after = _lines(old), _lines(new)
    if len(before) + len(after) > MAX_COMPARED_LINES:
        return tuple(
            [DiffLine(LineKind.REMOVED, line) for line in before] + [DiffLine(LineKind.ADDED, line) for line in after]
        )
    result: list[DiffLine] = []
    matcher = SequenceMatcher(None, before, after)
    for number, group in enumerate(matcher.get_grouped_opcodes(context)):
        if number:
            result.append(DiffLine(LineKind.GAP, ""))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                result.extend(DiffLine(LineKind.SAME, line) for line in before[i1:i2])
            else:
                result.extend(_replaced(before[i1:i2], after[j1:j2]))
    return tuple(result)


def created(text: str) -> tuple[DiffLine, ...]:
    """Every line of a new file, numbered from 1."""
    return tuple(DiffLine(LineKind.ADDED, line, new=number) for number, line in enumerate(_lines(text), 1))


_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")


def parse_unified(text: str) -> tuple[FileDiff, ...]:
    """The files of a unified diff (``diff -u``, ``git diff``). Empty where the text is none."""
    files: list[FileDiff] = []
    path, change, hunks = "", Change.UPDATED, _Hunks()

    def finish() -> None:
        if hunks.lines:
            files.append(FileDiff(path, change, hunks.take()))

    for line in text.splitlines():
        if line.startswith("--- ") and not hunks.is_open:
            finish()
            path, change = _name(line[4:]), Change.UPDATED
            if path == "/dev/null":
                change = Change.ADDED
        elif line.startswith("+++ ") and not hunks.is_open:
            name = _name(line[4:])
            if name == "/dev/null":
                change = Change.DELETED
            else:
                path = name
        elif match := _HUNK.match(line):
            old, old_count, new, new_count = (int(number or 1) for number in match.groups()[:4])
            hunks.begin(old, old_count, new, new_count, match[5])
        elif line.startswith(("diff --git ", "Index: ")):
            finish()
            path = line.rpartition(" b/")[2] if " b/" in line else line.partition(": ")[2]
        elif hunks.is_open:
            hunks.take_line(line)
    finish()
    return tuple(files)


_PATCH_FILE = re.compile(r"\*\*\* (Add|Update|Delete) File: (.+)")


def parse_patch(text: str) -> tuple[FileDiff, ...]:
    """The files of an ``*** Begin Patch`` document (the apply_patch tool), else those of a unified diff."""
    if "*** " not in text:
        return parse_unified(text)
    files: list[FileDiff] = []
    path, change, moved_to, lines = "", Change.UPDATED, None, list[DiffLine]()

    def finish() -> None:
        if path:
            files.append(FileDiff(path, change, _marked(lines), moved_to))

    for line in text.splitlines():
        if match := _PATCH_FILE.match(line):
            finish()
            path, moved_to, lines = match[2].strip(), None, []
            change = {"Add": Change.ADDED, "Update": Change.UPDATED, "Delete": Change.DELETED}[match[1]]
        elif line.startswith("*** Move to: "):
            moved_to, change = line[13:].strip(), Change.MOVED
        elif line.startswith("*** "):
            continue
        elif line.startswith("@@"):
            if lines or len(line) > 2:
                lines.append(DiffLine(LineKind.GAP, line[2:].strip()))
        elif path:
            kind = LineKind(line[0]) if line[:1] in {"+", "-", " "} else LineKind.SAME
            number = len(lines) + 1 if change is Change.ADDED else None
            lines.append(DiffLine(kind, line[1:] if line[:1] in {"+", "-", " "} else line, new=number))
    finish()
    return tuple(files)


class _Hunks:
    """The lines of one file's hunks, numbered as the headings say."""

    def __init__(self) -> None:
        self.lines: list[DiffLine] = []
        self._old = self._new = 0
        self._old_left = self._new_left = 0

    @property
    def is_open(self) -> bool:
        """Whether lines of the hunk are still to come."""
        return self._old_left > 0 or self._new_left > 0

    def begin(self, old: int, old_count: int, new: int, new_count: int, heading: str) -> None:
        if self.lines or heading:
            self.lines.append(DiffLine(LineKind.GAP, heading))
        self._old, self._old_left, self._new, self._new_left = old, old_count, new, new_count

    def take_line(self, line: str) -> None:
        sign, text = line[:1], line[1:]
        if sign == "\\":  # "\ No newline at end of file"
            return
        kind = LineKind(sign) if sign in {"+", "-"} else LineKind.SAME
        in_old, in_new = kind is not LineKind.ADDED, kind is not LineKind.REMOVED
        self.lines.append(DiffLine(kind, text, old=self._old if in_old else None, new=self._new if in_new else None))
        self._old += in_old
        self._old_left -= in_old
        self._new += in_new
        self._new_left -= in_new

    def take(self) -> tuple[DiffLine, ...]:
        lines, self.lines = self.lines, []
        self._old_left = self._new_left = 0
        return _marked(lines)


def _lines(text: str) -> list[str]:
    """The lines; a newline at the end starts none."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def _name(text: str) -> str:
    name = text.partition("\t")[0].strip()
    return name[2:] if name[:2] in {"a/", "b/"} else name


def _replaced(before: list[str], after: list[str]) -> list[DiffLine]:
    removed = [DiffLine(LineKind.REMOVED, line) for line in before]
    added = [DiffLine(LineKind.ADDED, line) for line in after]
    return list(_marked([*removed, *added]))


def _marked(lines: list[DiffLine]) -> tuple[DiffLine, ...]:
    """The lines, with the changed part marked where as many lines were added as were removed just before."""
    result = list(lines)
    at = 0
    while at < len(result):
        start = at
        while at < len(result) and result[at].kind is LineKind.REMOVED:
            at += 1
        middle = at
        while at < len(result) and result[at].kind is LineKind.ADDED:
            at += 1
        if middle - start == at - middle and middle > start:
            for old, new in zip(range(start, middle), range(middle, at), strict=True):
                result[old], result[new] = _marked_pair(result[old], result[new])
        at = max(at, start + 1)
    return tuple(result)


def _marked_pair(old: DiffLine, new: DiffLine) -> tuple[DiffLine, DiffLine]:
    a, b = old.text, new.text
    most = min(len(a), len(b))
    head = 0
    while head < most and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < most - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    if (head + tail) * 3 < most:  # two different lines: a mark over nearly all of them would say nothing
        return old, new
    return (
        DiffLine(old.kind, a, old.old, old.new, (head, len(a) - tail)),
        DiffLine(new.kind, b, new.old, new.new, (head, len(b) - tail)),
    )
