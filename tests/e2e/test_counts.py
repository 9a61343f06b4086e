"""Counts of the running whole: events by one commit; timers and tasks of a window after 2,000 events."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QTimer

from parrot_desktop.options import Options
from tests.helpers.reading import stream
from tests.helpers.records import session, turn
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

EVENTS = 2_000
SESSIONS = 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def test_one_commit_is_one_event_a_session(server: RunningServer) -> None:
    """Whatever a session's records of one ingest were, who watches hears of it once."""
    with stream(server) as reader:
        reader.next()
        server.ingest([session("a", seconds=n) for n in range(5)] + [turn("a", f"t{n}", cost=7) for n in range(5)])
        server.ingest([session("end", seconds=9)])
        told: list[tuple[str, str]] = []
        while not told or told[-1][1] != "end":
            name, _, data = reader.next()
            told.append((name, data.get("native_id", "")))
    assert told == [("session", "a"), ("session", "end")]


def test_a_window_has_no_more_timers_and_tasks_after_2000_events(
    qapp: QApplication, server: RunningServer, tmp_path: Path
) -> None:
    server.ingest([session(f"s{n}", seconds=n) for n in range(SESSIONS)])
    options = Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )
    counts: list[tuple[int, int, int]] = []

    def count(pilot: Pilot) -> tuple[int, int, int]:
        """Tasks, what the event loop is still to call, Qt timers that run."""
        gc.collect()
        loop: Any = asyncio.get_running_loop()
        timers = [each for each in gc.get_objects() if isinstance(each, QTimer) and _is_active(each)]
        return len(asyncio.all_tasks()), len(loop.callbacks), len(timers)

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        await _send(pilot, 1)
        counts.append(count(pilot))
        await _send(pilot, EVENTS // SESSIONS)
        counts.append(count(pilot))

    async def _send(pilot: Pilot, rounds: int) -> None:
        """Change every session so many times, and wait until the last change is shown and all is at rest."""
        first = 1 + max(messages for *_, messages in pilot.facts)
        for at in range(first, first + rounds):
            await asyncio.to_thread(
                server.ingest,
                [session(f"s{n}", seconds=at * SESSIONS + n, message_count=at) for n in range(SESSIONS)],
            )
        await pilot.until(lambda: {messages for *_, messages in pilot.facts} == {first + rounds - 1}, "the last change")
        await _at_rest(pilot)

    async def _at_rest(pilot: Pilot) -> None:
        """What is asked at most once a second (sums, the last known rows) has a task of its own for a moment."""
        known: list[tuple[int, float]] = [(-1, 0.0)]

        def is_still() -> bool:
            tasks, now = len(asyncio.all_tasks()), time.monotonic()
            if tasks != known[0][0]:
                known[0] = (tasks, now)
            return now - known[0][1] > 2

        await pilot.until(is_still, "the tasks to rest")

    run_window(qapp, options, use)
    before, after = counts
    assert after[0] <= before[0], f"tasks: {before[0]}, then {after[0]}"
    assert after[1] <= before[1] + 1, f"callbacks of the loop: {before[1]}, then {after[1]}"
    assert after[2] <= before[2] + 1, f"Qt timers: {before[2]}, then {after[2]}"


def _is_active(timer: QTimer) -> bool:
    try:
        return timer.isActive()
    except RuntimeError:
        return False
