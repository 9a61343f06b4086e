"""What tools answer, freed of what their programs wrap around it: exit lines, tags, line numbers.

The server keeps a result as the tool wrote it; the raw view shows that. Here it is made readable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.clean import strip_escapes

if TYPE_CHECKING:
    from parrot_desktop.domain.words import Words

_TAGS = re.compile(r"</?(?:tool_use_error|untrusted_context|stdout|output|stderr|retrieval_status)>\n?")
_REMINDER = re.compile(r"\n*<system-reminder>\n?(.*?)\n?</system-reminder>\n*", re.DOTALL)

_CODEX_HEAD = re.compile(
    r"(?:Chunk ID: .*\n)?(?:Wall time: ([\d.]+) seconds\n)?(?:Process exited with code (-?\d+)\n)?"
    r"(?:Process running with session ID .*\n)?(?:Original token count: \d+\n)?Output:\n"
)
_GEMINI = re.compile(
    r"\A(?:Command: .*?\n)?(?:Directory: .*?\n)?(?:Std(?:out)?|Output): ?(.*?)"
    r"(?:\nError: ?(.*?))?(?:\nExit Code: ?(-?\d+|\(none\)))?(?:\nSignal: .*?)?(?:\nBackground PIDs: .*?)?"
    r"(?:\nProcess Group PGID: .*?)?\s*\Z",
    re.DOTALL,
)
_COPILOT_TAIL = re.compile(r"\n?<(?:shellId: \S+|command) completed with exit code (-?\d+)>\s*\Z")
_CLAUDE_HEAD = re.compile(r"\A(?:Error: )?Exit code (-?\d+)\n?")

_DOTTED = re.compile(r"(\d+)\. (.*)")  # Copilot; so do lists in a file begin
_LEAST_DOTTED = 4
_NUMBERED = (
    re.compile(r"\s*(\d+)→(.*)"),  # Claude Code
    re.compile(r"(\d{5,})\| ?(.*)"),  # opencode
    re.compile(r"L(\d+): ?(.*)"),  # Codex
    _DOTTED,
    re.compile(r"\s*(\d+)\t(.*)"),  # cat -n
)
_FRAME = re.compile(
    r"\A\s*(?:<path>.*?</path>\s*)?(?:<type>.*?</type>\s*)?<(file|content)>\n?|\n?</(file|content)>\s*\Z"
)


@dataclass(frozen=True, slots=True)
class ShellOutput:
    """What a command printed; its exit code and duration where only the text tells them."""

    text: str
    exit_code: int | None = None
    duration_ms: int | None = None


def shell_output(text: str) -> ShellOutput:
    """The printed text of any agent's shell tool."""
    if found := _CODEX_HEAD.match(text):
        if found.end() > len("Output:\n"):
            seconds = found[1]
            return ShellOutput(
                text[found.end() :],
                int(found[2]) if found[2] else None,
                round(float(seconds) * 1000) if seconds else None,
            )
    elif found := _COPILOT_TAIL.search(text):
        return ShellOutput(text[: found.start()], int(found[1]))
    elif found := _CLAUDE_HEAD.match(text):
        return ShellOutput(text[found.end() :], int(found[1]))
    bare = _TAGS.sub("", text) if "<" in text else text
    if bare.startswith(("Output: ", "Command: ", "Stdout: ")) and (found := _GEMINI.match(bare)):
        error = found[2] if found[2] and found[2] != "(none)" else ""
        code = int(found[3]) if found[3] and found[3] != "(none)" else None
        return ShellOutput("\n".join(part for part in (found[1], error) if part), code)
    return ShellOutput(without_tags(text))


def without_tags(text: str) -> str:
    """Without the tags that agents wrap around errors and outputs."""
    return _TAGS.sub("", text) if "<" in text else text


def split_reminders(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the reminders that the agent's program adds for the model, and the reminders."""
    if "<system-reminder>" not in text:
        return text, ()
    return _REMINDER.sub("", text), tuple(found[1] for found in _REMINDER.finditer(text))


@dataclass(frozen=True, slots=True)
class Numbered:
    """Lines of a file; the first has number ``first``."""

    lines: tuple[str, ...]
    first: int


def numbered(text: str, *, first: int = 1) -> Numbered:
    """What a read tool answered as lines with their numbers; ``first`` where the text has none of its own."""
    text = _FRAME.sub("", text)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for shape in _NUMBERED:
        start = shape.fullmatch(lines[0]) if lines else None
        if start is None:
            continue
        bare: list[str] = []
        for offset, line in enumerate(lines):
            found = shape.fullmatch(line)
            if found is not None and int(found[1]) == int(start[1]) + offset:
                bare.append(found[2])
                continue
            # A note after the file's lines ("(File has more lines ...)") is no line of the file.
            if found is None and offset + 3 >= len(lines):
                break
            bare = []
            break
        if len(bare) >= (_LEAST_DOTTED if shape is _DOTTED else 1):
            return Numbered(tuple(bare), int(start[1]))
    return Numbered(tuple(lines), first)


def count_lines(text: str) -> int:
    """Lines that say something."""
    return sum(1 for line in text.split("\n") if line.strip())


_FOUND = re.compile(r"\bFound (\d+) (?:total )?(files?|match(?:es)?|results?|lines?)", re.IGNORECASE)
_NOTHING = re.compile(r"\bno (?:files|matches|results)\b|found 0\b", re.IGNORECASE)


def found_what(text: str, words: Words, *, paths_only: bool) -> str:
    """How much a search found, in words: ``14 files``, ``no matches``; empty where it cannot be told."""
    head = text[:300]
    if match := _FOUND.search(head):
        return f"{match[1]} {match[2].lower()}"
    if _NOTHING.search(head) or not text.strip():
        return words.tr("nothing found")
    lines = count_lines(text)
    if paths_only:
        return words.plural(lines, "{n} file", "{n} files")
    return words.plural(lines, "{n} line", "{n} lines")


_FAILED = re.compile(r"\b(\d+) (failed|failures?|errors?|failing)\b")


def failures(text: str) -> str:
    """``2 failed``, where the end of a test run's output says so."""
    found = _FAILED.findall(strip_escapes(text[-2_000:]))
    if not found or found[-1][0] == "0":
        return ""
    count, noun = found[-1]
    return f"{count} {noun}"


_DECLINED = re.compile(
    r"doesn't want to (?:proceed|take this action)|haven't granted|user (?:rejected|declined|denied)", re.IGNORECASE
)


def was_declined(text: str) -> bool:
    """Whether a person refused the tool its permission: that is no failure of the tool."""
    return _DECLINED.search(text[:400]) is not None


def bytes_text(count: int) -> str:
    """``64 kB``, ``3.1 MB``."""
    if count < 1_000:
        return f"{count} bytes"
    size = count / 1_000
    for unit in ("kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "kB" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1_000
    return f"{size:.1f} GB"
