"""A run's journal says how far it came, also after a kill in the middle of a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.flows.journal import (
    Finished,
    Journal,
    NoSuchRun,
    Numbered,
    Started,
    StepEnded,
    StepIs,
    Took,
    find_run,
    read_run,
)
from parrot_wire.session import Step
from parrot_wire.times import from_ms
from parrot_wire.values import Status

if TYPE_CHECKING:
    from pathlib import Path

AT = from_ms(1_790_000_000_000)


def started(run_id: str) -> Started:
    return Started(
        run_id=run_id, at=AT, file="f.toml", definition="", parameters={"n": 1.5}, title="t", cwd="/", workspace=None
    )


def step(status: Status) -> Step:
    return Step(id="a", name="A", status=status)


def test_a_torn_line_costs_nothing_but_itself(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, "run-1")
    for entry in (started("run-1"), Took(at=AT, pid=1), StepIs(step=step(Status.RUNNING)), Numbered(messages=7)):
        journal.write(entry)
    journal.close()
    with (tmp_path / "run-1" / "journal.ndjson").open("ab") as file:
        file.write(b'{"what":"step_ended","step":{"id":"a"')
    journal = Journal.open(tmp_path, "run-1")
    journal.write(Numbered(messages=9))
    state = read_run(tmp_path, "run-1")
    assert (state.messages, state.takes, state.finished) == (9, 1, None)
    assert state.steps["a"].status is Status.RUNNING
    assert state.started.parameters == {"n": 1.5}
    journal.write(StepEnded(step=step(Status.COMPLETED), result="r"), sync=True)
    journal.write(Finished(status=Status.COMPLETED, at=AT))
    state = read_run(tmp_path, "run-1")
    assert state.ended["a"].result == "r"
    assert state.finished is not None
    journal.write(Took(at=AT, pid=2))
    assert read_run(tmp_path, "run-1").finished is None  # it goes on
    journal.close()


def test_a_run_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    for run_id in ("abcd-1", "abcd-2", "wxyz-1"):
        journal = Journal.create(tmp_path, run_id)
        journal.write(started(run_id))
        journal.close()
    assert find_run(tmp_path, "wxyz") == "wxyz-1"
    assert find_run(tmp_path, "abcd-2") == "abcd-2"
    for name, says in (
        ("abcd", "could be any of abcd-1, abcd-2"),
        ("wxy", "there is no run"),
        ("none", "there is no run"),
    ):
        with pytest.raises(NoSuchRun, match=says):
            find_run(tmp_path, name)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSuchRun):
        read_run(tmp_path, "empty")
