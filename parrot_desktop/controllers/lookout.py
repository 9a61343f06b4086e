"""Keeps a lead informed while the window is closed: one stream a workspace for tray, bell, Command Center and alerts.

A guest of the shell: it lives with a joined workspace, and goes with it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QRect, Signal

from parrot_desktop.controllers.activity import ActivityController
from parrot_desktop.controllers.alerting import Alerting, Desktop
from parrot_desktop.domain.activity import Activity
from parrot_desktop.domain.alerts import Alert, AlertBook, AlertKind, AlertRules, Audience, Saying, Watching
from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.quiet import Quiet
from parrot_desktop.i18n import tr
from parrot_desktop.tasks import TaskOwner
from parrot_desktop.views.command_center import CommandCenter, CommandCenterPanel
from parrot_desktop.views.notification_center import NotificationCenter
from parrot_desktop.views.toast import Notice
from parrot_desktop.views.tray_icon import TrayState
from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Row
    from parrot_wire.values import Action

log = logging.getLogger(__name__)


class Ways(Protocol):
    """What the application does for the lookout."""

    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None: ...

    def act(self, action: Action, row: Row) -> None:
        """The one action of a row, as in the list."""
        ...

    def approve(self, session_id: str, checkpoint_id: str) -> None: ...

    def show_window(self) -> None: ...

    def say(self, notice: Notice) -> None: ...

    def announce(self, text: str) -> None:
        """To those who listen to a screen reader."""
        ...


class Lookout(QObject):
    """`Guest` of the shell, and the activity's listener."""

    state_changed = Signal(object)
    """A `TrayState`, for the tray."""
    unseen_changed = Signal(int)
    """How many notifications were not looked at, for the bell."""

    def __init__(
        self,
        *,
        ways: Ways,
        theme: Theme,
        kits: PaintKits,
        settings: Settings,
        folder: Path,
        desktop: Desktop,
        words: Words,
        times: TimeTexts,
        now_ms: Callable[[], int],
        watching: Callable[[str], Watching],
        on_error: Callable[[str, BaseException], None],
    ) -> None:
        super().__init__()
        self._ways = ways
        self._settings = settings
        self._folder = folder
        self._desktop = desktop
        self._words = words
        self._now_ms = now_ms
        self._watching = watching
        self._on_error = on_error
        self._live: LiveWorkspace | None = None
        self._owner: TaskOwner | None = None
        self._alerting: Alerting | None = None
        self._controller: ActivityController | None = None
        self._activity = Activity()
        self._is_lost = True
        self._people: Mapping[str, Person] = {}
        self._snoozed_until: datetime | None = None
        self._theme = theme
        self._kits = kits
        self._times = times
        self._is_motion_reduced = False
        self.centers: list[CommandCenter] = []
        """The popup's Command Center, and the main window's once it was wanted."""
        self.panel = CommandCenterPanel(self.make_center())
        self.bell = NotificationCenter(kits, words=words, times=times, now_ms=now_ms)
        self.bell.alert_opened.connect(self._open_alert)

    def make_center(self, tools: Sequence[QWidget] = ()) -> CommandCenter:
        """Another view of what is in motion, which is kept live from now on; ``tools`` as it takes them."""
        center = CommandCenter(self._theme, self._kits, words=self._words, times=self._times, tools=tools)
        center.session_opened.connect(self._open)
        center.action_requested.connect(self._act)
        center.sessions_wanted.connect(self._show_window)
        center.set_reduced_motion(self._is_motion_reduced)
        center.set_activity(self._activity)
        self.centers.append(center)
        self._meet()
        return center

    def set_reduced_motion(self, reduced: bool) -> None:
        self._is_motion_reduced = reduced
        for center in self.centers:
            center.set_reduced_motion(reduced)

    @property
    def unseen(self) -> int:
        """How many notifications were not looked at."""
        return self._alerting.unseen if self._alerting is not None else 0

    @property
    def activity(self) -> Activity:
        """What is in motion, as far as has been heard."""
        return self._activity

    # Guest

    def workspace_joined(self, live: LiveWorkspace) -> None:
        me = live.me.member.id
        self._live = live
        live.on_members.append(self._meet)
        live.on_row.append(self._row_seen)
        self._owner = owner = TaskOwner("lookout", on_error=self._on_error)
        self._alerting = alerting = Alerting(
            path=self._folder / f"alerts-{live.me.workspace.id}.json",
            desktop=self._desktop,
            words=self._words,
            quiet=self.quiet,
            owner=owner,
        )
        alerting.opened.connect(self._open_alert)
        alerting.approved.connect(self._approve)
        alerting.center_wanted.connect(self._show_window)
        alerting.toast_wanted.connect(self._toast)
        alerting.said.connect(self._announce)
        alerting.history_changed.connect(self._tell)
        self._meet()
        self._controller = ActivityController(
            workspace=live.joined.opened.workspace,
            me=me,
            book=AlertBook(alerting.remembered.known, since=from_ms(self._now_ms())),
            rules=self._rules,
            watching=lambda: self._watching(me),
            owner=owner,
            listener=self,
            on_row=live.row_seen,
            now_ms=self._now_ms,
        )
        self._controller.start()
        self._tell()

    def _row_seen(self, row: Row | None) -> None:
        if self._alerting is not None:
            self._alerting.row_seen(row)

    def _meet(self) -> None:
        """Names for those who work here now."""
        if self._live is not None:
            self._people = people_of(self._live.members)
            for center in self.centers:
                center.set_people(self._live.members, me=self._live.me.member.id)

    async def workspace_left(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        if self._alerting is not None:
            self._alerting.save()
        if self._owner is not None:
            await self._owner.aclose()
        self._live = self._owner = self._alerting = self._controller = None
        self._is_lost = True
        self.activity_changed(Activity())

    # ActivityListener

    def activity_changed(self, activity: Activity) -> None:
        self._activity = activity
        self._is_lost = self._live is None
        for center in self.centers:
            center.set_activity(activity)
        if self._alerting is not None:
            self._alerting.touch()
        self._tell()

    def activity_lost(self) -> None:
        self._is_lost = True
        self._tell()

    def alerts_came(self, alerts: tuple[Alert, ...]) -> None:
        if self._alerting is not None:
            self._alerting.tell(alerts)

    def away_alerts_came(self, alerts: tuple[Alert, ...]) -> None:
        if self._alerting is not None:
            self._alerting.tell_away(alerts)

    # What a person does

    def open_panel(self, anchor: QRect) -> None:
        self.panel.open_at(anchor)

    def open_bell(self, anchor: QRect) -> None:
        """The notification center; what it shows counts as seen."""
        if self._alerting is not None:
            alerting = self._alerting
            self.bell.open_under(anchor, alerting.history, unseen=alerting.unseen, people=self._people)
            alerting.mark_seen()

    def snooze(self, hours: int) -> None:
        """Say nothing for so many hours; 0 ends it, and a mute with it."""
        self._snoozed_until = datetime.now() + timedelta(hours=hours) if hours else None
        if not hours:
            self._settings.is_muted = False
        self._tell()

    def refresh(self) -> None:
        """The settings were changed."""
        self._tell()

    def quiet(self) -> Quiet:
        """What keeps it still, as it stands now."""
        return Quiet(
            hours=self._settings.quiet_hours,
            snoozed_until=self._snoozed_until,
            is_muted=self._settings.is_muted,
        )

    def _rules(self) -> AlertRules:
        settings = self._settings
        sees_spend = self._live is not None and self._live.sees_spend
        limit = settings.spend_limit if sees_spend else 0.0
        return AlertRules(
            audience={
                AlertKind.FAILED: settings.notify_failed,
                AlertKind.WAITING: settings.notify_waiting,
                AlertKind.FINISHED: settings.notify_finished,
                AlertKind.SPEND: Audience.ALL if limit > 0 else Audience.NOBODY,
            },
            spend_limit_micros=round(limit * 1_000_000) if limit > 0 else None,
        )

    def _open(self, session_id: str) -> None:
        self.panel.hide()
        self._ways.open_session(session_id)

    def _act(self, action: Action, session_id: str) -> None:
        row = next((row for row in self._activity.active if row.id == session_id), None)
        if row is not None:
            self.panel.hide()
            self._ways.act(action, row)

    def _open_alert(self, alert: Alert) -> None:
        self._ways.open_session(alert.session_id, step=alert.step)

    def _approve(self, alert: Alert) -> None:
        if alert.checkpoint is not None:
            self._ways.approve(alert.session_id, alert.checkpoint)

    def _show_window(self) -> None:
        self.panel.hide()
        self._ways.show_window()

    def _announce(self, saying: Saying) -> None:
        self._ways.announce(_in_one_line(saying))

    def _toast(self, saying: Saying) -> None:
        """Where the desktop shows no notifications, the window does; a toast announces itself."""
        alert = saying.alert
        text = _in_one_line(saying)
        if alert is None:
            self._ways.say(Notice(text))
        else:
            self._ways.say(
                Notice(
                    text,
                    button=tr("Open"),
                    on_button=lambda: self._open_alert(alert),
                    is_trouble=alert.kind is AlertKind.FAILED,
                )
            )

    def _tell(self) -> None:
        alerting = self._alerting
        self.unseen_changed.emit(self.unseen)
        self.state_changed.emit(
            TrayState(
                live=self._activity.live_count,
                waiting=self._activity.waiting_count,
                failed=alerting.unseen_failures if alerting is not None else 0,
                is_offline=self._is_lost,
                is_muted=self.quiet().holds_at(datetime.now()),
            )
        )


def _in_one_line(saying: Saying) -> str:
    return f"{saying.title}: {saying.text}" if saying.alert is not None else saying.title
