"""Every window of the program with something in it, without a workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRect, QSize
from PySide6.QtWidgets import QWidget

from parrot_desktop.actions import ActionId
from parrot_desktop.domain.activity import Activity
from parrot_desktop.domain.alerts import Alert, AlertKind
from parrot_desktop.domain.connection_state import Connection, ConnectionState
from parrot_desktop.domain.filter_state import Attention, FilterState
from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.domain.session_facts import FactContext
from parrot_desktop.domain.standing import Checked, Standing
from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.i18n import QtWords, tr
from parrot_desktop.models.owner_filter_model import OwnerFilterModel
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.settings import Settings
from parrot_desktop.views.about import AboutDialog
from parrot_desktop.views.command_center import CommandCenter
from parrot_desktop.views.command_palette import CommandPalette
from parrot_desktop.views.confirm import confirm
from parrot_desktop.views.connect_dialog import ConnectDialog
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.detail_pane import DetailPane
from parrot_desktop.views.filter_strip import FilterPill
from parrot_desktop.views.jump_dialog import JumpDialog
from parrot_desktop.views.main_window import SIZE, MainWindow
from parrot_desktop.views.name_dialog import NameDialog
from parrot_desktop.views.notification_center import NotificationCenter
from parrot_desktop.views.pill_button import Tone
from parrot_desktop.views.search_dialog import SearchDialog
from parrot_desktop.views.session_window.export_dialog import ExportDialog
from parrot_desktop.views.session_window.window import SessionWindow
from parrot_desktop.views.settings.advanced_page import AdvancedPage
from parrot_desktop.views.settings.agents_page import AgentsPage
from parrot_desktop.views.settings.pages import appearance_page, general_page, notifications_page, tools_page
from parrot_desktop.views.settings.window import SettingsWindow
from parrot_desktop.views.settings.workspaces_page import Place, WorkspacesPage, standing_words
from parrot_desktop.views.shortcut_overview import ShortcutOverview
from parrot_desktop.views.toast import Notice
from parrot_desktop.views.view_tabs import NEEDS
from parrot_wire.answers import SourceReport
from parrot_wire.session import Cost, Member
from parrot_wire.values import Action, Kind, Role, SourceState, Status
from tests.helpers.details import NOW_MS, ago, detail, row, timeline, turns
from tests.helpers.list_rows import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parrot_desktop.theme.theme import Theme

MEMBERS = [Member(id="m1", name="Sarah Chen", role=Role.LEAD), Member(id="m2", name="Tom Asare", role=Role.MEMBER)]
ROWS = [
    row("s1", kind=Kind.FLOW, mode=None, title="Full SDLC", steps=steps(*[Status.COMPLETED] * 2, Status.RUNNING)),
    row("s2", owner="m2"),
    row("s3", status=Status.PAUSED, kind=Kind.FLOW, mode=None, actions=(Action.CANCEL,), title="Fix bug"),
    row("s4", status=Status.FAILED, kind=Kind.FLOW, mode=None, actions=(), title="Migrate billing"),
]
_REPORT = SourceReport(
    name="codex",
    root="/home/sarah/.codex",
    state=SourceState.LIVE,
    files=3,
    files_done=3,
    sessions=12,
    bytes=9,
    problems=(),
)
DATA = (
    *(each.title for each in ROWS),
    *("Parrot Desktop", "Parrot", "Sarah Chen", "Tom Asare", "Plan", "Implement", "Verify", "sonnet", "CSV export"),
    *("https://github.com/acme/insights", "acme/insights", "feat/audit", "/pull/482", "Research", "insights #482"),
    *("https://x.y", "file:/w/app/", "plan.md", "elsewhere", "Go on", "https://team.example", "/home/sarah/.codex"),
    *(
        "Red ones",
        "Mine this week",
        "Codex",
        "/home/sarah/data",
        "/home/sarah/logs",
        "VS Code",
        "Cursor",
        "Zed",
        "JetBrains",
    ),
    *(QLocale(QLocale.Language.English).monthName(month) for month in range(1, 13)),
    *("myeditor --line {line} {path}", "https://parrot.example.com"),
)
"""What no translator sees: names and titles, and months, which the locale names."""


@dataclass
class Stage:
    """Makes windows; `close` ends them."""

    theme: Theme
    folder: Path
    made: list[QWidget] = field(default_factory=list[QWidget])

    def __post_init__(self) -> None:
        self.words = QtWords()
        self.times = TimeTexts(self.words)
        self.kits = PaintKits(self.theme)
        self.captions = Captions(self.words, person="Sarah Chen")
        self.context = FactContext(self.words, self.times, people_of(MEMBERS))

    def keep(self, widget: QWidget, size: QSize | None = None) -> None:
        self.made.append(widget)
        if size is not None:
            widget.resize(size)
        widget.show()

    def close(self) -> None:
        for widget in reversed(self.made):
            if isinstance(widget, MainWindow):
                widget.close_for_good()
            widget.hide()
            widget.deleteLater()

    def main(self, size: QSize | None = None) -> MainWindow:
        """With rows, chips, a badge, filter, details, and a notice."""
        owners = OwnerFilterModel(words=self.words)
        owners.set_members(MEMBERS)
        owners.set_counts({"m1": 12, "m2": 3})
        model = SessionListModel(words=self.words, times=self.times)
        model.set_members(tuple(MEMBERS))
        window = MainWindow(self.theme, model, owners)
        window.header.set_counts({Attention.WAITING: 2, Attention.FAILED_TODAY: 3, Attention.LIVE: 4})
        window.header.set_unseen(3)
        window.status.show_counts(12_480, 4, is_filtered=True)
        window.status.show_connection(Connection(ConnectionState.LIVE, 0))
        window.status.show_spend(Cost(micros=14_640_000, priced=0, estimated=3, unpriced=2, unknown=1))
        window.status.show_member("Sarah Chen")
        model.show_page(ROWS, has_more=False)
        pane = DetailPane(self.theme, self.kits, self.captions, self.context, now_ms=lambda: NOW_MS)
        window.set_detail_widget(pane)
        self.keep(window, size)
        window.show_details(True)
        pane.show_detail(detail(), None, turns(), may_reassign=False)
        window.show_filter(True)
        window.toasts.show_notice(Notice(tr("Link copied"), button=tr("Undo"), on_button=lambda: None))
        return window

    def session(self, size: QSize | None = None) -> SessionWindow:
        """A chat with its cost."""
        window = SessionWindow(self.theme, self.kits, self.captions, self.context, now_ms=lambda: NOW_MS)
        self.keep(window, size or QSize(1360, 830))
        window.show_detail(detail(), turns())
        return window

    def run(self, size: QSize | None = None) -> SessionWindow:
        """A run that waits at a checkpoint."""
        window = SessionWindow(self.theme, self.kits, self.captions, self.context, now_ms=lambda: NOW_MS)
        self.keep(window, size or QSize(1360, 830))
        window.show_detail(detail(kind=Kind.FLOW, mode=None, actions=(Action.CANCEL, Action.DECIDE)), turns())
        window.show_timeline(timeline(), turns(), may_reassign=True)
        return window

    def center(self, size: QSize | None = None) -> CommandCenter:
        center = self._center()
        self.keep(center, size or QSize(520, 620))
        return center

    def pane(self, size: QSize | None = None) -> MainWindow:
        """The main window with the Command Center in it."""
        window = self.main(size)
        window.panes.center.fill(self._center)
        window.show_center(True)
        return window

    def _center(self, tools: Sequence[QWidget] = ()) -> CommandCenter:
        center = CommandCenter(self.theme, self.kits, words=self.words, times=self.times, tools=tools)
        center.set_people(MEMBERS, me="m1")
        center.set_activity(Activity(active=tuple(ROWS[:3]), recent=(ROWS[3],)))
        return center

    def bell(self, size: QSize | None = None) -> NotificationCenter:
        bell = NotificationCenter(self.kits, words=self.words, times=self.times, now_ms=lambda: NOW_MS)
        alerts = [
            Alert(session_id="s4", kind=kind, title="Migrate billing", owner="m1", at=ago(60)) for kind in AlertKind
        ]
        self.keep(bell, size)
        bell.open_under(QRect(600, 20, 30, 30), alerts, unseen=2, people=people_of(MEMBERS))
        return bell

    def settings(self, page: int, size: QSize | None = None) -> SettingsWindow:
        settings = Settings(self.folder / "desktop.ini")
        places, agents = WorkspacesPage(), AgentsPage()
        away = Checked(Standing.UNREACHABLE, tr("Something is wrong here."))
        places.show_places(
            [
                Place(url="", name=tr("Workspace"), is_current=True, state=tr("Live")),
                Place(
                    url="https://team.example",
                    name=tr("Shop"),
                    state=standing_words(away),
                    detail=away.detail,
                    is_trouble=True,
                ),
            ]
        )
        agents.show_reports([_REPORT])
        parent = QWidget()
        self.made.append(parent)
        window = SettingsWindow(
            parent,
            [
                general_page(settings, starts_at_login=False, set_login=lambda _: None),
                appearance_page(settings, lambda: None),
                notifications_page(settings, lambda: None, sees_spend=True),
                places,
                agents,
                tools_page(settings),
                AdvancedPage(data_folder="/home/sarah/data", log_folder="/home/sarah/logs"),
            ],
        )
        window.show_page(page)
        if size is not None:
            window.resize(size)
        window.show()
        return window

    def every(self) -> dict[str, Callable[[], QWidget]]:
        """All of them, by name."""
        pages = {f"settings {page}": partial(self.settings, page) for page in range(7)}
        return {
            "main": self.main,
            "session": self.session,
            "run": self.run,
            "command center": self.center,
            "center pane": self.pane,
            "bell": self.bell,
            **pages,
            "shortcuts": self.shortcuts,
            "about": self.about,
            "connect": self.connect_dialog,
            "export": self.export,
            "search": self.search,
            "question": self.question,
            "palette": self.palette,
            "views": self.views,
            "jump": self.jump,
            "name": self.name,
        }

    def over(self, make: Callable[[QWidget], QWidget]) -> QWidget:
        """A dialog over some window."""
        below = QWidget()
        below.resize(SIZE)
        self.keep(below)
        made = make(below)
        made.show()
        return made

    def shortcuts(self) -> QWidget:
        return self.over(lambda below: ShortcutOverview(self.theme, below))

    def about(self) -> QWidget:
        return self.over(lambda below: AboutDialog(self.theme, below, diagnostics="Parrot 1"))

    def connect_dialog(self) -> QWidget:
        return self.over(lambda below: ConnectDialog(self.theme, below, url="", offers_own=True))

    def export(self) -> QWidget:
        return self.over(lambda below: ExportDialog(self.theme, "Fix bug", below))

    def search(self) -> QWidget:
        return self.over(lambda below: SearchDialog(self.theme, self.kits, self.times, below, now_ms=lambda: NOW_MS))

    def question(self) -> QWidget:
        return self.over(
            lambda below: confirm(
                below, title=tr("Reset all settings?"), text=tr("Reset"), yes=tr("Reset settings"), on_yes=lambda: None
            )
        )

    def palette(self) -> QWidget:
        window = self.main()
        window.actions_by_id[ActionId.PALETTE].trigger()
        return window.findChildren(CommandPalette)[0]

    def views(self, size: QSize | None = None) -> MainWindow:
        """The main window with saved views, one of which is on, filters in force, and a day that was jumped to."""
        window = self.main(size)
        window.header.views.set_views(["Red ones", "Mine this week"])
        window.header.views.set_counts({NEEDS: 4, "Red ones": 12, "Mine this week": 1})
        window.header.views.set_current("Red ones")
        window.area.strip.show_pills(
            [
                FilterPill("Sarah Chen", FilterState()),
                FilterPill(tr("Needs a look"), FilterState(), Tone.NEEDS_LOOK),
                FilterPill(tr("last 7 days"), FilterState(), Tone.SETTLED),
            ]
        )
        window.area.jump.say(tr("The list begins at {day}.", day="…"), button=tr("Back to now"), glyph="calendar-days")
        return window

    def jump(self) -> QWidget:
        return self.over(lambda below: JumpDialog(self.theme, below, day=date(2026, 11, 20)))

    def name(self) -> QWidget:
        """Of a view that there is already."""
        return self.over(
            lambda below: NameDialog(
                below,
                title=tr("Save this view"),
                label=tr("Its tab will be called"),
                go=tr("Save view"),
                name="Red ones",
                taken=["Red ones"],
            )
        )
