"""The engine over a real database: what is found, what is read, what a row says, and what a restart costs."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from watchdog.observers import Observer

from parrot_server import pricing
from parrot_server.index import appended, engine, processes, source_index
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.sources.codex import Codex
from parrot_server.index.standing import FRESH_MS
from parrot_server.index.watching import Watcher
from parrot_server.store import search
from parrot_server.stored import StoredRow
from parrot_wire.query import Filter
from parrot_wire.times import to_ms
from parrot_wire.values import Kind, SourceState, Status
from tests.helpers.claude_files import OTHER, SESSION, START, ClaudeHome, ClaudeLines
from tests.helpers.codex_files import THREAD, CodexHome, CodexLines
from tests.helpers.index_reading import nothing_gained, running
from tests.unit.index.test_codex_figures import enveloped

if TYPE_CHECKING:
    from pathlib import Path

    from watchdog.observers.api import BaseObserver

    from parrot_wire.session import Cost
    from tests.helpers.index_reading import RunningIndex

DAY_S = 86_400


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path / "claude")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_file_of_many_parts_is_read_to_its_end(home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appended, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(appended, "MAX_READING_BYTES", 2000)
    lines = ClaudeLines()
    for number in range(40):
        lines.prompt(f"Number {number}")
        lines.answer("Done.", id=f"m{number}")
    home.write(lines)
    with running(data, ClaudeCode(home.root)) as index:
        assert index.row(SESSION).message_count == 80
        assert index.units_read > 3
    with running(data, ClaudeCode(home.root)) as again:
        assert again.units_read == 0


def chat(session_id: str = SESSION, words: str = "Fix the login", name: str = "u") -> ClaudeLines:
    lines = ClaudeLines(session_id=session_id, name=name)
    lines.prompt(words)
    lines.answer("Done.")
    return lines


def aged(path: Path, at: float) -> None:
    os.utime(path, (at, at))


def append(path: Path, lines: ClaudeLines) -> int:
    with path.open("ab") as file:
        return file.write(lines.bytes())


def more(words: str = "And the logout?", name: str = "v") -> ClaudeLines:
    """What is appended later."""
    lines = ClaudeLines(name=name, at=START + timedelta(days=30))
    lines.prompt(words)
    lines.answer("Done.")
    return lines


def test_rows_are_there_after_the_first_pass(home: ClaudeHome, data: Path) -> None:
    home.write(chat())
    agent = ClaudeLines(agent_id="a1", name="a")
    agent.prompt("Look")
    agent.answer("Found.")
    home.write(agent, home.agent_path("a1"))
    with running(data, ClaudeCode(home.root)) as index:
        (row,) = index.rows()
        assert (row.title, row.status, row.message_count, row.kind) == ("Fix the login", Status.OPEN, 2, Kind.CHAT)
        assert row.cost is not None
        assert (row.cost.estimated, row.cost.micros) == (2, 2 * (10 * 3 + 100 * 15))
        detail = index.detail(SESSION)
        assert [child.row.kind for child in detail.children] == [Kind.TASK]
        assert (detail.detail.tokens.output, detail.detail.turn_count) == (100, 1)
        (report,) = [each.report for each in index.engine.indexes]
        assert (report.state, report.files, report.files_done, report.sessions) == (SourceState.LIVE, 2, 2, 2)


def test_the_newest_files_come_first(home: ClaudeHome, data: Path) -> None:
    for number in range(30):
        lines = chat(f"{number:08d}-2222-4333-8444-555555555555", name=f"u{number}")
        path = home.write(lines)
        age = (number * 7) % 30
        aged(path, time.time() - age * DAY_S)
    with running(data, ClaudeCode(home.root)) as index:
        rows = [change.row for commit in index.commits for change in commit.changes if isinstance(change, StoredRow)]
        ages = [(int(row.native_id[:8]) * 7) % 30 for row in rows]
        assert len(index.commits) > 2, "rows do not wait for the last file"
        assert ages[:4] == [0, 1, 2, 3]
        assert len(ages) == 30


def test_a_restart_with_nothing_changed_reads_no_file_and_changes_no_row(home: ClaudeHome, data: Path) -> None:
    home.write(chat())
    cut_off = ClaudeLines(session_id=OTHER, name="o")
    cut_off.prompt("cut off")
    home.write(cut_off)
    with running(data, ClaudeCode(home.root)) as index:
        assert index.units_read == 2
        before = index.rows()
    with running(data, ClaudeCode(home.root)) as index:
        assert (index.units_read, index.bytes_read) == (0, 0)
        assert index.rows() == before
        assert index.commits == []


def test_what_was_written_while_no_server_ran_is_the_tail_that_is_read(home: ClaudeHome, data: Path) -> None:
    path = home.write(chat())
    with running(data, ClaudeCode(home.root)):
        pass
    length = append(path, more())
    with running(data, ClaudeCode(home.root)) as index:
        assert index.bytes_read == length
        assert index.row(SESSION).message_count == 4


def test_a_growing_file_moves_its_row_and_only_its_tail_is_read(home: ClaudeHome, data: Path) -> None:
    path = home.write(chat())
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        before = index.bytes_read
        length = append(path, more())
        index.until(lambda: index.row(SESSION).message_count == 4)
        assert index.bytes_read - before == length
        row = index.row(SESSION)
        assert row.last_activity_at == "2026-03-31T10:00:01.000Z"
        assert row.cost is not None
        assert row.cost.estimated == 2


def test_half_a_line_changes_nothing_until_its_rest_comes(home: ClaudeHome, data: Path) -> None:
    path = home.write(chat())
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        whole = more().bytes()
        with path.open("ab") as file:
            file.write(whole[:200])
            file.flush()
            index.until(lambda: index.units_read == 2)
            assert index.row(SESSION).message_count == 2
            file.write(whole[200:])
        index.until(lambda: index.row(SESSION).message_count == 4)
        assert index.problems() == []


def test_new_projects_and_sessions_are_found_at_once(home: ClaudeHome, data: Path) -> None:
    home.root.mkdir(parents=True)
    (home.root / "projects").mkdir()
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        assert index.rows() == []
        home.write(chat())
        index.until(lambda: index.has(SESSION))


def test_a_root_that_is_missing_is_taken_up_when_it_appears(home: ClaudeHome, data: Path) -> None:
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        (source,) = index.engine.indexes
        assert source.report.state is SourceState.MISSING
        home.write(chat())
        index.until(lambda: index.has(SESSION))
        index.until(lambda: source.report.state is SourceState.LIVE)
        append(home.path(), more())
        index.until(lambda: index.row(SESSION).message_count == 4)


def test_a_file_that_is_replaced_is_told_anew(home: ClaudeHome, data: Path) -> None:
    path = home.write(chat())
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        replaced = ClaudeLines(name="w")
        replaced.prompt("Other")
        path.write_bytes(replaced.bytes())
        index.until(lambda: index.row(SESSION).title == "Other")
        row = index.row(SESSION)
        assert (row.message_count, row.cost.turns if row.cost else None) == (1, 0)


def test_a_row_outlives_its_file_and_says_since_when(home: ClaudeHome, data: Path) -> None:
    path = home.write(chat())
    content = path.read_bytes()
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        cost = index.row(SESSION).cost
        path.unlink()
        index.until(lambda: index.detail(SESSION).detail.transcript_gone_since is not None)
        assert index.row(SESSION).cost == cost
        assert index.engine.indexes[0].report.files == 0
    with running(data, ClaudeCode(home.root)) as index:
        assert index.commits == [], "it is not told again"
        path.write_bytes(content)
        index.until(lambda: index.detail(SESSION).detail.transcript_gone_since is None)


def test_an_archived_rollout_is_followed_to_its_new_place_without_being_read(tmp_path: Path, data: Path) -> None:
    home = CodexHome(tmp_path / "codex")
    lines = CodexLines()
    enveloped(lines)
    path = home.write(lines)
    with running(data, Codex(home.root), sweep_s=0.2) as index:
        before = index.bytes_read
        home.archived().parent.mkdir()
        path.rename(home.archived())
        index.until(lambda: index.row(THREAD, "codex").status is Status.ENDED)
        detail = index.detail(THREAD, "codex").detail
        assert (detail.source_file, detail.transcript_gone_since) == (str(home.archived()), None)
        assert index.bytes_read == before


def test_a_warm_up_counts_in_its_session_whatever_is_read_first(home: ClaudeHome, tmp_path: Path) -> None:
    session = home.write(chat())
    warm_up = ClaudeLines(agent_id="a9", name="w")
    warm_up.prompt("Warmup")
    warm_up.answer("Ready.", output=7)
    other = home.write(warm_up, home.agent_path("a9", beside=True))
    for first, second in ((session, other), (other, session)):
        aged(first, time.time())
        aged(second, time.time() - DAY_S)
        with running(tmp_path / first.name, ClaudeCode(home.root), sweep_s=60.0) as index:
            (row,) = index.rows()
            assert (row.native_id, row.title) == (SESSION, "Fix the login")
            assert index.rows(Kind.TASK) == []
            assert index.detail(SESSION).detail.tokens.output == 107
            # The session's file is read anew: what the warm-up added must not be lost.
            session.write_bytes(chat(words="Fix the logout").bytes())
            index.until(lambda index=index: index.row(SESSION).title == "Fix the logout")
            assert index.detail(SESSION).detail.tokens.output == 107
            session.write_bytes(chat().bytes())


def test_a_warm_up_without_its_session_is_a_placeholder_until_it_comes(home: ClaudeHome, data: Path) -> None:
    warm_up = ClaudeLines(agent_id="a9", name="w")
    warm_up.prompt("Warmup")
    warm_up.answer("Ready.", output=7)
    home.write(warm_up, home.agent_path("a9", beside=True))
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        (row,) = index.rows()
        assert (row.native_id, row.status, row.status_detail) == (SESSION, Status.ENDED, "transcript missing")
        assert index.detail(SESSION).detail.tokens.output == 7
        home.write(chat())
        index.until(lambda: index.row(SESSION).title == "Fix the login")
        row = index.row(SESSION)
        assert (row.status, row.status_detail) == (Status.OPEN, None)
        assert index.detail(SESSION).detail.tokens.output == 107


def test_copied_history_counts_once_in_any_order(home: ClaudeHome, tmp_path: Path) -> None:
    original = chat()
    fork = ClaudeLines(session_id=OTHER, name="f")
    fork.records = [{**record, "sessionId": OTHER} for record in original.records]
    fork.at = original.at
    original.answer("more of the original")
    fork.prompt("another way")
    fork.answer("done another way")
    paths = [home.write(original), home.write(fork)]
    for newest in (0, 1):
        for number, path in enumerate(paths):
            aged(path, time.time() - (DAY_S if number != newest else 0))
        with running(tmp_path / str(newest), ClaudeCode(home.root)) as index:
            counts = {row.native_id: row.cost.turns if row.cost else -1 for row in index.rows()}
            assert counts == {SESSION: 2, OTHER: 1}
            assert index.row(OTHER).message_count == 4, "copied history counts in messages"


def test_one_session_in_two_files_is_told_by_the_one_that_goes_on(home: ClaudeHome, data: Path) -> None:
    home.write(chat())
    longer = chat()
    longer.answer("One more thing.")
    copy = home.write(longer, home.root / "projects" / "-elsewhere" / f"{SESSION}.jsonl")
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        (row,) = index.rows()
        assert row.message_count == 3
        assert [problem.detail for problem in index.problems()] in ([], [f"the same session as {copy}"])
        copy.unlink()
        index.until(lambda: index.row(SESSION).message_count == 2)
        assert index.detail(SESSION).detail.transcript_gone_since is None


def test_problems_name_file_and_line_and_stop_nothing(
    home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = chat()
    lines.raw(b"Segmentation fault\n")
    lines.answer("Still here.")
    path = home.write(lines)
    locked = home.write(chat(OTHER, name="o"))
    original: Any = type(path).open

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == locked:
            raise PermissionError(errno.EACCES, "Permission denied")
        return original(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "open", refuse)
        with running(data, ClaudeCode(home.root), sweep_s=0.05) as index:
            assert index.row(SESSION).message_count == 3
            problems = {(problem.file, problem.line, problem.detail) for problem in index.problems()}
            assert problems == {
                (str(path), 3, "not JSON"),
                (str(locked), None, "cannot be read: Permission denied"),
            }
            patch.undo()
            index.until(lambda: index.has(OTHER))
            index.until(lambda: len(index.problems()) == 1)
    with running(data, ClaudeCode(home.root)) as index:
        assert [problem.line for problem in index.problems()] == [3], "known problems survive a restart"


def test_a_fault_of_ours_costs_one_file(home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parrot_server.index.sources.claude_code.fold import ClaudeFold

    home.write(chat())
    home.write(chat(OTHER, "boom", name="o"))
    original: Any = ClaudeFold.tell

    def tell(self: ClaudeFold, *args: Any, **kwargs: Any) -> Any:
        told = original(self, *args, **kwargs)
        if told[0].facts.native_id == OTHER:
            raise KeyError("boom")
        return told

    monkeypatch.setattr(ClaudeFold, "tell", tell)
    with running(data, ClaudeCode(home.root), sweep_s=0.05) as index:
        assert index.row(SESSION).message_count == 2
        assert [problem.detail for problem in index.problems()] == ["cannot be read: KeyError: 'boom'"]
        sweeps = index.engine.indexes[0].counters.sweeps
        index.until(lambda: index.engine.indexes[0].counters.sweeps > sweeps + 3)
        assert index.units_read == 1, "it is not tried again and again"


class Time:
    """A clock that a test turns."""

    def __init__(self, at: str) -> None:
        self.ms = to_ms(at)

    def __call__(self) -> int:
        return self.ms


def test_a_running_session_decays_by_the_clock_with_a_new_seq(home: ClaudeHome, data: Path) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    home.write(lines)
    now = Time("2026-03-01T10:00:30.000Z")
    with running(data, ClaudeCode(home.root), now_ms=now, sweep_s=0.05) as index:
        running_row = index.row(SESSION)
        assert running_row.status is Status.RUNNING
        now.ms += FRESH_MS
        index.until(lambda: index.row(SESSION).status is Status.INTERRUPTED)
        row = index.row(SESSION)
        assert row.seq > running_row.seq
        assert row.last_activity_at == running_row.last_activity_at
        lines.answer("done")
        home.write(lines)
        index.until(lambda: index.row(SESSION).status is Status.OPEN)


def test_a_file_that_grows_under_our_eyes_runs_whatever_its_times_say(home: ClaudeHome, data: Path) -> None:
    path = home.write(chat())
    now = Time("2026-09-01T10:00:00.000Z")
    with running(data, ClaudeCode(home.root), now_ms=now, sweep_s=60.0) as index:
        assert index.row(SESSION).status is Status.OPEN
        now.ms += 5_000
        lines = ClaudeLines(name="v")
        lines.prompt("go on")
        append(path, lines)
        index.until(lambda: index.row(SESSION).message_count == 3)
        assert index.row(SESSION).status is Status.RUNNING


def test_a_copied_file_does_not_run_because_it_is_new_here(home: ClaudeHome, data: Path) -> None:
    (home.root / "projects").mkdir(parents=True)
    lines = ClaudeLines()
    lines.prompt("go")
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        home.write(lines)
        index.until(lambda: index.has(SESSION))
        assert index.row(SESSION).status is Status.INTERRUPTED


@pytest.mark.skipif(not processes.has_proc(), reason="the start of a process is told by /proc")
def test_a_living_process_is_seen_interrupted_and_missed(home: ClaudeHome, data: Path) -> None:
    lines = ClaudeLines(version="2.1.197")
    lines.prompt("go")
    home.write(lines)
    (home.root / "sessions").mkdir()
    with running(data, ClaudeCode(home.root), sweep_s=0.2) as index:
        assert index.row(SESSION).status is Status.INTERRUPTED
        assert index.engine.indexes[0].turns.process_of(SESSION) is None
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
            home.register(child.pid, procStart=processes.start_of(child.pid))
            index.until(lambda: index.row(SESSION).status is Status.RUNNING)
            assert "cancel" in index.detail(SESSION).can
            assert index.engine.indexes[0].turns.process_of(SESSION) == child.pid
            child.send_signal(signal.SIGKILL)
            child.wait()
        index.until(lambda: index.row(SESSION).status is Status.INTERRUPTED)
        assert "cancel" not in index.detail(SESSION).can


def test_without_notices_the_sweep_finds_everything_and_says_so(
    home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_watches(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "schedule", no_watches)
    path = home.write(chat())
    with running(data, ClaudeCode(home.root), sweep_s=0.1) as index:
        (problem,) = index.problems()
        assert "followed by looking now and then: the system's limit of watched folders is reached" in problem.detail
        append(path, more())
        index.until(lambda: index.row(SESSION).message_count == 4)


def test_notices_that_end_without_a_word_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[BaseObserver] = []
    observers: Any = Observer
    original = observers.start

    def start(self: BaseObserver) -> None:
        made.append(self)
        original(self)

    monkeypatch.setattr(observers, "start", start)
    watcher = Watcher(lambda _path: None, lambda: None)
    watcher.follow([tmp_path])
    watcher.check()
    assert watcher.problem is None
    made[0].stop()
    made[0].join()
    watcher.check()
    assert watcher.problem == "the system's file notices ended"


def test_stopped_at_any_moment_it_goes_on_where_it_was(home: ClaudeHome, data: Path, tmp_path: Path) -> None:
    rng = random.Random(1)
    for number in range(40):
        lines = chat(f"{number:08d}-2222-4333-8444-555555555555", f"Task {number}", name=f"u{number}")
        for _ in range(rng.randrange(1, 30)):
            lines.prompt("more")
            lines.answer("done", output=rng.randrange(500))
        home.write(lines)
    with running(tmp_path / "whole", ClaudeCode(home.root)) as index:
        expected = facts(index)
    for wait_s in (0.0, 0.005, 0.02, 0.05):
        stop_early(data, home, wait_s)
    with running(data, ClaudeCode(home.root)) as index:
        assert facts(index) == expected


def facts(index: RunningIndex) -> dict[str, tuple[object, ...]]:
    return {row.native_id: (row.title, row.message_count, row.cost, row.last_activity_at) for row in index.rows()}


def stop_early(data: Path, home: ClaudeHome, wait_s: float) -> None:
    from parrot_server.index.engine import Engine
    from parrot_server.store import members
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import LOCAL_TOKEN, Sender
    from parrot_wire.values import Role

    data.mkdir(exist_ok=True)
    db = Database.open(f"sqlite:///{data / 'parrot.db'}")
    owner = db.write_blocking(members.ensure, name="Sarah", email="sarah@example.test", role=Role.OWNER)
    sender = Sender(token_id=LOCAL_TOKEN, member_id=owner.id, any_owner=True)
    engine = Engine([ClaudeCode(home.root)], db, sender, gained=nothing_gained)
    engine.start()
    engine.first_pass_done.wait(wait_s)
    began = time.monotonic()
    engine.stop()
    assert time.monotonic() - began < 0.5 * 4, "the bound is half a second; a busy machine may take more"
    db.close()


def test_texts_are_found_once_they_are_indexed_and_after_they_grew(home: ClaudeHome, data: Path) -> None:
    lines = chat(words="Where is the quokka?")
    lines.result("t1", "a capybara in the output")
    path = home.write(lines)
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index:
        assert index.engine.search_done.wait(10)

        def found(words: str) -> list[int]:
            return [hit.n for hit in index.db.read_blocking(search.find, words, Filter(), limit=9).items]

        assert found("quokka") == [1]
        assert found("capybara") == [3]
        append(path, more("And the axolotl?"))
        index.until(lambda: found("axolotl") == [4])
    with running(data, ClaudeCode(home.root)) as index:
        assert index.engine.search_done.wait(10)
        assert index.units_read == 0


def test_what_another_version_read_is_read_anew(home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write(chat())
    with running(data, ClaudeCode(home.root)):
        pass
    monkeypatch.setattr(ClaudeCode, "version", ClaudeCode.version + 1)
    with running(data, ClaudeCode(home.root)) as index:
        assert index.units_read == 1
        assert index.row(SESSION).message_count == 2
    with running(data, ClaudeCode(home.root)) as index:
        assert index.units_read == 0


def test_a_new_price_list_prices_what_was_not_known_before(
    home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All amounts are of one list, but those of what its tool has deleted meanwhile: they stay as they were."""

    def cost(native_id: str) -> Cost:
        found = index.row(native_id).cost
        assert found is not None
        return found

    home.write(chat())
    gone = home.write(chat(OTHER, name="o"), home.path(OTHER))
    with monkeypatch.context() as patch:
        patch.setattr(pricing, "rates_of", dict[str, pricing.Rates]().get)
        patch.setattr(pricing, "list_id", lambda: 1)
        with running(data, ClaudeCode(home.root)) as index:
            assert cost(SESSION).unknown == cost(OTHER).unknown == 1
        with running(data, ClaudeCode(home.root)) as index:
            assert index.units_read == 0
    gone.unlink()
    with running(data, ClaudeCode(home.root)) as index:
        assert (cost(SESSION).estimated, cost(SESSION).unknown) == (1, 0)
        assert cost(SESSION).micros > 0
        assert index.row(SESSION).message_count == 2
        index.until(lambda: index.detail(OTHER).detail.transcript_gone_since is not None)
        assert cost(OTHER).unknown == 1
    with running(data, ClaudeCode(home.root)) as index:
        assert index.units_read == 0


