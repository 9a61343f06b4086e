"""kill -9 in the middle of an index: what comes after is as if nothing had happened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.corpus import MIXES, write_corpus
from tests.helpers.server import serve, start_server, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.server import RunningServer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def all_there_is(server: RunningServer) -> dict[str, Any]:
    """Rows, figures and turns, without what depends on the order of reading."""
    server.indexed()
    rows = {row["id"]: row for row in server.rows() + server.rows(kind="task")}
    for row in rows.values():
        del row["seq"]
        row["turns"] = server.get(f"/v1/sessions/{row['id']}/turns")["items"]
    return {"rows": rows, "summary": server.get("/v1/sessions/summary")}


def test_killed_while_indexing_it_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    write_corpus(corpus, mix=MIXES["both"], sessions=120, size=4_000_000, seed=5)
    sources = {"claude-code": corpus / "claude", "codex": corpus / "codex"}
    with serve(tmp_path / "clean", sources=sources) as clean:
        expected = all_there_is(clean)
    assert len(expected["rows"]) > 100
    folder = tmp_path / "killed"
    for at_least in (1, 40):
        server = start_server(folder, sources=sources)
        try:
            wait_until(
                lambda server=server, at_least=at_least: len(server.rows(limit=200)) >= at_least,
                "some rows",
            )
            server.kill()
        finally:
            server.close()
    with serve(folder, sources=sources) as server:
        assert all_there_is(server) == expected
