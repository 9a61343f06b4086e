"""A tool call as a card: the line that is always there, and the sections that show when it is opened."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from parrot_desktop.domain.transcript import tools
from parrot_desktop.domain.transcript.clean import one_line
from parrot_desktop.domain.transcript.diff import Change, FileDiff, compare, created, parse_patch, parse_unified
from parrot_desktop.domain.transcript.durations import duration_text
from parrot_desktop.domain.transcript.results import (
    ShellOutput,
    failures,
    found_what,
    numbered,
    shell_output,
    split_reminders,
    was_declined,
    without_tags,
)
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


@dataclass(frozen=True, slots=True)
class Code:
    """Text in a fixed pitch; ``first_line`` numbers its lines, ``language``: a name known to Pygments, or a file's."""

    text: str
    language: str = ""
    first_line: int | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed: terminal colours included."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, drawn behind a prompt sign."""

    text: str


@dataclass(frozen=True, slots=True)
class Diff:
    file: FileDiff


@dataclass(frozen=True, slots=True)
class Todo:
    text: str
    state: str
    """``pending``, ``in_progress``, ``completed`` or ``cancelled``."""


@dataclass(frozen=True, slots=True)
class Todos:
    items: tuple[Todo, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """One quiet line about what is shown."""

    text: str
    tone: Tone = Tone.MUTED


Content = Code | Output | Command | Diff | Todos | Prose | Note


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an opened card. ``label`` stands above it, empty where the content speaks for itself."""

    label: str
    content: Content
    from_result: bool = True


def short_path(path: str, folder: str | None) -> str:
    """The path as seen from the session's folder, where it lies inside."""
    if folder:
        base = folder.rstrip("/\\")
        if path.startswith(base) and path[len(base) : len(base) + 1] in {"/", "\\"}:
            return path[len(base) + 1 :]
    return path


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


def sections(
    call: ToolCall, result: ToolResult | None, words: Words, *, folder: str | None = None
) -> tuple[Section, ...]:
    """What an opened card shows, in order."""
    given = tools.arguments(call.input)
    kind = tools.kind_of(call.name, given)
    if call.full_bytes is not None and kind not in {ToolKind.SHELL, ToolKind.READ, ToolKind.SEARCH}:
        # Arguments cut short: half a diff or half a list would look whole.
        shown = _input_cut(call, words)
    else:
        shown = _input(kind, given, folder, words)
    return (*shown, *(_output(kind, given, result, words) if result is not None else ()))


def diffs_of(call: ToolCall) -> tuple[FileDiff, ...]:
    """The changes that an editing call asks for; empty for other calls."""
    given = tools.arguments(call.input)
    return _diffs(tools.kind_of(call.name, given), given)


def _summary(kind: ToolKind, given: Arguments, folder: str | None, words: Words) -> str:
    match kind:
        case ToolKind.SHELL:
            return tools.command_of(given)
        case ToolKind.SHELL_MORE:
            return given.word(("bash_id", "shell_id", "shellId", "task_id", "session_id", "chars", "input"))
        case ToolKind.READ | ToolKind.EDIT | ToolKind.WRITE | ToolKind.DELETE | ToolKind.LIST:
            path = short_path(given.word(tools.PATH), folder) or "."
            return path + _line_range(given) if kind is ToolKind.READ else path
        case ToolKind.PATCH:
            files = [short_path(file.path, folder) for file in _diffs(kind, given)]
            return ", ".join(files) or given.word(tools.PATH)
        case ToolKind.SEARCH | ToolKind.FIND:
            where = short_path(given.word(("path", "glob", "include", "dir_path", "target_directories")), folder)
            pattern = given.word(tools.PATTERN)
            return f"{pattern} · {where}" if where and where not in {folder, pattern} else pattern
        case ToolKind.FETCH:
            return given.word(tools.URL)
        case ToolKind.WEB:
            return given.word(tools.PATTERN)
        case ToolKind.TODO:
            items = _todos(given)
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
            return short_path(given.word(("path", "file_path", "prompt", "revised_prompt")), folder)
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
        files = _diffs(kind, given)
        return FilePlace(files[0].moved_to or files[0].path) if files else None
    if kind not in {ToolKind.READ, ToolKind.EDIT, ToolKind.WRITE}:
        return None
    path = given.word(tools.PATH)
    return FilePlace(path, given.number(tools.FIRST_LINE)) if path else None


def _good_words(kind: ToolKind, given: Arguments, result: ToolResult, words: Words, *, has_code: bool) -> list[Word]:
    if kind in {ToolKind.EDIT, ToolKind.WRITE, ToolKind.PATCH}:
        files = _diffs(kind, given)
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


def _diffs(kind: ToolKind, given: Arguments) -> tuple[FileDiff, ...]:
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


def _todos(given: Arguments) -> tuple[Todo, ...]:
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


def _input_cut(call: ToolCall, words: Words) -> tuple[Section, ...]:
    return (Section(words.tr("Input"), Code(tools.as_text(call.input), "json"), from_result=False),)


def _input(kind: ToolKind, given: Arguments, folder: str | None, words: Words) -> tuple[Section, ...]:
    """The sections for what the agent asked for."""

    def section(label: str, content: Content) -> Section:
        return Section(label, content, from_result=False)

    match kind:
        case ToolKind.SHELL:
            found = [section("", Command(tools.command_of(given)))]
            notes = [given.word(("description",))]
            where = given.word(("workdir", "cwd", "dir_path", "directory"))
            if where and where != folder:
                notes.append(words.tr("in {folder}", folder=where))
            if given.first(("run_in_background", "is_background")) is True:
                notes.append(words.tr("in the background"))
            note = " · ".join(each for each in notes if each)
            return (section("", Note(note)), *found) if note else tuple(found)
        case ToolKind.EDIT | ToolKind.WRITE | ToolKind.PATCH:
            diffs = _diffs(kind, given)
            several = len({file.path for file in diffs}) > 1 or kind is ToolKind.PATCH
            return tuple(
                section(_diff_label(file, folder, words) if several else "", Diff(file)) for file in diffs
            ) or _fields(given, words)
        case ToolKind.TODO:
            items = _todos(given)
            why = given.word(("explanation",))
            shown = [section("", Todos(items))] if items else list(_fields(given, words))
            return (section("", Prose(why)), *shown) if why else tuple(shown)
        case ToolKind.AGENT:
            prompt = given.word(("prompt", "message"))
            kinds = given.word(("subagent_type", "agent_type", "agent_name", "model"))
            return (
                *((section("", Note(kinds)),) if kinds else ()),
                *((section(words.tr("Prompt"), Prose(prompt)),) if prompt else ()),
            )
        case ToolKind.PLAN:
            return (section("", Prose(given.word(("plan", "summary", "text")))),)
        case ToolKind.READ if given.fields.keys() <= {*tools.PATH, "offset", "limit"}:
            return ()
        case ToolKind.FETCH | ToolKind.WEB | ToolKind.SEARCH | ToolKind.FIND | ToolKind.LIST | ToolKind.READ:
            return _fields(given, words)
        case _:
            return _fields(given, words)


def _diff_label(file: FileDiff, folder: str | None, words: Words) -> str:
    name = short_path(file.path, folder)
    match file.change:
        case Change.ADDED:
            return words.tr("{name} (new file)", name=name)
        case Change.DELETED:
            return words.tr("{name} (deleted)", name=name)
        case Change.MOVED:
            return f"{name} → {short_path(file.moved_to or '', folder)}"
        case Change.UPDATED:
            return name


def _fields(given: Arguments, words: Words) -> tuple[Section, ...]:
    if given.text is not None and not given.fields:
        return (Section(words.tr("Input"), _json_or(given.text, Code(given.text)), from_result=False),)
    if not given.fields:
        return ()
    return (Section(words.tr("Input"), Code(tools.as_json(dict(given.fields)), "json"), from_result=False),)


def _output(kind: ToolKind, given: Arguments, result: ToolResult, words: Words) -> tuple[Section, ...]:
    """The sections for what the tool answered."""
    if result.ok is False and kind not in {ToolKind.SHELL, ToolKind.SHELL_MORE}:
        if was_declined(result.text):
            return (Section(words.tr("Declined"), Note(without_tags(result.text).strip(), Tone.WAITING)),)
        return (Section(words.tr("Error"), Note(without_tags(result.text).strip(), Tone.BAD)),)
    text, reminders = split_reminders(result.text)
    notes = tuple(Section(words.tr("Reminder to the model"), Note(reminder)) for reminder in reminders)
    match kind:
        case ToolKind.SHELL | ToolKind.SHELL_MORE:
            shell = shell_output(text)
            body = shell.text.rstrip("\n")
            return (Section("", Output(body) if body.strip() else Note(words.tr("No output"))), *notes)
        case ToolKind.READ:
            lines = numbered(text, first=given.number(tools.FIRST_LINE) or 1)
            path = given.word(tools.PATH)
            code = Code("\n".join(lines.lines), posixpath.basename(path.replace(os.sep, "/")), lines.first)
            return (Section("", code if lines.lines else Note(words.tr("Nothing read"))), *notes)
        case ToolKind.EDIT | ToolKind.WRITE | ToolKind.PATCH:
            if files := parse_unified(text):
                return (*(Section("", Diff(file)) for file in files if not _diffs(kind, given)), *notes)
            return notes
        case ToolKind.TODO | ToolKind.PLAN:
            return notes
        case ToolKind.AGENT | ToolKind.FETCH | ToolKind.WEB:
            return (Section(words.tr("Answer"), Prose(_joined_texts(text))), *notes)
        case _:
            if not text.strip():
                return (Section("", Note(words.tr("No output"))), *notes)
            return (Section(words.tr("Output"), _json_or(text, Output(text))), *notes)


def _json_or(text: str, otherwise: Content) -> Content:
    stripped = text.strip()
    if stripped[:1] not in {"{", "["} or len(stripped) > 1_000_000:
        return otherwise
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return otherwise
    return Code(tools.as_json(value), "json")


def _joined_texts(text: str) -> str:
    """A list of text blocks, as some agents write results, as the texts; anything else as it is."""
    if not text.lstrip().startswith("["):
        return text
    try:
        blocks = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(blocks, list):
        return text
    texts: list[str] = []
    for block in cast("list[Any]", blocks):
        piece = cast("Mapping[str, Any]", block).get("text") if isinstance(block, Mapping) else None
        if not isinstance(piece, str):
            return text
        texts.append(piece)
    return "\n\n".join(texts)
