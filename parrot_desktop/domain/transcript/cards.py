"""A tool call as a card: the line that is always there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from parrot_desktop.domain.transcript import asked, tools
from parrot_desktop.domain.transcript.clean import one_line
from parrot_desktop.domain.transcript.durations import duration_text
from parrot_desktop.domain.transcript.results import ShellOutput, failures, found_what, shell_output, was_declined
from parrot_desktop.domain.transcript.tools import Arguments, ToolKind

if TYPE_CHECKING:
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import ToolCall, ToolResult


class Tone(StrEnum):
    """What a word of an outcome says, and so its colour."""

    GOOD = "good"
    BAD = "bad"
    WAITING = "waiting"
    MUTED = "muted"
    LIVE = "live"
    """The call still runs."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file of the session's machine, and the line to show."""

    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """The folded line of a tool call."""

    kind: ToolKind
    icon: str
    label: str
    summary: str
    place: FilePlace | None
    child: str | None
    """The session that this call started."""
    is_path: bool = False
    """The summary is a path, whose end says most."""


def card(call: ToolCall, words: Words, *, folder: str | None = None) -> Card:
    """The folded line of a call; ``folder`` is where the session works."""
    given = tools.arguments(call.input)
    kind = tools.kind_of(call.name, given)
    return Card(
        kind=kind,
        icon=tools.LOOKS[kind].icon,
        label=one_line(tools.label_of(call.name, kind, words), 60),
        summary=one_line(_summary(kind, given, folder, words)),
        place=_place(kind, given),
        child=call.child,
        is_path=kind in {ToolKind.READ, ToolKind.EDIT, ToolKind.WRITE, ToolKind.DELETE, ToolKind.LIST},
    )


def outcome(call: ToolCall, result: ToolResult | None, words: Words, *, is_live: bool) -> tuple[Word, ...]:
    """What came of a call, right of its line. Without a result it runs still, or was cut off.

    is_live: whether it may run still. A run reports the output of a step while it is printed, without an outcome.
    """
    if result is None or (is_live and result.ok is None and result.exit_code is None and result.duration is None):
        return (Word(words.tr("running"), Tone.LIVE) if is_live else Word(words.tr("no result"), Tone.MUTED),)
    given = tools.arguments(call.input)
    kind = tools.kind_of(call.name, given)
    is_shell = kind in {ToolKind.SHELL, ToolKind.SHELL_MORE}
    shell = shell_output(result.text) if is_shell else ShellOutput("")
    code = result.exit_code if result.exit_code is not None else shell.exit_code
    duration = result.duration if result.duration is not None else shell.duration_ms
    said: list[Word] = []
    if result.ok is False and was_declined(result.text):
        said.append(Word(words.tr("declined"), Tone.WAITING))
    elif code:
        left = words.tr("exit {code}", code=code)
        failed = failures(result.text)
        said.append(Word(f"{left} · {failed}" if failed else left, Tone.BAD))
    elif result.ok is False:
        said.append(Word(words.tr("failed"), Tone.BAD))
    else:
        said.extend(_good_words(kind, given, result, words, has_code=code is not None))
    if duration:
        said.append(Word(duration_text(duration, words), Tone.MUTED))
    return tuple(said)


