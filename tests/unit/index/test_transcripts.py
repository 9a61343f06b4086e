"""Messages of local sessions as the routes ask for them, and what those who watch a session are told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parrot_server.index import local, processes, transcripts
from parrot_server.index.appended import open_plain, unit_at
from parrot_server.index.local import LocalIndex, UnknownSource
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.sources.claude_code.messages import ClaudeTranscript
from parrot_server.index.sources.codex.messages import CodexTranscript
from parrot_server.index.transcripts import FileTranscripts, Place
from parrot_server.store import members
from parrot_server.store.database import Database
from parrot_server.store.ids import derive_id
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_server.store.queries import detail
from parrot_server.stored import StoredDetail
from parrot_wire.records import Command
from parrot_wire.session import Text
from parrot_wire.values import Role, Status, Verb
from tests.helpers import details
from tests.helpers.claude_files import OTHER, SESSION, ClaudeHome, ClaudeLines, call, text
from tests.helpers.codex_files import CodexLines, counts
from tests.helpers.index_reading import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from parrot_server.index.sources.base import Transcript, Unit
    from parrot_server.stored import Commit
    from parrot_wire.session import Message


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
        return Place(str(path), lambda: source.transcript(native_id, str(path))) if ready.is_set() else None

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
        go_on(path, lines)
        until(lambda: any("first piece" in data for data in here.told()))
        lines.assistant(call("t1"), id="m9")
        go_on(path, lines)
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


async def test_a_session_that_nobody_asked_for_is_not_read_again_but_marked(tmp_path: Path, home: ClaudeHome) -> None:
    lines = conversation()
    path = home.write(lines)
    with local_index(tmp_path / "data", home) as here:
        session = here.session().detail
        lines.answer("unheard", id="m9")
        go_on(path, lines)
        until(lambda: here.session().detail.seq > session.seq)
        assert here.told() == []
        assert here.commits[-1].untold == {session.id}
        await here.index.transcripts.total(here.session())
        lines.answer("heard", id="m10")
        go_on(path, lines)
        until(lambda: any('"heard"' in data for data in here.told()))
        assert not any("unheard" in data for data in here.told())
        assert here.commits[-1].untold == set()


def asked_for(session: StoredDetail, native_id: str) -> StoredDetail:
    return msgspec.structs.replace(session, detail=msgspec.structs.replace(session.detail, native_id=native_id))


async def test_memory_for_transcripts_is_bounded(
    tmp_path: Path, home: ClaudeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "KEPT_COUNT", 2)
    path = home.write(conversation())
    source, opened = ClaudeCode(home.root), list[str]()

    def find(_source: str, native_id: str) -> Place:
        def opener() -> object:
            opened.append(native_id)
            return source.transcript(native_id, str(path))

        return Place(str(path), opener)  # pyright: ignore[reportArgumentType]

    ready = threading.Event()
    ready.set()
    reader = FileTranscripts(find, ready)
    with local_index(tmp_path / "data", home) as here:
        session = here.session()
    for native_id in ("a", "b", "a", "c", "a", "b"):
        assert await reader.total(asked_for(session, native_id)) == 6
    reader.close()
    assert opened == ["a", "b", "c", "b"]


class WatchedFile:
    """A transcript on disk, and how far the index has come."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / f"{SESSION}.jsonl")
        self._lines = ClaudeLines()
        self._reader = self._new_reader()
        self.fetched: dict[int, Message] = {}
        self._noticed: Unit | None = None
        self.append(2)
        self.indexed, self._indexed_bytes = self._unit(), self._lines.bytes()

    def _new_reader(self) -> FileTranscripts:
        ready = threading.Event()
        ready.set()
        return FileTranscripts(lambda _source, _native_id: Place(self._path, self._open), ready)

    def close(self) -> None:
        self._reader.close()

    def _open(self) -> Transcript:
        return ClaudeTranscript(self._path, "claude-code", lambda _: None)

    def _unit(self) -> Unit:
        unit = unit_at(self._path)
        assert unit is not None
        return unit

    def append(self, answers: int) -> None:
        for _ in range(answers):
            self._lines.answer("said", id=f"m{len(self._lines.records)}")
        Path(self._path).write_bytes(self._lines.bytes())

    def extend(self) -> None:
        """The answer before the last one goes on."""
        self._lines.assistant(text("and more"), id=self._lines.records[-2]["message"]["id"])
        Path(self._path).write_bytes(self._lines.bytes())

    def write_anew(self, answers: int) -> None:
        self._lines = ClaudeLines(at=self._lines.at)
        Path(self._path).unlink()
        self.append(answers + 1)

    def fetch(self) -> None:
        """As a client does."""
        transcript = self._open()
        transcript.refresh()
        shown = details.detail(source="claude-code", native_id=SESSION, turn_count=transcript.turn_total)
        session = StoredDetail(detail=shown, can=frozenset(), children=())
        self.fetched = {message.n: message for message in asyncio.run(self._reader.page(session, 1, 10_000))}

    def forget(self) -> None:
        """As others ask for other sessions."""
        self.close()
        self._reader = self._new_reader()

    def notice(self) -> None:
        """The index looks at the file, and reads it later: then it may have more."""
        self._noticed = self._unit()

    def index(self) -> Sequence[Message] | None:
        """What the index tells of what the file gained."""
        before, self.indexed, self._noticed = self.indexed, self._noticed or self._unit(), None
        read, self._indexed_bytes = self._indexed_bytes, self._lines.bytes()
        if read == self._indexed_bytes:
            return ()
        return self._reader.gained("claude-code", SESSION, before, self.indexed)

    def truth(self) -> dict[int, Message]:
        transcript = self._open()
        return {message.n: message for message in transcript.page(1, transcript.refresh())}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedFile]:
    file = WatchedFile(tmp_path)
    yield file
    file.close()


