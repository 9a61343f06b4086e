"""Aider: the runs in a chat history, what each amounts to, and how it reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parrot_server.index.local import chosen
from parrot_server.index.sources.aider import Aider
from parrot_wire.session import Notice, Text, Tokens
from parrot_wire.values import Basis, MessageRole, Status
from tests.helpers.aider_files import INPUTS, STARTED, answer, header, prompt, said, unit, utc, write
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Told

REAL = Path(__file__).parents[4] / "shared" / "transcripts" / "aider"
TOKENS = said("Tokens: 4.1k sent, 2k cache write, 1,024 cache hit, 90 received. Cost: $0.0123 message, $0.01 session.")


def tell(root: Path, path: Path, run: int = 1) -> Told:
    return told(Aider(root), unit(path, run))


def test_what_a_run_amounts_to(tmp_path: Path) -> None:
    text = header() + prompt("Fix it", "and test it") + answer("It was the loop.\n\n#### Why\nBecause.") + TOKENS
    text += prompt("Thanks") + answer("Welcome.") + said("Applied edit to src/a.py")
    path = write(tmp_path / "shop", text)
    one = tell(tmp_path, path)
    patch = one.facts.patch
    # The heading in the answer has not the two blanks that a prompt's lines end in.
    assert (one.facts.native_id, patch.title, patch.message_count) == (f"{path}#1", "Fix it and test it", 4)
    assert (patch.cwd, patch.project, patch.model) == (str(tmp_path / "shop"), "shop", "openai/gpt-4o")
    assert (patch.agent_version, patch.started_at) == ("0.86.2", utc(STARTED))
    first, second = one.facts.turns
    assert first.tokens == Tokens(input=4100, output=90, cache_read=1024, cache_write=2000, total=7214)
    assert (first.cost, first.basis) == (12_300, None)
    assert (second.cost, second.basis) == (None, Basis.UNPRICED)
    assert status(one) is Status.OPEN


def test_how_it_reads(tmp_path: Path) -> None:
    path = write(tmp_path, header() + prompt("Fix it", "", "please") + answer("Done.\n\nReally.") + TOKENS)
    shown = messages(Aider(tmp_path), tell(tmp_path, path), unit(path, 1))
    assert [message.role.value for message in shown] == ["system", "user", "assistant", "system"]
    assert shown[1].parts == (Text(text="Fix it\n\nplease"),)
    assert shown[2].parts == (Text(text="Done.\n\nReally."),)
    assert isinstance(shown[3].parts[0], Notice)
    assert (shown[2].turn, shown[2].model, shown[1].at) == (1, "openai/gpt-4o", utc(STARTED))
    transcript = Aider(tmp_path).transcript("", str(unit(path, 1)))
    assert transcript is not None
    transcript.refresh()
    assert (transcript.raw(2) or b"").startswith(b"#### Fix it")


def test_each_run_is_a_session(tmp_path: Path) -> None:
    text = "notes\n" + header() + prompt("One") + answer("Yes.") + header("2026-03-02 10:00:00") + prompt("Two")
    path = write(tmp_path, text + header("2026-03-03 10:00:00"))
    source = Aider(tmp_path)
    units = list(source.units(lambda problem: None))
    assert [Path(each.path) for each in units] == [unit(path, 1), unit(path, 2), unit(path, 3)]
    assert sum(each.size for each in units) == path.stat().st_size - len("notes\n\n")
    assert (tell(tmp_path, path, 1).facts.patch.title, tell(tmp_path, path, 2).facts.patch.title) == ("One", "Two")
    assert status(tell(tmp_path, path, 2)) is Status.INTERRUPTED
    assert read(source, unit(path, 3)).told == []


def test_when_something_was_typed_last(tmp_path: Path) -> None:
    path = write(tmp_path, header() + prompt("One") + answer("Yes.") + header("2026-03-02 10:00:00") + prompt("Two"))
    (tmp_path / INPUTS).write_text(
        "\n# 2026-03-01 10:00:05.123456\n+One\n\n# 2026-03-01 10:30:00.5\n+/exit\n"
        "\n# 2026-03-02 11:00:00.1\n+Two\n# no time\n"
    )
    assert tell(tmp_path, path, 1).facts.patch.last_activity_at == utc("2026-03-01 10:30:00")
    assert tell(tmp_path, path, 2).facts.patch.last_activity_at == utc("2026-03-02 11:00:00")


def test_a_history_is_followed_and_older_runs_are_not_read_again(tmp_path: Path) -> None:
    root = tmp_path / "repositories"
    path = write(
        root / "shop", header() + prompt("One") + answer("Yes.") + header("2026-03-02 10:00:00") + prompt("Two")
    )
    with running(tmp_path / "data", Aider(root), sweep_s=1.0) as index:
        assert [row.title for row in index.rows()] == ["Two", "One"]
        before = index.units_read
        with path.open("a") as file:
            file.write(answer("Also yes."))
        index.until(lambda: index.row(f"{path}#2", "aider").message_count == 2)
        assert index.units_read - before == 1
        with path.open("a") as file:
            file.write(header("2026-03-03 10:00:00") + prompt("Three"))
        index.until(lambda: index.has(f"{path}#3", "aider"))
    with running(tmp_path / "data", Aider(root)) as index:
        # The second run ended when the third began.
        assert index.units_read <= 1
        assert index.row(f"{path}#2", "aider").message_count == 2


def test_where_histories_are_looked_for(tmp_path: Path) -> None:
    deep = write(tmp_path / "a" / "b" / "c" / "d" / "e", header() + prompt("Go"))
    for folder in ("a/b/c/d/e/f", "node_modules/x", ".cache/y"):
        write(tmp_path / folder, header() + prompt("Go"))
    assert [Path(each.path) for each in Aider(tmp_path).units(lambda problem: None)] == [unit(deep, 1)]
    assert "aider" not in {tool.name for tool, _ in chosen({})}
    assert [(tool.name, root) for tool, root in chosen({"aider": tmp_path})] == [("aider", tmp_path)]


def test_broken_histories_are_read_as_well_as_they_can_be(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(
        b"# aider chat started at yesterday\r\n\r\n#### Fix \xff it\r\nDone.\r\n"
        b"> Tokens: many sent. Cost: $ message\r\n####\r\n"
    )
    one = tell(tmp_path, path)
    assert (one.facts.patch.title, one.facts.patch.message_count) == ("Fix \ufffd it", 2)
    assert one.facts.turns[0].tokens.total == 0
    shown = messages(Aider(tmp_path), one, unit(path, 1))
    assert [message.role for message in shown] == [MessageRole.USER, MessageRole.ASSISTANT, MessageRole.SYSTEM]


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_real_histories() -> None:
    source = Aider(REAL)
    found: dict[str, Told] = {}
    for each in source.units(lambda problem: None):
        for one in read(source, Path(each.path)).told:
            found[str(Path(one.facts.native_id).relative_to(REAL))] = one
            shown = messages(source, one, Path(each.path))
            assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
    runs = ["acme-shop/.aider.chat.history.md#1", "acme-shop/.aider.chat.history.md#2"]
    assert sorted(found) == [*runs, "myrepo/.aider.chat.history.md#1", "myrepo/.aider.chat.history.md#2"]
    for run in runs:
        (turn,) = found[run].facts.turns
        assert (turn.cost, turn.tokens.input, turn.tokens.output, turn.model) == (10_000, 4100, 90, "openai/gpt-4o")
