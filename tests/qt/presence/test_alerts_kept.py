"""The bell and what is kept of it: files that are torn, quiet hours, a snooze, what is said and to whom."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from parrot_desktop.controllers.alert_store import MAX_HISTORY, Remembered, load, save
from parrot_desktop.controllers.alerting import Alerting
from parrot_desktop.domain.alerts import Alert, AlertKind, Known, Saying
from parrot_desktop.domain.quiet import Quiet
from parrot_desktop.i18n import QtWords
from parrot_desktop.tasks import TaskOwner
from parrot_desktop.views.notification_center import AlertListModel
from tests.helpers.details import ago

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.integration.notifier import Button


def alert(n: int = 1, kind: AlertKind = AlertKind.FAILED) -> Alert:
    return Alert(kind=kind, session_id=f"s{n}", title=f"Run {n}", owner="m1", at=ago(n))


def test_the_bells_model_keeps_qts_rules(qapp: QApplication) -> None:
    model = AlertListModel(QtWords())
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for count in (0, 3, 1, 0, 200):
        model.show_alerts([alert(n) for n in range(count)], unseen=min(2, count))
        assert model.rowCount() == count
    assert model.data(model.index(7)) is not None
    assert model.alert_at(model.index(200)) is None
    del tester


@pytest.mark.parametrize("torn", [b"", b"{", b'{"known": 7}', b"\xff\xfe", b'{"known":{"feed":"f","seq":1'])
def test_a_torn_file_is_learned_anew(tmp_path: Path, torn: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Power that fails in the middle of a write, or another version's file, never keeps the bell from ringing."""
    path = tmp_path / "alerts.json"
    path.write_bytes(torn)
    with caplog.at_level(logging.WARNING):
        remembered = load(path)
    assert remembered == Remembered(Known())
    assert "learned anew" in caplog.text
    remembered.add((alert(),))
    save(path, remembered)
    assert load(path).history == [alert()]
    assert [each.name for each in tmp_path.iterdir()] == ["alerts.json"]


def test_the_history_is_bounded_and_newest_first() -> None:
    remembered = Remembered(Known())
    for n in range(MAX_HISTORY + 5):
        remembered.add((alert(n),))
    assert len(remembered.history) == MAX_HISTORY
    assert remembered.history[0].title == f"Run {MAX_HISTORY + 4}"
    assert remembered.unseen == MAX_HISTORY


@pytest.mark.parametrize(
    ("hours", "clock", "is_quiet"),
    [
        ((time(22), time(7)), time(21, 59), False),
        ((time(22), time(7)), time(22), True),
        ((time(22), time(7)), time(0), True),
        ((time(22), time(7)), time(6, 59), True),
        ((time(22), time(7)), time(7), False),
        ((time(12), time(13)), time(12, 30), True),
        ((time(12), time(13)), time(13), False),
        ((time(9), time(9)), time(4), True),
        (None, time(3), False),
    ],
)
def test_quiet_hours(hours: tuple[time, time] | None, clock: time, is_quiet: bool) -> None:
    """Over midnight too; the same time twice means the whole day."""
    assert Quiet(hours=hours).holds_at(datetime.combine(datetime(2026, 11, 23), clock)) is is_quiet


def test_a_snooze_ends_by_itself_and_a_mute_does_not() -> None:
    noon = datetime(2026, 11, 23, 12)
    snoozed = Quiet(snoozed_until=datetime(2026, 11, 23, 13))
    assert snoozed.holds_at(noon)
    assert not snoozed.holds_at(datetime(2026, 11, 23, 13))
    assert Quiet(is_muted=True).holds_at(datetime(2027, 1, 1))


class Service:
    """A desktop's notification service that keeps what it is told."""

    def __init__(self, *, shows: bool) -> None:
        self._shows = shows
        self.titles: list[str] = []

    async def say(
        self,
        title: str,
        text: str,
        *,
        is_urgent: bool = False,
        opened: Callable[[], None],
        buttons: Sequence[Button] = (),
    ) -> str | None:
        self.titles.append(title)
        return str(len(self.titles)) if self._shows else None

    async def take_back(self, shown: str) -> None:
        pytest.fail(f"{shown} is no wait, and stays")


@pytest.mark.parametrize(("shows", "is_quiet"), [(True, False), (False, False), (True, True)])
async def test_what_is_told_is_heard_once(qapp: QApplication, tmp_path: Path, shows: bool, is_quiet: bool) -> None:
    """By the desktop and a screen reader, or by a toast that speaks for itself; by nobody in quiet hours."""
    service = Service(shows=shows)
    owner = TaskOwner("test", on_error=lambda where, error: pytest.fail(f"{where}: {error}"))
    alerting = Alerting(
        path=tmp_path / "alerts.json",
        desktop=service,
        words=QtWords(),
        quiet=lambda: Quiet(is_muted=is_quiet),
        owner=owner,
    )
    said: list[Saying] = []
    toasts: list[Saying] = []
    alerting.said.connect(said.append)
    alerting.toast_wanted.connect(toasts.append)
    alerting.tell((alert(1), alert(2)))
    for _ in range(5):
        await asyncio.sleep(0)
    heard = 0 if is_quiet else 1
    assert len(service.titles) == heard
    assert (len(said), len(toasts)) == ((heard, 0) if shows else (0, heard))
    assert alerting.unseen == 2
    assert alerting.unseen_failures == 2
    alerting.mark_seen()
    alerting.save()
    assert (load(tmp_path / "alerts.json").unseen, len(load(tmp_path / "alerts.json").history)) == (0, 2)
    await owner.aclose()
