"""Messages of local sessions as the routes ask for them, and what those who watch a session are told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from parrot_server.index import local, processes, transcripts
from parrot_server.index.local import LocalIndex, UnknownSource
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.transcripts import FileTranscripts, Place
from parrot_server.store import members
from parrot_server.store.database import Database
from parrot_server.store.ids import derive_id
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_server.store.queries import detail
from parrot_wire.records import Command
from parrot_wire.session import Text
from parrot_wire.values import Role, Status, Verb
from tests.helpers.claude_files import OTHER, SESSION, ClaudeHome, ClaudeLines, call, text
from tests.helpers.index_reading import until

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from parrot_server.stored import Commit, StoredDetail


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path / "claude")


def conversation(turns: int = 3) -> ClaudeLines:
    lines = ClaudeLines()
    for number in range(turns):
        lines.prompt(f"question {number}")
        lines.answer(f"answer {number}", id=f"m{number}")
    return lines


def go_on(path: Path, lines: ClaudeLines) -> None:
    """Append what the file does not have yet, as the tool does."""
    with path.open("ab") as file:
        file.write(lines.bytes()[path.stat().st_size :])


class Local:
    """This machine's work, indexed and followed."""

    def __init__(self, index: LocalIndex, db: Database, commits: list[Commit]) -> None:
        self.index, self.db, self.commits = index, db, commits

    def session(self, native_id: str = SESSION) -> StoredDetail:
        found = self.db.read_blocking(detail, derive_id("claude-code", native_id))
        assert found is not None
        return found

    def told(self) -> list[str]:
        return [event.data.decode() for commit in tuple(self.commits) for event in commit.session_events]


@contextmanager
def local_index(data: Path, home: ClaudeHome) -> Generator[Local]:
    data.mkdir(exist_ok=True)
    commits: list[Commit] = []
    db = Database.open(f"sqlite:///{data / 'parrot.db'}", on_commit=commits.append)
    owner = db.write_blocking(members.ensure, name="Sarah", email="sarah@example.test", role=Role.OWNER)
    index = LocalIndex({"claude-code": home.root}, db, Sender(token_id=LOCAL_TOKEN, member_id=owner.id, any_owner=True))
    index.engine.start()
    try:
        assert index.engine.first_pass_done.wait(10)
        yield Local(index, db, commits)
    finally:
        index.engine.stop()
        index.transcripts.close()
        db.close()


async def test_pages_parts_and_records_of_a_session(tmp_path: Path, home: ClaudeHome) -> None:
    home.write(conversation())
    with local_index(tmp_path / "data", home) as here:
        session, reader = here.session(), here.index.transcripts
        assert await reader.total(session) == 6
        page = await reader.page(session, 2, 4)
        assert [(message.n, message.turn) for message in page] == [(2, 1), (3, None), (4, 2)]
        assert page[0].parts == (Text(text="answer 0"),)
        assert await reader.page(session, 5, 99) == await reader.page(session, 5, 6)
        assert await reader.page(session, 7, 9) == []
        assert await reader.part(session, 1, 0) == Text(text="question 0")
        assert b'"question 0"' in (await reader.raw(session, 1) or b"")
        assert await reader.raw(session, 7) is None


async def test_a_session_of_another_machine_is_not_read_here(tmp_path: Path, home: ClaudeHome) -> None:
    home.write(conversation())
    with local_index(tmp_path / "data", home) as here:
        stranger = msgspec.structs.replace(
            here.session(), detail=msgspec.structs.replace(here.session().detail, native_id=OTHER)
        )
        assert await here.index.transcripts.total(stranger) is None
        assert await here.index.transcripts.page(stranger, 1, 9) == []


async def test_a_file_that_is_gone_reads_as_no_messages(tmp_path: Path, home: ClaudeHome) -> None:
    path = home.write(conversation())
    with local_index(tmp_path / "data", home) as here:
        session = here.session()
        path.unlink()
        assert await here.index.transcripts.total(session) == 0
        assert await here.index.transcripts.page(session, 1, 9) == []
        assert await here.index.transcripts.part(session, 1, 0) is None


async def test_what_is_asked_before_the_index_knows_its_files_waits(tmp_path: Path, home: ClaudeHome) -> None:
    path = home.write(conversation())
    source, ready = ClaudeCode(home.root), threading.Event()

    def find(_source: str, native_id: str) -> Place | None:
        return Place(str(path), 0, lambda: source.transcript(native_id, str(path))) if ready.is_set() else None

    with local_index(tmp_path / "data", home) as here:
        reader = FileTranscripts(find, ready)
        asked = asyncio.ensure_future(reader.total(here.session()))
        await asyncio.sleep(0.02)
        assert not asked.done()
        ready.set()
        assert await asked == 6
        reader.close()


async def test_copied_turns_are_not_numbered(tmp_path: Path, home: ClaudeHome) -> None:
    original = conversation(2)
    fork = ClaudeLines(session_id=OTHER, name="f", at=original.at)
    fork.records = [{**record, "sessionId": OTHER} for record in original.records]
    fork.answer("its own", id="own")
    original.prompt("goes on")
    home.write(original)
    home.write(fork)
    with local_index(tmp_path / "data", home) as here:
        session = here.session(OTHER)
        assert session.detail.turn_count == 1
        page = await here.index.transcripts.page(session, 1, 9)
        assert [message.turn for message in page] == [None, None, None, None, 1]


