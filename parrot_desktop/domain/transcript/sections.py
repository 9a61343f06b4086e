"""What shows when the card of a tool call is opened."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from parrot_desktop.domain.transcript import asked, tools
from parrot_desktop.domain.transcript.cards import Tone
from parrot_desktop.domain.transcript.diff import Change, FileDiff, parse_unified
from parrot_desktop.domain.transcript.results import (
    numbered,
    shell_output,
    split_reminders,
    was_declined,
    without_tags,
)
from parrot_desktop.domain.transcript.tools import Arguments, ToolKind

if TYPE_CHECKING:
    from parrot_desktop.domain.transcript.asked import Todo
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import ToolCall, ToolResult


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
            diffs = asked.diffs(kind, given)
            several = len({file.path for file in diffs}) > 1 or kind is ToolKind.PATCH
            return tuple(
                section(_diff_label(file, folder, words) if several else "", Diff(file)) for file in diffs
            ) or _fields(given, words)
        case ToolKind.TODO:
            items = asked.todos(given)
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
    name = asked.short_path(file.path, folder)
    match file.change:
        case Change.ADDED:
            return words.tr("{name} (new file)", name=name)
        case Change.DELETED:
            return words.tr("{name} (deleted)", name=name)
        case Change.MOVED:
            return f"{name} → {asked.short_path(file.moved_to or '', folder)}"
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
                return (*(Section("", Diff(file)) for file in files if not asked.diffs(kind, given)), *notes)
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
