"""From alerts to what a person hears and sees: desktop notifications, or a toast where there are none, and the bell."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from parrot_desktop.controllers.alert_store import Remembered, load, save
from parrot_desktop.domain.alerts import Alert, AlertKind, Saying, newest_of_each, say, say_while_away, still_waits
from parrot_desktop.i18n import tr
from parrot_desktop.integration.notifier import Button

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parrot_desktop.domain.quiet import Quiet
    from parrot_desktop.domain.words import Words
    from parrot_desktop.tasks import TaskOwner
    from parrot_wire.session import Row

log = logging.getLogger(__name__)

SAVE_EVERY_MS = 10_000


class Desktop(Protocol):
    """The desktop's notification service."""

    async def say(
        self,
        title: str,
        text: str,
        *,
        is_urgent: bool = False,
        opened: Callable[[], None],
        buttons: Sequence[Button] = (),
    ) -> str | None:
        """The id of what is shown; None where nothing is."""
        ...

    async def take_back(self, shown: str) -> None:
        """Close what `say` showed."""
        ...


class Alerting(QObject):
    """Says alerts once, keeps them for the bell, and remembers what was known across restarts."""

    history_changed = Signal()
    """Something was added to `history`, or looked at."""
    opened = Signal(object)
    """An `Alert` was clicked: open its session, at its step."""
    center_wanted = Signal()
    """A notification about several was clicked."""
    approved = Signal(object)
    """The `Alert` whose checkpoint is to be approved."""
    said = Signal(object)
    """A `Saying` that the desktop shows; not every desktop reads its notifications out."""
    toast_wanted = Signal(object)
    """A `Saying`, where the desktop shows no notifications."""

    def __init__(
        self,
        *,
        path: Path,
        desktop: Desktop,
        words: Words,
        quiet: Callable[[], Quiet],
        owner: TaskOwner,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__()
        self._path = path
        self._desktop = desktop
        self._words = words
        self._quiet = quiet
        self._owner = owner
        self._now = now
        self._waits: dict[str, tuple[Alert, str]] = {}
        """By session, the notification that it waits for somebody, with its id."""
        self._remembered: Remembered = load(path)
        self._saving = QTimer(self)
        self._saving.setInterval(SAVE_EVERY_MS)
        self._saving.timeout.connect(self.save)

    @property
    def remembered(self) -> Remembered:
        return self._remembered

    @property
    def history(self) -> list[Alert]:
        """Newest first."""
        return self._remembered.history

    @property
    def unseen(self) -> int:
        """How many of the newest were not looked at yet."""
        return self._remembered.unseen

    @property
    def unseen_failures(self) -> int:
        return sum(alert.kind is AlertKind.FAILED for alert in self.history[: self.unseen])

    def mark_seen(self) -> None:
        if self._remembered.unseen:
            self._remembered.unseen = 0
            self.touch()
            self.history_changed.emit()

    def touch(self) -> None:
        """Something that is remembered changed: keep it soon."""
        if not self._saving.isActive():
            self._saving.start()

    def save(self) -> None:
        self._saving.stop()
        save(self._path, self._remembered)

    def tell(self, alerts: tuple[Alert, ...]) -> None:
        """What happened in the last few seconds."""
        alerts = newest_of_each(alerts)
        self._tell(alerts, say(alerts, self._words))

    def tell_away(self, alerts: tuple[Alert, ...]) -> None:
        """What happened while the application was closed."""
        alerts = newest_of_each(alerts)
        self._tell(alerts, say_while_away(alerts, self._words))

    def _tell(self, alerts: tuple[Alert, ...], saying: Saying) -> None:
        self._remembered.add(alerts)
        self.touch()
        self.history_changed.emit()
        if not self._quiet().holds_at(self._now()):
            self._owner.spawn(self._say(saying), name="say")

    async def _say(self, saying: Saying) -> None:
        alert = saying.alert
        buttons: list[Button] = []
        if alert is not None:
            if alert.checkpoint is not None:
                buttons.append(Button(tr("Approve"), lambda: self.approved.emit(alert)))
            buttons.append(Button(tr("Open"), lambda: self.opened.emit(alert)))
        shown = await self._desktop.say(
            saying.title,
            saying.text,
            is_urgent=alert is not None and alert.kind is AlertKind.WAITING,
            opened=lambda: self._clicked(alert),
            buttons=buttons,
        )
        if shown is None:
            self.toast_wanted.emit(saying)
            return
        if alert is not None and alert.kind is AlertKind.WAITING:
            self._waits[alert.session_id] = (alert, shown)
        self.said.emit(saying)

    def row_seen(self, row: Row | None) -> None:
        """A row of the workspace changed: where somebody has decided, nobody is asked any more."""
        if row is not None and row.id in self._waits and not still_waits(self._waits[row.id][0], row):
            _, shown = self._waits.pop(row.id)
            self._owner.spawn(self._desktop.take_back(shown), name="take-back")

    def _clicked(self, alert: Alert | None) -> None:
        if alert is None:
            self.center_wanted.emit()
        else:
            self.opened.emit(alert)
