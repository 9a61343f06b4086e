"""All tools alike: what they cost where they are not there, and that reading in pieces tells the same as at once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from parrot_server.index import local
from parrot_server.index.sources.copilot import Copilot
from parrot_server.index.sources.cursor import Cursor
from parrot_server.index.sources.gemini import Gemini
from parrot_server.index.sources.qwen import Qwen
from parrot_server.index.tools import ON_REQUEST, TOOLS
from parrot_server.store import checks
from parrot_wire.records import TurnRecord
from parrot_wire.values import SourceState
from tests.helpers.copilot_files import CopilotEvents, CopilotHome
from tests.helpers.cursor_files import CursorHome, CursorLines
from tests.helpers.gemini_files import SESSION, GeminiHome, GeminiLog
from tests.helpers.index_reading import running
from tests.helpers.qwen_files import QwenHome, QwenLines
from tests.unit.index import test_copilot, test_cursor, test_gemini, test_qwen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_server.index.sources.base import Source

NAMES = ["claude-code", "codex", "gemini", "qwen", "copilot", "opencode", "cursor", "amp", "goose"]


def test_every_tool_is_read_from_its_own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "GEMINI_CLI_HOME",
        "QWEN_HOME",
        "COPILOT_HOME",
        "XDG_DATA_HOME",
    ):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("OPENCODE_DB", "GOOSE_PATH_ROOT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    roots = {tool.name: str(root.relative_to(tmp_path)) for tool, root in local.chosen({})}
    assert list(roots) == NAMES
    assert roots["gemini"] == ".gemini"
    assert (roots["qwen"], roots["copilot"], roots["cursor"]) == (".qwen", ".copilot", ".cursor")
    assert {roots[name] for name in ("opencode", "amp", "goose")} == {
        f".local/share/{name}" for name in ("opencode", "amp", "goose")
    }
    monkeypatch.setenv("GEMINI_CLI_HOME", str(tmp_path / "g"))
    assert {tool.name: root for tool, root in local.chosen({})}["gemini"] == tmp_path / "g" / ".gemini"


def test_a_tool_that_is_not_there_is_missing_until_it_comes(tmp_path: Path) -> None:
    root = tmp_path / "home" / ".gemini"
    tools = {tool.name: tool for tool in (*TOOLS, *ON_REQUEST)}
    sources = [tool.open(tmp_path / "home" / name if name != "gemini" else root) for name, tool in tools.items()]
    with running(tmp_path / "data", *sources, sweep_s=60.0) as index:
        assert {each.report.state for each in index.engine.indexes} == {SourceState.MISSING}
        log = GeminiLog()
        test_gemini.talk(log)
        GeminiHome(root).write(log)
        index.until(lambda: index.has(SESSION, "gemini"))
        states = {each.report.name: each.report.state for each in index.engine.indexes}
        assert states.pop("gemini") is SourceState.LIVE
        assert set(states.values()) == {SourceState.MISSING}


def test_the_reader_of_a_tool_that_is_not_there_is_not_loaded(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from parrot_server.index.tools import ON_REQUEST, TOOLS
from parrot_server.store import checks
for tool in (*TOOLS, *ON_REQUEST):
    source = tool.open(Path({str(tmp_path)!r}) / tool.name)
    assert list(source.units(print)) == []
    source.watched(), source.units_of("/x"), source.evidence([]), list(source.aside(bool))
print([name for name in sys.modules if name.startswith("parrot_server.index.sources.")])
"""
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert not any(f"sources.{name}" in loaded for name in (*NAMES[2:], "aider"))


def gemini(root: Path) -> tuple[Source, Path, bytes]:
    log = GeminiLog()
    test_gemini.talk(log)
    log.prompt("p2", "Again")
    log.rewind("p2")
    log.prompt("p3", "Break")
    log.set(messages=[], lastUpdated=log.now())
    return Gemini(root), GeminiHome(root).path(), log.bytes()


def qwen(root: Path) -> tuple[Source, Path, bytes]:
    lines = QwenLines()
    test_qwen.talk(lines)
    lines.system("custom_title", customTitle="A name")
    lines.prompt("And now?")
    return Qwen(root), QwenHome(root).path(), lines.bytes()


