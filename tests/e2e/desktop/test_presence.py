"""The window, the bell, the Command Center and the settings over a real server, as a person uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from parrot_desktop.actions import ActionId
from parrot_desktop.controllers import activity
from parrot_desktop.options import Options
from parrot_desktop.settings import Settings
from parrot_desktop.theme.tokens import ThemeName
from parrot_wire.times import from_ms
from tests.helpers.records import record
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from PySide6.QtWidgets import QApplication

    from parrot_desktop.views.settings.window import SettingsWindow


def flow(server: RunningServer, pilot: Pilot, native_id: str, status: str, seconds: float, **patch: object) -> None:
    """A run that moved ``seconds`` from now on."""
    now = from_ms(pilot.picture.model.now_ms() + round(seconds * 1000))
    body = {"kind": "flow", "title": native_id, "status": status, "started_at": now, "last_activity_at": now, **patch}
    line = record("session", native_id, body, key=f"{native_id}:{status}:{seconds}")
    server.ingest([{**line, "at": now}])


def options(server: RunningServer, folder: Path) -> Options:
    return Options(workspace=server.url, token_file=token_file(folder, server.token), data_dir=folder / "desk")


def test_a_failure_rings_the_bell_once_and_a_look_silences_it(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "TOGETHER_S", 0.05)

    async def use(pilot: Pilot) -> None:
        presence = pilot.wiring.presence
        assert presence is not None
        await pilot.live()
        flow(server, pilot, "Migrate billing", "running", 0.1)
        await pilot.until(lambda: presence.lookout.panel.content.has_rows, "the run in the Command Center")
        flow(server, pilot, "Migrate billing", "failed", 1)
        await pilot.until(lambda: presence.lookout.unseen == 1, "the bell")
        # Offscreen no notification service answers: the window says it.
        await pilot.until(lambda: any("A run failed" in text for text in pilot.notices), "the toast")
        pilot.window.actions_by_id[ActionId.NOTIFICATIONS].trigger()
        bell = presence.lookout.bell
        assert bell.model.rowCount() == 1
        assert presence.lookout.unseen == 0
        QTest.keyClick(bell, Qt.Key.Key_Escape)
        assert not bell.isVisible()

    with serve(tmp_path / "server") as server:
        run_window(qapp, options(server, tmp_path), use)


def settings_window(pilot: Pilot, page: int) -> SettingsWindow:
    pilot.window.actions_by_id[ActionId.SETTINGS].trigger()
    window = pilot.wiring.preferences.window
    assert window is not None
    window.show_page(page)
    return window


def choose(window: SettingsWindow, name: str, at: int) -> None:
    """As a person picks a line of a box."""
    box = next(box for box in window.findChildren(QComboBox) if box.accessibleName() == name)
    box.setCurrentIndex(at)
    box.activated.emit(at)


def test_what_is_chosen_in_the_settings_is_so_at_once_and_after_a_restart(qapp: QApplication, tmp_path: Path) -> None:
    async def use(pilot: Pilot) -> None:
        await pilot.live()
        window = settings_window(pilot, 1)
        tall = pilot.window.list_view.delegate.row_height()
        choose(window, "Theme", 2)
        assert pilot.picture.theme.tokens.name is ThemeName.DARK
        choose(window, "Rows", 1)
        assert pilot.window.list_view.delegate.row_height() < tall
        box = next(box for box in window.findChildren(QCheckBox) if "tray" in box.text())
        box.click()
        window.close()

    with serve(tmp_path / "server") as server:
        wanted = options(server, tmp_path)
        run_window(qapp, wanted, use)
        kept = Settings(tmp_path / "desk" / "desktop" / "desktop.ini")
        assert (kept.theme, kept.is_compact, kept.stays_in_tray) == ("dark", True, False)


def test_the_settings_tell_what_a_workspace_reads(qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "claude"
    (folder / "projects" / "x").mkdir(parents=True)

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        window = settings_window(pilot, 4)
        page = window.pages.currentWidget()
        assert page is not None
        await pilot.until(lambda: any(str(folder) in text for text in labels(page)), "the source's folder")
        window.close()

    with serve(tmp_path / "server", sources={"claude-code": folder}) as server:
        run_window(qapp, options(server, tmp_path), use)


def labels(page: QWidget) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]
