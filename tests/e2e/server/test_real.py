"""The server over real transcripts, where they are: everything in them can be opened, and the sums agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.server import RunningServer

REAL = Path(__file__).parents[4] / "shared" / "transcripts"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    sources = {"claude-code": REAL / "claude", "codex": REAL / "codex"}
    with serve(tmp_path_factory.mktemp("workspace"), sources=sources) as running:
        running.indexed()
        yield running
        said = (running.data_dir / "server-output.txt").read_text()
        assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def rows(server: RunningServer) -> list[dict[str, Any]]:
    found = server.rows() + server.rows(kind="task")
    assert found
    return found


def test_every_session_opens(server: RunningServer, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        path = f"/v1/sessions/{row['id']}"
        detail = server.get(path)
        assert {key: detail[key] for key in row if key != "seq"} == {key: row[key] for key in row if key != "seq"}
        turns = server.get(f"{path}/turns")["items"]
        assert [turn["n"] for turn in turns] == list(range(1, len(turns) + 1))
        assert sum(turn["cost"] or 0 for turn in turns) == detail["own_cost"]["micros"]
        messages = _all_messages(server, path)
        assert [message["n"] for message in messages] == list(range(1, len(messages) + 1))
        if messages:
            assert server.http.get(f"{path}/messages/{len(messages)}/raw").status_code == 200
        for message in messages[-3:]:
            for index, part in enumerate(message["parts"]):
                whole = server.http.get(f"{path}/messages/{message['n']}/parts/{index}")
                assert whole.status_code == 200
                if part["type"] != "image" and "full_bytes" not in part:
                    assert whole.json() == part


def _all_messages(server: RunningServer, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = server.get(f"{path}/messages", after=len(found), limit=500)
        found += page["items"]
        if not page["items"]:
            assert page["total"] == len(found)
            return found


def test_the_sums_agree(server: RunningServer, rows: list[dict[str, Any]]) -> None:
    listed = [row for row in rows if row["kind"] != "task"]
    summary = server.get("/v1/sessions/summary")
    assert summary["total"] == len(listed)
    for name in ("micros", "estimated", "unpriced", "unknown"):
        assert summary["cost"][name] == sum(row["cost"][name] for row in listed)
    own = sum(server.get(f"/v1/sessions/{row['id']}")["own_cost"]["micros"] for row in rows)
    assert summary["cost"]["micros"] == own