def test_messages_that_are_too_many_or_gone_are_not_told(watched: WatchedFile) -> None:
    watched.fetch()
    watched.append(3)
    assert len(watched.index() or ()) == 3
    watched.append(transcripts.NEW_MESSAGES + 1)
    assert watched.index() is None
    watched.append(1)
    assert len(watched.index() or ()) == 1
    watched.write_anew(2)
    assert watched.index() is None, "messages that are gone cannot be told"
    watched.append(1)
    assert len(watched.index() or ()) == 1


def test_what_was_told_and_not_written_is_fetched(watched: WatchedFile) -> None:
    watched.fetch()
    before = watched.indexed
    watched.append(1)
    assert len(watched.index() or ()) == 1
    watched.indexed = before  # The disk was full: the index goes on from where it was.
    watched.append(1)
    assert watched.index() is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["append", "extend", "anew", "notice", "index", "fetch", "peek", "forget"])))
def test_whoever_takes_what_is_told_and_fetches_what_is_not_misses_nothing(steps: list[str]) -> None:
    """Between any reads of any clients, and whatever of it is still known here."""
    with TemporaryDirectory() as folder, closing(WatchedFile(Path(folder))) as watched:
        watched.fetch()
        known = dict(watched.fetched)
        for step in [*steps, "index", "index"]:
            match step:
                case "append":
                    watched.append(1)
                case "extend":
                    watched.extend()
                case "notice":
                    watched.notice()
                case "anew":
                    watched.write_anew(1)
                case "fetch":
                    watched.fetch()
                    known = dict(watched.fetched)
                case "peek":
                    watched.fetch()  # Another client does.
                case "forget":
                    watched.forget()
                case _:
                    told = watched.index()
                    if told is None:
                        watched.fetch()
                        known = dict(watched.fetched)
                    else:
                        known |= {message.n: message for message in told}
        assert known == watched.truth()


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
    assert reader.memory < 300_000


def long_claude(path: Path, answers: int) -> Transcript:
    lines = ClaudeLines()
    for number in range(answers):
        lines.assistant(text("I look."), id=f"msg_{number:024}", request=f"req_{number:024}")
        lines.assistant(call(f"toolu_{number:024}"), id=f"msg_{number:024}", request=f"req_{number:024}")
        lines.result(f"toolu_{number:024}")
    path.write_bytes(lines.bytes())
    return ClaudeTranscript(str(path), "claude-code", lambda _: None)


def long_codex(path: Path, answers: int) -> Transcript:
    lines = CodexLines()
    lines.meta()
    lines.context("turn")
    for number in range(answers):
        lines.item("function_call", name="shell", arguments="{}", call_id=f"call_{number:024}")
        lines.item("function_call_output", call_id=f"call_{number:024}", output="ok")
        lines.tokens(counts(10 * number + 10, number), counts(10, 1))
    path.write_bytes(lines.bytes())
    return CodexTranscript(str(path), open_plain)


@pytest.mark.parametrize("write", [long_claude, long_codex])
def test_little_is_kept_of_a_message_and_its_memory_is_told_truly(
    tmp_path: Path, write: Callable[[Path, int], Transcript]
) -> None:
    reader = write(tmp_path / "session.jsonl", 10_000)
    tracemalloc.start()
    try:
        total = reader.refresh()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert total == 20_000
    assert used < 60 * total
    assert used / 1.5 < reader.memory < used * 1.5


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
