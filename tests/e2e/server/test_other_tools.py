"""The server over what tools other than Claude Code and Codex recorded: everything opens, the sums agree, and what is
written reaches the row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.amp_files import THREAD, AmpHome, AmpThread, text
from tests.helpers.copilot_files import CopilotEvents, CopilotHome, call
from tests.helpers.gemini_files import GeminiHome, GeminiLog, tokens
from tests.helpers.opencode_files import OpencodeHome
from tests.helpers.opencode_files import text as words
from tests.helpers.server import serve, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.server import RunningServer

REAL = Path(__file__).parents[4] / "shared" / "transcripts"
TOOLS = ("gemini", "qwen", "copilot", "opencode", "cursor", "aider")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    if not REAL.is_dir():
        pytest.skip("no ../shared/transcripts beside the repository")
    sources = {name: REAL / name for name in TOOLS}
    with serve(tmp_path_factory.mktemp("workspace"), sources=sources) as running:
        running.indexed()
        yield running
        said = (running.data_dir / "server-output.txt").read_text()
        assert "Traceback" not in said, said


def test_every_real_session_opens_and_the_sums_agree(real: RunningServer) -> None:
    assert {(each["name"], each["state"]) for each in real.get("/v1/sources")["items"]} == {
        (name, "live") for name in TOOLS
    }
    rows = real.rows() + real.rows(kind="task")
    assert {row["source"] for row in rows} == set(TOOLS)
    spent = 0
    for row in rows:
        path = f"/v1/sessions/{row['id']}"
        detail, turns = real.get(path), real.get(f"{path}/turns")["items"]
        assert sum(turn["cost"] or 0 for turn in turns) == detail["own_cost"]["micros"]
        spent += detail["own_cost"]["micros"]
        messages = real.get(f"{path}/messages", limit=500)["items"]
        assert [message["n"] for message in messages] == list(range(1, len(messages) + 1))
        assert sum(len(message["parts"]) for message in messages) == detail["event_count"]
        said = [message["turn"] for message in messages if "turn" in message]
        assert said == sorted(said)
        assert all(1 <= turn <= len(turns) for turn in said)
        for message in messages:
            assert real.http.get(f"{path}/messages/{message['n']}/raw").content
    assert real.get("/v1/sessions/summary")["cost"]["micros"] == spent > 0


def test_what_was_said_is_found_whichever_tool_it_was_said_to(real: RunningServer) -> None:
    def found() -> set[str]:
        return {hit["session"]["source"] for hit in real.get("/v1/search", q="parrots")["items"]}

    wait_until(lambda: found() == {"gemini", "copilot", "opencode", "aider"}, "the texts to be indexed")


def row_of(server: RunningServer, source: str) -> dict[str, Any]:
    return next(row for row in server.rows() if row["source"] == source)


def test_what_is_written_reaches_the_row_of_every_kind_of_store(tmp_path: Path) -> None:
    """A log of one document, events in a folder, a document that is rewritten, and a database."""
    log, events, thread = GeminiLog(), CopilotEvents(), AmpThread()
    log.header()
    log.prompt("p1", "Mend it")
    events.start()
    events.prompt("Mend it")
    thread.prompt(text("Mend it"))
    homes = GeminiHome(tmp_path / "gemini"), CopilotHome(tmp_path / "copilot"), AmpHome(tmp_path / "amp")
    gemini, copilot, amp = homes[0].write(log), homes[1].write(events), homes[2].write(thread)
    with OpencodeHome(tmp_path / "opencode") as opencode:
        opencode.session()
        opencode.prompt("msg_1", "Mend it")
        sources = {name: tmp_path / name for name in ("gemini", "copilot", "amp", "opencode")}
        with serve(tmp_path / "data", sources=sources) as server:
            server.indexed()
            assert {(row["source"], row["message_count"]) for row in server.rows()} == {(name, 1) for name in sources}
            log.answer("a1", "Mended.", tokens=tokens(1000, 10))
            gemini.write_bytes(log.bytes())
            events.answer("m1", "Looking.", call("c1"))
            events.answer("m2", "Mended.")
            copilot.write_bytes(events.bytes())
            thread.answer(text("Mended."))
            amp.write_bytes(thread.document())
            opencode.answer("msg_2", words("Mended."), cost=0.25)
            for name, count in (("gemini", 2), ("copilot", 3), ("amp", 2), ("opencode", 2)):
                wait_until(lambda name=name, count=count: row_of(server, name)["message_count"] == count, name)
            assert row_of(server, "opencode")["cost"]["micros"] == 250_000
            assert row_of(server, "gemini")["cost"]["estimated"] == 1
            assert row_of(server, "amp")["native_id"] == THREAD
            for name in sources:
                last = server.get(f"/v1/sessions/{row_of(server, name)['id']}/messages", before="end")["items"][-1]
                assert last["parts"] == [{"type": "text", "text": "Mended."}]
