"""Tool calls of every agent as cards: one line, an outcome, and sections when they are opened."""

from typing import Any

import pytest

from parrot_desktop.domain.transcript import cards, sections
from parrot_desktop.domain.transcript.asked import Todo
from parrot_desktop.domain.transcript.cards import Tone
from parrot_desktop.domain.transcript.results import numbered, shell_output
from parrot_desktop.domain.words import EnglishWords
from parrot_wire.session import ToolCall, ToolResult

WORDS = EnglishWords()


def call(name: str, given: Any, **more: Any) -> ToolCall:
    return ToolCall(call_id="c", name=name, input=given, **more)


def result(text: str = "", *, ok: bool | None = True, **more: Any) -> ToolResult:
    return ToolResult(call_id="c", ok=ok, text=text, **more)


def outcome(asked: ToolCall, answered: ToolResult | None, *, is_live: bool = False) -> list[tuple[str, Tone]]:
    return [(word.text, word.tone) for word in cards.outcome(asked, answered, WORDS, is_live=is_live)]


@pytest.mark.parametrize(
    ("name", "given", "label", "summary"),
    [
        # Claude Code
        ("Bash", {"command": "pytest -q", "description": "Run"}, "Run", "pytest -q"),
        ("Read", {"file_path": "/w/app/src/log.py", "offset": 1, "limit": 220}, "Read", "src/log.py:1-220"),
        ("Edit", {"file_path": "/w/app/a.py", "old_string": "a", "new_string": "b"}, "Edit", "a.py"),
        ("Grep", {"pattern": "audit_log", "path": "/w/app/src"}, "Search", "audit_log · src"),
        ("Glob", {"pattern": "*.py"}, "Find files", "*.py"),
        ("Task", {"description": "Look around", "prompt": "long"}, "Agent", "Look around"),
        ("mcp__db__query", {"sql": "select 1"}, "db · query", "select 1"),
        # Codex
        ("exec_command", '{"cmd": "ls -la"}', "Run", "ls -la"),
        ("shell", {"command": ["bash", "-lc", "make test"]}, "Run", "make test"),
        ("apply_patch", "*** Begin Patch\n*** Add File: n.rs\n+x\n*** End Patch", "Edit", "n.rs"),
        ("update_plan", {"plan": [{"step": "One", "status": "completed"}]}, "To-do list", "1 of 1 done"),
        # Gemini, Qwen
        ("run_shell_command", {"command": "ls -F"}, "Run", "ls -F"),
        ("read_file", {"absolute_path": "/w/app/README.md"}, "Read", "README.md"),
        ("replace", {"file_path": "/w/app/b.py", "old_string": "", "new_string": "x"}, "Edit", "b.py"),
        ("google_web_search", {"query": "parrots"}, "Web search", "parrots"),
        # Copilot
        ("str_replace_editor", {"command": "view", "path": "/w/app/c.py", "view_range": [3, 9]}, "Read", "c.py:3-9"),
        ("bash", {"command": "ls"}, "Run", "ls"),
        # opencode
        ("webfetch", {"url": "https://example.com"}, "Fetch", "https://example.com"),
        ("edit", {"filePath": "/w/app/d.py", "oldString": "a", "newString": "b"}, "Edit", "d.py"),
        # Cursor
        ("Write", {"path": "/w/app/e.txt", "contents": "x"}, "Write", "e.txt"),
        ("WebSearch", {"search_term": "HBO"}, "Web search", "HBO"),
        # Nobody's
        ("brand_new_tool", {"subject": "Something"}, "brand_new_tool", "Something"),
        ("no_arguments", None, "no_arguments", ""),
    ],
)
def test_a_card_says_what_was_asked(name: str, given: Any, label: str, summary: str) -> None:
    card = cards.card(call(name, given), WORDS, folder="/w/app")
    assert (card.label, card.summary) == (label, summary)


def test_arguments_that_were_cut_short_still_say_what_matters() -> None:
    cut = '{"file_path": "/w/app/big.py", "content": "line one\\nline tw'
    card = cards.card(call("Write", cut, full_bytes=900_000), WORDS, folder="/w/app")
    assert (card.label, card.summary) == ("Write", "big.py")