def _summary(kind: ToolKind, given: Arguments, folder: str | None, words: Words) -> str:
    match kind:
        case ToolKind.SHELL:
            return tools.command_of(given)
        case ToolKind.SHELL_MORE:
            return given.word(("bash_id", "shell_id", "shellId", "task_id", "session_id", "chars", "input"))
        case ToolKind.READ | ToolKind.EDIT | ToolKind.WRITE | ToolKind.DELETE | ToolKind.LIST:
            path = asked.short_path(given.word(tools.PATH), folder) or "."
            return path + _line_range(given) if kind is ToolKind.READ else path
        case ToolKind.PATCH:
            files = [asked.short_path(file.path, folder) for file in asked.diffs(kind, given)]
            return ", ".join(files) or given.word(tools.PATH)
        case ToolKind.SEARCH | ToolKind.FIND:
            where = asked.short_path(given.word(("path", "glob", "include", "dir_path", "target_directories")), folder)
            pattern = given.word(tools.PATTERN)
            return f"{pattern} · {where}" if where and where not in {folder, pattern} else pattern
        case ToolKind.FETCH:
            return given.word(tools.URL)
        case ToolKind.WEB:
            return given.word(tools.PATTERN)
        case ToolKind.TODO:
            items = asked.todos(given)
            done = sum(item.state == "completed" for item in items)
            now = next((item.text for item in items if item.state == "in_progress"), "")
            if not items:
                return ""
            count = words.tr("{done} of {total} done", done=done, total=len(items))
            return f"{count} · {now}" if now else count
        case ToolKind.AGENT:
            return given.word(("description", "title", "name", "subagent_type", "prompt", "message"))
        case ToolKind.PLAN:
            return _first_words(given.word(("plan", "summary", "title")))
        case ToolKind.ASK:
            return _question(given)
        case ToolKind.SKILL:
            return given.word(("skill", "name", "command"))
        case ToolKind.IMAGE:
            return asked.short_path(given.word(("path", "file_path", "prompt", "revised_prompt")), folder)
        case ToolKind.OTHER:
            return given.word(tools.ABOUT) or given.text or _first_value(given)


def _first_words(text: str) -> str:
    """The first line of a Markdown text that says something, without its marks."""
    lines = (line.strip().lstrip("#>*- ").strip() for line in text[:4_000].splitlines())
    return next((line for line in lines if line), "")


def _first_value(given: Arguments) -> str:
    return next((str(value) for value in given.fields.values() if isinstance(value, str | int | float)), "")


def _question(given: Arguments) -> str:
    questions = given.fields.get("questions")
    if isinstance(questions, list) and questions:
        first = cast("list[Any]", questions)[0]
        if isinstance(first, Mapping):
            return tools.as_text(cast("Mapping[str, Any]", first).get("question"))
    return given.word(("question", "prompt", "text"))


def _line_range(given: Arguments) -> str:
    first, limit = given.number(tools.FIRST_LINE), given.number(("limit",))
    last = given.number(("end_line", "endLine", "end_line_one_indexed_inclusive"))
    view = given.fields.get("view_range")
    if isinstance(view, list) and len(cast("list[Any]", view)) == 2:
        first, last = (int(value) for value in cast("list[Any]", view))
    if last is None and limit is not None:
        last = (first or 1) + limit - 1
    if first is None and last is None:
        return ""
    return f":{first or 1}-{last}" if last is not None and last > 0 else f":{first}"


def _place(kind: ToolKind, given: Arguments) -> FilePlace | None:
    if kind is ToolKind.PATCH:
        files = asked.diffs(kind, given)
        return FilePlace(files[0].moved_to or files[0].path) if files else None
    if kind not in {ToolKind.READ, ToolKind.EDIT, ToolKind.WRITE}:
        return None
    path = given.word(tools.PATH)
    return FilePlace(path, given.number(tools.FIRST_LINE)) if path else None


def _good_words(kind: ToolKind, given: Arguments, result: ToolResult, words: Words, *, has_code: bool) -> list[Word]:
    if kind in {ToolKind.EDIT, ToolKind.WRITE, ToolKind.PATCH}:
        files = asked.diffs(kind, given)
        added, removed = sum(file.added for file in files), sum(file.removed for file in files)
        both = ((added, Word(f"+{added}", Tone.GOOD)), (removed, Word(f"\N{MINUS SIGN}{removed}", Tone.BAD)))
        return [word for count, word in both if count]
    if kind in {ToolKind.SEARCH, ToolKind.FIND, ToolKind.LIST}:
        paths_only = kind is not ToolKind.SEARCH or given.word(("output_mode",)) in {"files_with_matches"}
        return [Word(found_what(result.text, words, paths_only=paths_only), Tone.MUTED)]
    if kind is ToolKind.TODO:
        return []
    if result.ok or has_code:
        return [Word(words.tr("ok"), Tone.GOOD)]
    return []