async def test_those_who_read_a_session_are_told_what_it_gained(tmp_path: Path, home: ClaudeHome) -> None:
    lines = conversation()
    path = home.write(lines)
    with local_index(tmp_path / "data", home) as here:
        await here.index.transcripts.page(here.session(), 1, 500)
        lines.assistant(text("first piece"), id="m9")
        home.write(lines)
        until(lambda: any("first piece" in data for data in here.told()))
        lines.assistant(call("t1"), id="m9")
        with path.open("ab") as file:
            file.write(lines.bytes()[path.stat().st_size :])
        until(lambda: any('"t1"' in data for data in here.told()))
        grown = next(data for data in here.told() if '"t1"' in data)
        assert '"n":7' in grown, "the message that grew is told again under its number"
        assert "first piece" in grown
        assert not any("question 0" in data for data in here.told())


async def test_what_a_page_showed_is_still_told_to_the_others(tmp_path: Path, home: ClaudeHome) -> None:
    lines = conversation()
    path = home.write(lines)
    with local_index(tmp_path / "data", home) as here:
        reader, session = here.index.transcripts, here.session()
        await reader.total(session)
        lines.prompt("news")
        go_on(path, lines)
        await reader.page(session, 1, 9)
        until(lambda: any('"news"' in data for data in here.told()))


def test_memory_for_transcripts_is_bounded(home: ClaudeHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "KEPT_COUNT", 2)
    path = home.write(conversation())
    source, opened = ClaudeCode(home.root), list[str]()

    def find(_source: str, native_id: str) -> Place:
        def opener() -> object:
            opened.append(native_id)
            return source.transcript(native_id, str(path))

        return Place(str(path), 0, opener)  # pyright: ignore[reportArgumentType]

    ready = threading.Event()
    ready.set()
    reader = FileTranscripts(find, ready)
    for native_id in ("a", "b", "a", "c", "a", "b"):
        assert len(reader.gained("claude-code", native_id)) in (0, 6)
    reader.close()
    assert opened == ["a", "b", "c", "b"]


async def test_a_large_transcript_gives_its_first_page_at_once(tmp_path: Path, home: ClaudeHome) -> None:
    lines = ClaudeLines()
    filler = "word " * 4000
    for number in range(1250):
        lines.prompt(f"question {number}")
        lines.assistant(text("I look."), call(f"t{number}"), id=f"m{number}")
        lines.result(f"t{number}", filler, outcome={"stdout": filler, "stderr": ""})
        lines.answer("Found it.", id=f"n{number}")
    path = home.write(lines)
    assert path.stat().st_size > 50_000_000
    reader = ClaudeCode(home.root).transcript(SESSION, str(path))
    assert reader is not None
    began = time.process_time()
    assert reader.refresh() == 5000
    assert len(reader.page(4901, 5000)) == 100
    cold = time.process_time() - began
    began = time.process_time()
    reader.refresh()
    assert len(reader.page(2001, 2100)) == 100
    warm = time.process_time() - began
    assert cold < 0.4, "a goal of 0.1 s, with room for busy machines"
    assert warm < 0.1
    assert reader.memory < 2_000_000


async def test_only_a_process_that_is_sure_is_interrupted(tmp_path: Path, home: ClaudeHome) -> None:
    home.write(conversation())
    with local_index(tmp_path / "data", home) as here:

        def asked(native_id: str, verb: Verb) -> Command:
            return Command(id="c", source="claude-code", native_id=native_id, verb=verb, actor="sarah")

        refused = await here.index.act(asked(SESSION, Verb.CANCEL))
        assert refused is not None
        assert (refused.ok, refused.detail) == (False, "no process is known for sure to run this session")
        unable = await here.index.act(asked(SESSION, Verb.END))
        assert unable is not None
        assert not unable.ok
        assert await here.index.act(asked(OTHER, Verb.CANCEL)) is None


def started(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.mark.skipif(not processes.has_proc(), reason="the start of a process is told by /proc")
async def test_the_process_of_a_running_session_is_interrupted(tmp_path: Path, home: ClaudeHome) -> None:
    lines = ClaudeLines(version="2.1.197")
    lines.prompt("take your time")
    home.write(lines)
    program = "import time; print('up', flush=True); time.sleep(60)"
    with started(program) as child:
        assert child.stdout is not None
        child.stdout.readline()
        home.register(child.pid, procStart=processes.start_of(child.pid))
        with local_index(tmp_path / "data", home) as here:
            assert here.session().detail.status is Status.RUNNING
            command = Command(id="c", source="claude-code", native_id=SESSION, verb=Verb.CANCEL, actor="sarah")
            result = await here.index.act(command)
            assert result is not None
            assert (result.ok, result.detail) == (True, f"process {child.pid} was interrupted")
            assert child.wait(10) != 0
            until(lambda: here.session().detail.status is Status.INTERRUPTED)


def test_tools_are_chosen_by_name_or_found_in_their_own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.delenv("CODEX_HOME")
    roots = {tool.name: root for tool, root in local.chosen({})}
    assert roots["claude-code"] == tmp_path / "elsewhere"
    assert roots["codex"].name == ".codex"
    assert [root for _, root in local.chosen({"codex": tmp_path})] == [tmp_path]
    with pytest.raises(UnknownSource, match="no tool is called 'clippy'; known are"):
        local.chosen({"clippy": tmp_path})
