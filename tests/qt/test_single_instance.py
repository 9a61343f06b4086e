"""A second start raises the first and hands over its arguments."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from parrot_desktop.integration.single_instance import SingleInstance, hand_over

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LINK = "parrot://acme/sessions/abc"

SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from parrot_desktop.integration.single_instance import hand_over
app = QCoreApplication([])
sys.exit(0 if hand_over(Path(sys.argv[1]), sys.argv[2:]) else 3)
"""


def test_a_second_process_hands_its_arguments_to_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    handed_over: list[list[str]] = []
    first.started_again.connect(handed_over.append)
    with qtbot.waitSignal(first.started_again, timeout=10_000):
        second = subprocess.Popen([sys.executable, "-c", SECOND_START, str(tmp_path), LINK])
    assert handed_over == [[LINK]]
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=10_000)
    assert second.returncode == 0
    first.close()


def test_nobody_answers_on_another_data_folder(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "one")
    assert not hand_over(tmp_path / "two", [])
    first.close()
