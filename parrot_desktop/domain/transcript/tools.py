"""What is known of the tools of every agent: one table of names, and how their arguments are spelt.

The names come from Claude Code, Codex, Gemini CLI, Qwen Code, Copilot CLI, opencode and Cursor (docs/formats of each
tool, and recorded transcripts). A tool that is not in the table goes by its own name, its arguments as they are.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from parrot_desktop.domain.words import Words

_Spelt = tuple[str, ...]


class ToolKind(StrEnum):
    """What a tool does, which decides how its input and output are drawn."""

    SHELL = "shell"
    SHELL_MORE = "shell_more"
    """More of a command that runs in the background: its output, its input, its end."""
    READ = "read"
    EDIT = "edit"
    WRITE = "write"
    PATCH = "patch"
    DELETE = "delete"
    SEARCH = "search"
    FIND = "find"
    LIST = "list"
    FETCH = "fetch"
    WEB = "web"
    TODO = "todo"
    AGENT = "agent"
    PLAN = "plan"
    ASK = "ask"
    SKILL = "skill"
    IMAGE = "image"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ToolLook:
    """The word on the card and its icon (of ``resources/icons``)."""

    label: str
    icon: str


LOOKS: dict[ToolKind, ToolLook] = {
    ToolKind.SHELL: ToolLook("Run", "terminal"),
    ToolKind.SHELL_MORE: ToolLook("Terminal", "square-terminal"),
    ToolKind.READ: ToolLook("Read", "eye"),
    ToolKind.EDIT: ToolLook("Edit", "file-diff"),
    ToolKind.WRITE: ToolLook("Write", "file-plus"),
    ToolKind.PATCH: ToolLook("Edit", "file-diff"),
    ToolKind.DELETE: ToolLook("Delete", "trash-2"),
    ToolKind.SEARCH: ToolLook("Search", "search"),
    ToolKind.FIND: ToolLook("Find files", "file-search"),
    ToolKind.LIST: ToolLook("List", "folder-open"),
    ToolKind.FETCH: ToolLook("Fetch", "globe"),
    ToolKind.WEB: ToolLook("Web search", "globe"),
    ToolKind.TODO: ToolLook("To-do list", "list-todo"),
    ToolKind.AGENT: ToolLook("Agent", "bot"),
    ToolKind.PLAN: ToolLook("Plan", "clipboard-list"),
    ToolKind.ASK: ToolLook("Question", "circle-help"),
    ToolKind.SKILL: ToolLook("Skill", "sparkles"),
    ToolKind.IMAGE: ToolLook("Image", "image"),
    ToolKind.OTHER: ToolLook("", "wrench"),
}

_NAMES: dict[ToolKind, str] = {
    ToolKind.SHELL: """run bash shell exec_command run_shell_command shell_command local_shell container.exec powershell
        run_terminal_cmd run_terminal_command_v2 run_in_terminal execute_command terminal""",
    ToolKind.SHELL_MORE: """bashoutput killshell killbash taskoutput taskstop write_stdin read_bash write_bash stop_bash
        list_bash read_powershell write_powershell stop_powershell monitor awaitshell""",
    ToolKind.READ: """read read_file view cat open_file notebookread read_many_files read_file_v2""",
    ToolKind.EDIT: """edit multiedit replace str_replace search_replace strreplace edit_file edit_file_v2 notebookedit
        edit_notebook editnotebook""",
    ToolKind.WRITE: """write write_file create create_file new_file""",
    ToolKind.PATCH: """apply_patch applypatch patch""",
    ToolKind.DELETE: """delete delete_file""",
    ToolKind.SEARCH: """grep grep_search search_file_content grep_files codebase_search semanticsearch codesearch rg
        ripgrep search ripgrep_raw_search semantic_search""",
    ToolKind.FIND: """glob file_search find_files glob_file_search glob_files""",
    ToolKind.LIST: """ls list list_dir list_directory list_dir_v2 listdir""",
    ToolKind.FETCH: """webfetch web_fetch fetch mcp_web_fetch""",
    ToolKind.WEB: """websearch web_search google_web_search""",
    ToolKind.TODO: """todowrite todo_write write_todos update_todo todoread update_plan todo""",
    ToolKind.AGENT: """task agent spawn_agent delegate_to_agent task_v2 subagent""",
    ToolKind.PLAN: """exitplanmode exit_plan_mode exit_plan create_plan createplan""",
    ToolKind.ASK: """askuserquestion ask_user ask_user_question ask_question question request_user_input""",
    ToolKind.SKILL: """skill activate_skill slashcommand""",
    ToolKind.IMAGE: """view_image generateimage generate_image image_generation image_generation_call""",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}

# One tool for several acts (Anthropic's text editor, in Copilot and others): the act is its `command`.
_EDITOR_TOOLS = {"str_replace_editor", "str_replace_based_edit_tool"}
_EDITOR_ACTS = {
    "view": ToolKind.READ,
    "create": ToolKind.WRITE,
    "str_replace": ToolKind.EDIT,
    "insert": ToolKind.EDIT,
    "undo_edit": ToolKind.EDIT,
}

COMMAND: _Spelt = ("command", "cmd", "script", "commandLine", "input", "chars")
PATH: _Spelt = (
    "file_path", "path", "filePath", "absolute_path", "target_file", "file", "filename", "notebook_path", "dir_path",
    "relative_workspace_path", "directory", "paths", "include", "target_directory",
)  # fmt: skip
OLD: _Spelt = ("old_string", "oldString", "old_str", "oldText", "old_text", "search")
NEW: _Spelt = ("new_string", "newString", "new_str", "newText", "new_text", "new_source", "replace", "code_edit")
CONTENT: _Spelt = ("content", "contents", "file_text", "fileText", "text", "code")
PATTERN: _Spelt = ("pattern", "query", "regex", "search_term", "q", "glob_pattern", "glob", "queries")
PATCH: _Spelt = ("patch", "input", "patchText", "patch_text", "diff")
FIRST_LINE: _Spelt = ("offset", "start_line", "startLine", "start_line_one_indexed")
URL: _Spelt = ("url", "urls", "prompt")
TODOS: _Spelt = ("todos", "plan", "items", "todo_list", "tasks")
ABOUT: _Spelt = (
    "description", "title", "subject", "summary", "query", "name", "skill", "command", "message", "question", "prompt",
    "path", "file_path", "url", "id", "pattern", "text", "reason", "intent",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arguments:
    """A tool's input, however it was written down: an object, JSON text, free text, or JSON cut short."""

    fields: Mapping[str, Any]
    text: str | None = None
    """The input where it is no object."""

    def first(self, names: _Spelt) -> Any:
        """The first of the fields that is there; None where none is."""
        for name in names:
            value = self.fields.get(name)
            if value is not None:
                return value
        return None

    def word(self, names: _Spelt) -> str:
        """The first of the fields as text: lists joined, numbers written; empty where none is there."""
        return as_text(self.first(names))

    def number(self, names: _Spelt) -> int | None:
        value = self.first(names)
        if isinstance(value, str) and value.isdigit():
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