def test_what_could_not_be_written_is_read_again(
    home: ClaudeHome, data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "RETRY_S", 0.05)
    original: Any = source_index.files.save
    full = [True]

    def save(*args: Any) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(*args)

    path = home.write(chat())
    with running(data, ClaudeCode(home.root), sweep_s=60.0) as index, monkeypatch.context() as patch:
        patch.setattr(source_index.files, "save", save)
        append(path, more())
        index.until(lambda: index.engine.indexes[0].report.state is SourceState.FAILED)
        assert index.row(SESSION).message_count == 2
        full[0] = False
        index.until(lambda: index.row(SESSION).message_count == 4)
        index.until(lambda: index.engine.indexes[0].report.state is SourceState.LIVE)
    assert "failed" in caplog.text


def test_titles_that_change_beside_the_files_reach_their_rows(tmp_path: Path, data: Path) -> None:
    home = CodexHome(tmp_path / "codex")
    lines = CodexLines()
    enveloped(lines)
    home.write(lines)
    with running(data, Codex(home.root), sweep_s=0.05) as index:
        assert index.row(THREAD, "codex").title == "Fix it"
        (home.root / "session_index.jsonl").write_text(f'{{"id":"{THREAD}","thread_name":"The login"}}\n', "utf-8")
        index.until(lambda: index.row(THREAD, "codex").title == "The login")
        assert index.units_read == 1
