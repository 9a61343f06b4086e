"""Following a file that grows: whatever is read when, it amounts to the same; only what is new is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from parrot_server.index import appended, jsonl
from parrot_server.index.sources.base import Stopped
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.sources.codex import Codex
from tests.helpers.claude_files import ClaudeHome, ClaudeLines, call, text, usage
from tests.helpers.codex_files import CodexHome, CodexLines, counts
from tests.unit.index.test_codex_figures import enveloped, paginated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Reader, Reading, Source, Standing
    from parrot_wire.answers import SourceProblem
    from parrot_wire.records import SessionPatch, TurnRecord


def claude() -> bytes:
    """A transcript with everything that could be cut in two."""
    lines = ClaudeLines()
    lines.bare(type="summary", summary="Title", leafUuid="u-11111111-1")
    lines.prompt("Fix the lögin \N{PARROT}")
    for block in (text("I look."), call("t1"), call("t2")):
        lines.assistant(block, id="m1", request="r1", used=usage(5))
    lines.result("t1", "x" * 300)
    lines.raw(b"garbage\n")
    lines.assistant(text("later"), id="m1", request="r1", used=usage(631))
    lines.raw(b"\r\n\n")
    lines.user("<command-name>/clear</command-name>")
    lines.user("<local-command-stdout></local-command-stdout>")
    lines.answer("Done.", id="m2")
    return lines.bytes()


def codex() -> bytes:
    lines = CodexLines()
    enveloped(lines)
    lines.tokens(counts(100, 10))
    lines.tokens(counts(100, 10))
    paginated(lines)
    lines.usage("resp_1", counts(50, 5))
    lines.raw(b"{torn")
    lines.message("assistant", "glued")
    return lines.bytes()


@dataclass
class Outcome:
    """All that was told in the end."""

    patch: SessionPatch | None = None
    standing: Standing | None = None
    turns: dict[tuple[str, str | None], TurnRecord] = field(default_factory=dict[tuple[str, str | None], "TurnRecord"])
    fingerprints: bytes = b""
    problems: tuple[SourceProblem, ...] = ()

    def take(self, reading: Reading) -> None:
        self.problems = reading.problems
        for told in reading.told:
            facts = told.facts
            if facts.turns_whole:
                self.turns.clear()
            self.patch, self.standing = facts.patch, told.standing
            self.turns.update({(turn.id, turn.request_id): turn for turn in facts.turns})
            self.fingerprints = (
                facts.fingerprints if facts.fingerprints_whole else self.fingerprints + facts.fingerprints
            )


class Growing:
    """One file and its reader."""

    def __init__(self, source: Source, path: Path) -> None:
        self.source, self.path = source, path
        self.outcome = Outcome()
        self.reader: Reader | None = None
        path.parent.mkdir(parents=True, exist_ok=True)

    def read(self) -> Reading:
        unit = self.source.stat(str(self.path))
        assert unit is not None
        self.reader = self.reader or self.source.reader(str(self.path), None)
        reading = self.reader.read(unit, lambda: True)
        self.outcome.take(reading)
        return reading

    def restart(self) -> None:
        """As after a restart of the server: all that is known is what was saved."""
        if self.reader is not None:
            self.reader = self.source.reader(str(self.path), self.reader.state())

    def append(self, data: bytes) -> Reading:
        with self.path.open("ab") as file:
            file.write(data)
        return self.read()


def claude_file(folder: Path) -> Growing:
    home = ClaudeHome(folder)
    return Growing(ClaudeCode(home.root), home.path())


def codex_file(folder: Path) -> Growing:
    home = CodexHome(folder)
    return Growing(Codex(home.root), home.path())


KINDS = {"claude": (claude(), claude_file), "codex": (codex(), codex_file)}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_split_amounts_to_the_whole(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    whole, make = KINDS[kind]
    at_once = make(tmp_path_factory.mktemp("whole"))
    at_once.append(whole)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=8)))
    restarts = data.draw(st.sets(st.integers(0, len(cuts))))
    piecewise = make(tmp_path_factory.mktemp("pieces"))
    for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(whole)], strict=True)):
        piecewise.append(whole[begin:end])
        if number in restarts:
            piecewise.restart()
    assert same(piecewise.outcome, at_once.outcome)


def same(one: Outcome, other: Outcome) -> bool:
    """Equal, but for where the file lies."""
    return _without_place(one) == _without_place(other)


def _without_place(outcome: Outcome) -> Any:
    assert outcome.patch is not None
    return (
        structs.replace(outcome.patch, source_file=None),
        outcome.standing,
        outcome.turns,
        outcome.fingerprints,
        [(problem.line, problem.detail) for problem in outcome.problems],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_torn_at_every_byte_the_tail_waits_for_its_rest(tmp_path: Path, kind: str) -> None:
    whole, make = KINDS[kind]
    grown = make(tmp_path / "grown")
    for begin in range(0, len(whole), 7):
        grown.append(whole[begin : begin + 7])
    at_once = make(tmp_path / "whole")
    at_once.append(whole)
    assert same(grown.outcome, at_once.outcome)
    assert [problem.line for problem in grown.outcome.problems] == [
        problem.line for problem in at_once.outcome.problems
    ]


def test_only_the_tail_is_read(tmp_path: Path) -> None:
    file = claude_file(tmp_path)
    first = file.append(claude())
    assert (first.bytes_read, first.whole) == (len(claude()), True)
    lines = ClaudeLines(name="v")
    lines.prompt("And now?")
    second = file.append(lines.bytes())
    assert (second.bytes_read, second.whole) == (len(lines.bytes()), False)
    file.restart()
    assert file.read().bytes_read == 0


def test_a_last_line_that_only_lacks_its_newline_counts(tmp_path: Path) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    lines.answer("done")
    file = claude_file(tmp_path)
    file.append(lines.bytes().removesuffix(b"\n"))
    assert len(file.outcome.turns) == 1
    more = ClaudeLines(name="v")
    more.answer("more")
    file.append(b"\n" + more.bytes())
    assert len(file.outcome.turns) == 2
    assert file.outcome.problems == ()


def test_what_was_replaced_is_read_anew(tmp_path: Path) -> None:
    file = claude_file(tmp_path)
    file.append(claude())
    short = ClaudeLines(name="w")
    short.prompt("Something else")
    file.path.write_bytes(short.bytes())
    assert file.read().whole, "it became shorter"
    assert file.outcome.turns == {}
    other = tmp_path / "other.jsonl"
    other.write_bytes(claude())
    other.replace(file.path)
    assert file.read().whole, "another file lies there"
    assert len(file.outcome.turns) == 2
    longer = claude().replace(b"Done.", b"Gone.") + short.bytes()
    with file.path.open("r+b") as same_inode:
        same_inode.write(longer)
    assert file.read().whole, "the bytes before the end are others"


def test_a_line_as_large_as_an_image_is_read(tmp_path: Path) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    lines.assistant(call("t"), id="m1")
    lines.result("t", "x" * 3_000_000)
    lines.answer("done")
    file = claude_file(tmp_path)
    file.append(lines.bytes())
    assert file.outcome.patch is not None
    assert file.outcome.patch.message_count == 3


def test_a_line_beyond_all_measure_is_named_and_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appended, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(appended, "MAX_LINE_BYTES", 5000)
    lines = ClaudeLines()
    lines.prompt("before")
    lines.prompt("x" * 20_000)
    lines.raw(b"garbage\n")
    lines.prompt("after")
    file = claude_file(tmp_path)
    file.append(lines.bytes())
    assert file.outcome.patch is not None
    assert file.outcome.patch.message_count == 2
    assert [(problem.line, problem.detail) for problem in file.outcome.problems] == [
        (2, "a line of 0 MB is passed over"),
        (3, "not JSON"),
    ]
    transcript = file.source.transcript("x", str(file.path))
    assert transcript is not None
    assert transcript.refresh() == 2


def test_a_broken_file_says_so_twenty_times_at_most(tmp_path: Path) -> None:
    file = claude_file(tmp_path)
    file.append(b"garbage\n" * 1000)
    assert len(file.outcome.problems) == appended.MAX_PROBLEMS + 1
    assert file.outcome.problems[-1].detail == "and more from here on"
    assert file.read().problems == file.outcome.problems


def test_a_huge_file_is_told_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = claude_file(tmp_path / "whole")
    whole.append(claude() * 5)
    monkeypatch.setattr(appended, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(appended, "MAX_READING_BYTES", 1500)
    parts = claude_file(tmp_path / "parts")
    reading = parts.append(claude() * 5)
    assert reading.whole
    count = 1
    while reading.read_to is not None:
        # The server may end between two parts: what it kept says that there is more.
        assert parts.reader is not None
        assert parts.reader.state().size == reading.read_to < parts.path.stat().st_size
        parts.restart()
        reading, count = parts.read(), count + 1
        assert not reading.whole
    assert count > 3
    assert parts.outcome.turns == whole.outcome.turns
    assert parts.outcome.fingerprints == whole.outcome.fingerprints
    assert parts.outcome.standing == whole.outcome.standing
    assert parts.outcome.patch is not None
    assert whole.outcome.patch is not None
    assert structs.replace(parts.outcome.patch, source_file=None) == structs.replace(
        whole.outcome.patch, source_file=None
    )


def test_reading_a_huge_file_ends_with_the_server(tmp_path: Path) -> None:
    lines: Sequence[bytes] = [claude()] * 4000
    file = claude_file(tmp_path)
    file.path.write_bytes(b"".join(lines))
    unit = file.source.stat(str(file.path))
    assert unit is not None
    asked: list[int] = []

    def go_on() -> bool:
        asked.append(1)
        return len(asked) < 3

    with pytest.raises(Stopped):
        file.source.reader(str(file.path), None).read(unit, go_on)
    assert jsonl.MAX_LINE_BYTES > 1 << 20