_CUT_FIELD = re.compile(r'"(\w+)"\s*:\s*("(?:[^"\\]|\\.)*"?|-?\d+)', re.DOTALL)


def arguments(value: Any) -> Arguments:
    """A tool call's ``input`` as fields. Never fails: what cannot be read stays text."""
    if isinstance(value, Mapping):
        return Arguments(cast("Mapping[str, Any]", value))
    if value is None:
        return Arguments({})
    if not isinstance(value, str):
        return Arguments({}, as_json(value))
    stripped = value.lstrip()
    if not stripped.startswith("{"):
        return Arguments({}, value)
    try:
        decoded = json.loads(value)
    except (ValueError, RecursionError):
        # Over the limit of the wire the JSON is cut: the fields that are whole, and the start of the last one.
        return Arguments({name: _cut_value(text) for name, text in _CUT_FIELD.findall(stripped)}, value)
    return Arguments(cast("Mapping[str, Any]", decoded))


def _cut_value(text: str) -> Any:
    """One value of JSON that was cut short; an open string is closed."""
    for ending in ("", '"'):
        try:
            return json.loads(text + ending, strict=False)
        except ValueError:
            continue
    return text.strip('"')


def kind_of(name: str, given: Arguments) -> ToolKind:
    """What a tool does, by its name and, where one tool does several things, by its arguments."""
    key = name.strip().lower()
    if key in _EDITOR_TOOLS:
        return _EDITOR_ACTS.get(given.word(("command",)), ToolKind.OTHER)
    if key in {"edit", "patch"} and given.first(PATCH) is not None and given.first(OLD) is None:
        return ToolKind.PATCH
    return _KINDS.get(key, ToolKind.OTHER)


def label_of(name: str, kind: ToolKind, words: Words) -> str:
    """The word on the card: the act where it is known, else the tool's name (``mcp__db__query`` as ``db · query``)."""
    if LOOKS[kind].label:
        return words.tr(LOOKS[kind].label)
    if name.startswith("mcp__"):
        return " · ".join(part for part in name[5:].split("__") if part) or name
    return name


def command_of(given: Arguments) -> str:
    """The command line of a shell call; a list is quoted, and ``bash -lc X`` is X."""
    value = given.first(COMMAND)
    if isinstance(value, Sequence) and not isinstance(value, str):
        words = [str(word) for word in cast("Sequence[object]", value)]
        if len(words) == 3 and words[1] in {"-c", "-lc"}:
            return words[2]
        return shlex.join(words)
    return as_text(value) or given.text or ""


def as_text(value: Any) -> str:
    """A field as text: a list joined by commas, an object as JSON, None as nothing."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(as_text(each) for each in cast("list[Any]", value))
        case int() | float():
            return str(value)
        case _:
            return as_json(value)


def as_json(value: Any) -> str:
    """Pretty JSON; what JSON cannot say is written as Python does."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (ValueError, RecursionError):
        return str(value)[:100_000]