def copilot(root: Path) -> tuple[Source, Path, bytes]:
    events = CopilotEvents(version="1.0.11")
    events.start()
    events.prompt("Fix it")
    events.answer("m1", "Yes.", outputTokens=5)
    events.shut_down(modelMetrics={"gpt-5": {"usage": {"inputTokens": 100, "outputTokens": 5}}})
    test_copilot.talk(events)
    return Copilot(root), CopilotHome(root).path(), events.bytes()


def cursor(root: Path) -> tuple[Source, Path, bytes]:
    lines = CursorLines()
    test_cursor.talk(lines)
    lines.prompt("And now?")
    lines.answer("Nothing.")
    return Cursor(root), CursorHome(root).path(), lines.bytes()


@pytest.mark.parametrize("make", [gemini, qwen, copilot, cursor])
def test_reading_in_pieces_tells_what_reading_at_once_does(
    tmp_path: Path, make: Callable[[Path], tuple[Source, Path, bytes]]
) -> None:
    source, path, data = make(tmp_path)
    path.parent.mkdir(parents=True)
    known, turns, last = None, dict[str, TurnRecord](), None
    for end in [*range(1, len(data), 97), len(data)]:
        with path.open("ab") as file:
            file.write(data[path.stat().st_size : end])
        unit = source.stat(str(path))
        assert unit is not None
        # Each piece is read by a reader of its own, as after a restart.
        reader = source.reader(str(path), known)
        reading = reader.read(unit, lambda: True)
        known = msgspec.msgpack.decode(msgspec.msgpack.encode(reader.state()), type=type(reader.state()))
        for last in reading.told:
            turns.update((turn.id, turn) for turn in last.facts.turns)
    unit = source.stat(str(path))
    assert unit is not None
    assert last is not None
    (once,) = source.reader(str(path), None).read(unit, lambda: True).told
    assert _without_file_times(last.facts.patch) == _without_file_times(once.facts.patch)
    assert {key: _without_file_times(turn) for key, turn in turns.items()} == {
        turn.id: _without_file_times(turn) for turn in once.facts.turns
    }
    assert last.standing is not None
    assert once.standing is not None
    assert (last.standing.turn, last.standing.error) == (once.standing.turn, once.standing.error)


JUNK: list[Any] = [None, 5, -5, 10**30, 1e300, True, "", "\ud800", "9" * 40, "2026-13-99", [], {}, [[None]], {"a": 1}]


def _spoil(value: Any, rng: random.Random) -> Any:
    """The same with a few things missing or of a wrong kind."""
    if rng.random() < 0.04:
        return rng.choice(JUNK)
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        return {key: _spoil(each, rng) for key, each in held.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [_spoil(each, rng) for each in cast("list[Any]", value)]
    return value


@pytest.mark.parametrize("make", [gemini, qwen, copilot, cursor])
def test_whatever_stands_in_a_file_what_is_shown_is_what_is_counted(
    tmp_path: Path, make: Callable[[Path], tuple[Source, Path, bytes]]
) -> None:
    source, path, data = make(tmp_path)
    path.parent.mkdir(parents=True)
    for seed in range(25):
        rng = random.Random(seed)
        lines = [json.dumps(_spoil(json.loads(line), rng)) for line in data.splitlines()]
        if rng.random() < 0.5:
            nth = rng.randrange(len(lines))
            lines[nth] = lines[nth][: rng.randrange(len(lines[nth]))]
        path.write_text("\n".join(lines) + "\n")
        unit = source.stat(str(path))
        assert unit is not None
        reader = source.reader(str(path), None)
        for one in reader.read(unit, lambda: True).told:
            checks.facts(one.facts)
            transcript = source.transcript(one.facts.native_id, str(path))
            assert transcript is not None
            shown = transcript.page(1, transcript.refresh())
            assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
            msgspec.json.encode(shown)
        msgspec.msgpack.encode(reader.state())


def _without_file_times(record: Any) -> Any:
    """Cursor knows no other times than the file's, which are those of each piece."""
    held = msgspec.structs.asdict(record)
    for name in ("started_at", "last_activity_at"):
        if str(held.get(name, "")) > "2026-11":
            del held[name]
    return held
