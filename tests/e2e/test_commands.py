"""The command line for people, against a real server filled with the sample."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.records import session
from tests.helpers.server import RunningServer, serve, wait_until

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "parrot_server", *arguments]


def parrot(server: RunningServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ("--data-dir", str(server.data_dir))
    environment = {**os.environ, "COLUMNS": "190"}
    return subprocess.run(
        command(*arguments, *where), capture_output=True, text=True, timeout=30, check=False, env=environment
    )


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningServer]:
    """A small sample, and the process that answers for it."""
    with serve(tmp_path_factory.mktemp("sample")) as server:
        life = subprocess.Popen(
            command("simulate", "--sessions", "300", "--rate", "0", "--data-dir", str(server.data_dir)),
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: server.get("/v1/sessions/summary")["total"] == 300, "the sample", within_s=30)
            yield server
        finally:
            life.terminate()
            life.communicate(timeout=10)


def test_ls_prints_rows_as_the_protocol_has_them(sample: RunningServer) -> None:
    listed = rows(parrot(sample, "ls", "--all", "--json"))
    assert [row["id"] for row in listed] == [row["id"] for row in sample.rows()]
    assert listed[0]["title"] == "Full SDLC · CSV export on the reporting page"


def test_ls_narrows_by_everything_that_the_list_does(sample: RunningServer) -> None:
    me = rows(parrot(sample, "ls", "--json", "--owner", "sarah chen", "--kind", "flow", "--group", "live"))
    assert [row["short_id"] for row in me] == ["7c3a2f10"]
    by_words = rows(parrot(sample, "ls", "--json", "csv", "export", "--initiative", "csv export on the reporting page"))
    assert "7c3a2f10" in {row["short_id"] for row in by_words}
    assert all("csv" in row["title"].lower() for row in by_words)
    recent = rows(parrot(sample, "ls", "--json", "--after", "30m", "--project", "insights"))
    assert {row["short_id"] for row in recent} == {"7c3a2f10", "50d2c7be", "b3c9917d"}
    assert rows(parrot(sample, "ls", "--json", "--before", "2020-01-01")) == []


def test_ls_draws_the_row_for_people(sample: RunningServer) -> None:
    done = parrot(sample, "ls", "--limit", "11")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert "●─◉─○─○" in lines["7c3a2f10"]
    assert "$0.84" in lines["7c3a2f10"]
    assert "14 messages" in lines["a91be004"]
    assert "$0.31 · 31 credits" in lines["a91be004"]
    assert "approve before Verify" in lines["50d2c7be"]
    assert "$2.40 + unpriced" in lines["e77f01aa"]
    assert "Unpriced" in lines["f0aa4c29"]
    assert "11 of 300" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ls", "--owner", "nobody"], "parrot ls: --owner nobody: there is no such member"),
        (["ls", "--plan", "x"], "parrot ls: --plan x: there is no such plan"),
        (["ls", "--after", "soon"], "parrot ls: --after soon: no such time"),
        (["show", "zzzzzzzz"], "parrot show: there is no session zzzzzzzz"),
        (["show", "7c"], "parrot show: 7c is too short"),
        (["approve", "e77f01aa"], "parrot approve: e77f01aa is failed: it waits for nobody"),
        (["cancel", "e77f01aa"], "parrot cancel: "),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(sample: RunningServer, arguments: list[str], says: str) -> None:
    done = parrot(sample, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert len(done.stderr.splitlines()) == 1


def test_show_tells_what_a_session_did_and_cost(sample: RunningServer) -> None:
    done = parrot(sample, "show", "50d2", "--messages", "2")
    assert done.returncode == 0, done.stderr
    for text in ("Verify CSV format", "Priya Patel", "$1.92", "checkpoint before verify: waiting", "LAST MESSAGES"):
        assert text in done.stdout
    (detail,) = rows(parrot(sample, "show", "50d2c7be", "--json"))
    link = f"parrot://acme/sessions/{detail['id']}?step=verify"
    assert rows(parrot(sample, "show", link, "--json"))[0]["id"] == detail["id"]


def test_watch_prints_changes_as_they_come(sample: RunningServer) -> None:
    process = subprocess.Popen(
        command("watch", "--json", "--kind", "flow", "--data-dir", str(sample.data_dir)),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        # It has no way to say that it listens, so there is something to hear until it does.
        number = 0
        while not select.select([process.stdout], [], [], 0.05)[0]:
            number += 1
            sample.ingest([session("watched", seconds=number, kind="flow", title=f"Change {number}", source="other")])
        event = json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        process.stdout.close()
    assert (event["event"], event["data"]["native_id"]) == ("session", "watched")


def test_the_sample_does_what_people_ask_of_it(sample: RunningServer) -> None:
    assert parrot(sample, "cancel", "7c3a2f10").stdout == "7c3a2f10 is cancelled\n"
    (checkpoint,) = rows(parrot(sample, "approve", "50d2c7be", "--comment", "fine", "--json"))
    assert (checkpoint["status"], checkpoint["comment"]) == ("approved", "fine")
    wait_until(lambda: rows(parrot(sample, "show", "50d2c7be", "--json"))[0]["status"] == "running", "it to go on")
    again = parrot(sample, "reject", "50d2c7be")
    assert again.returncode == 1


def test_a_workspace_with_real_work_is_never_simulated_into(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        server.ingest([session("mine")])
        done = parrot(server, "simulate", "--once", "--sessions", "10")
        assert done.returncode == 1
        assert "holds work already" in done.stderr
        assert len(server.rows()) == 1


def test_simulate_again_adds_to_the_sample_only_what_is_new(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        for _ in range(2):
            done = parrot(server, "simulate", "--once", "--sessions", "100", "--members", "9")
            assert done.returncode == 0, done.stderr
            assert server.get("/v1/sessions/summary")["total"] == 100
        me = server.get("/v1/me")
        assert me["workspace"]["name"] == "Acme workspace (sample)"
        assert len(server.get("/v1/members")["items"]) == 10  # the nine, and the person at this machine