@pytest.mark.parametrize(
    ("asked", "answered", "words"),
    [
        (call("Bash", {"command": "x"}), result("fine", exit_code=0), [("ok", Tone.GOOD)]),
        (
            call("Bash", {"command": "x"}),
            result("\x1b[31m2 failed\x1b[0m, 12 passed", ok=False, exit_code=1, duration=4_200),
            [("exit 1 · 2 failed", Tone.BAD), ("4.2s", Tone.MUTED)],
        ),
        # Gemini says "success" on a command that failed.
        (
            call("run_shell_command", {"command": "x"}),
            result("Output: no such file\nExit Code: 1\nProcess Group PGID: 1"),
            [("exit 1", Tone.BAD)],
        ),
        (
            call("Edit", {"file_path": "a", "old_string": "a\nb\n", "new_string": "c\n"}),
            result("done"),
            [("+1", Tone.GOOD), ("\N{MINUS SIGN}2", Tone.BAD)],
        ),
        (
            call("Grep", {"pattern": "x"}),
            result("Found 14 files\na\nb", duration=42),
            [("14 files", Tone.MUTED), ("42 ms", Tone.MUTED)],
        ),
        (
            call("ExitPlanMode", {"plan": "p"}),
            result("The user doesn't want to proceed with this tool use.", ok=False),
            [("declined", Tone.WAITING)],
        ),
        (call("WebFetch", {"url": "u"}), result("403", ok=False), [("failed", Tone.BAD)]),
        (call("Bash", {"command": "x"}), None, [("no result", Tone.MUTED)]),
    ],
)
def test_the_outcome_stands_at_the_right(
    asked: ToolCall, answered: ToolResult | None, words: list[tuple[str, Tone]]
) -> None:
    assert outcome(asked, answered) == words


def test_a_call_without_a_result_runs_while_its_session_does() -> None:
    assert outcome(call("Bash", {"command": "x"}), None, is_live=True) == [("running", Tone.LIVE)]
    # A Flow reports a step's output while it is printed, without an outcome.
    assert outcome(call("Run", {"command": "x"}), result("so far", ok=None), is_live=True) == [("running", Tone.LIVE)]


def contents(asked: ToolCall, answered: ToolResult | None) -> list[Any]:
    return [section.content for section in sections.sections(asked, answered, WORDS)]


def test_an_opened_shell_shows_command_and_output_alone() -> None:
    text = "Chunk ID: 1\nWall time: 0.5 seconds\nProcess exited with code 1\nOriginal token count: 3\nOutput:\nboom\n"
    assert contents(call("exec_command", {"cmd": "make"}), result(text)) == [
        sections.Command("make"),
        sections.Output("boom"),
    ]


def test_an_opened_read_has_the_numbers_of_the_file() -> None:
    (code,) = contents(call("Read", {"file_path": "a/log.py", "offset": 7}), result("     7→import os\n     8→\n"))
    assert code == sections.Code("import os\n", "log.py", 7)


def test_an_opened_edit_is_a_diff_for_every_edit() -> None:
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}]
    found = contents(call("MultiEdit", {"file_path": "x.py", "edits": edits}), result("Applied 2 edits"))
    assert [(diff.file.path, diff.file.added, diff.file.removed) for diff in found] == [("x.py", 1, 1), ("x.py", 1, 1)]


def test_an_opened_to_do_list_is_a_check_list() -> None:
    todos = [{"content": "One", "status": "completed"}, {"content": "Two", "status": "in_progress"}]
    assert contents(call("TodoWrite", {"todos": todos}), result("ok")) == [
        sections.Todos((Todo("One", "completed"), Todo("Two", "in_progress")))
    ]


def test_json_is_laid_out_and_other_output_stays() -> None:
    *_, pretty = contents(call("mcp__a__b", {}), result('{"a":[1,2]}'))
    assert pretty == sections.Code('{\n  "a": [\n    1,\n    2\n  ]\n}', "json")
    *_, text = contents(call("mcp__a__b", {}), result("{not json"))
    assert text == sections.Output("{not json")


@pytest.mark.parametrize("given", [None, 7, "text", [], {"todos": 3}, {"edits": [1]}, {"plan": None}, '{"a": ['])
@pytest.mark.parametrize(
    "name", ["Bash", "Read", "Edit", "Write", "apply_patch", "TodoWrite", "Task", "Ask", "Grep", "x"]
)
def test_strange_arguments_break_nothing(name: str, given: Any) -> None:
    asked = call(name, given)
    cards.card(asked, WORDS)
    cards.outcome(asked, result("x"), WORDS, is_live=False)
    sections.sections(asked, result("x"), WORDS)


def test_line_numbers_of_several_tools_are_recognised() -> None:
    assert numbered("     1→a\n     2→b").lines == ("a", "b")
    assert numbered("<file>\n00005| x\n00006| y\n\n(End of file)\n</file>").first == 5
    assert numbered("L1: a\nL2: b").lines == ("a", "b")
    # Lines of a file that merely begin with numbers are no line numbers.
    assert numbered("1. buy\n2. sell\n").lines == ("1. buy", "2. sell")
    assert numbered("1. buy\n7. sell", first=3).lines == ("1. buy", "7. sell")


def test_copilots_closing_line_is_no_output() -> None:
    assert shell_output("a.txt\n<shellId: 0 completed with exit code 2>").exit_code == 2
    assert shell_output("a.txt\n<shellId: 0 completed with exit code 2>").text == "a.txt"
