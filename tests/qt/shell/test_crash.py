"""Every door through which an unexpected error comes, in a process of its own: hooks are the process's."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import asyncio, gc, sys, threading
from pathlib import Path
from PySide6.QtCore import QObject, QTimer, Signal, qWarning
from PySide6.QtWidgets import QApplication, QWidget
from parrot_desktop.crash import CrashReporter
from parrot_desktop.logs import log_to
from parrot_desktop.loop import run_app
from parrot_desktop.tasks import TaskOwner

app = QApplication([])
log_to(Path(sys.argv[1]))
crash = CrashReporter()
crash.install()
crash.reported.connect(lambda report: print("REPORT", report.cause, flush=True))

class Painted(QWidget):
    def paintEvent(self, event):
        raise KeyError("while painting")

class Finaliser:
    def __del__(self):
        raise OSError("in a finaliser")

def fail(text):
    raise ValueError(text)

async def main():
    loop = asyncio.get_running_loop()
    crash.install_in_loop(loop)
    widget = Painted()
    widget.show()
    for _ in range(5):
        widget.update()
        await asyncio.sleep(0.01)
    QTimer.singleShot(0, lambda: fail("in a timer"))
    loop.call_soon(lambda: (_ for _ in ()).throw(TypeError("in a callback")))
    owner = TaskOwner("test", on_error=crash.report)
    async def broken():
        raise LookupError("in a task")
    owner.spawn(broken(), name="broken")
    thread = threading.Thread(target=lambda: [][1])
    thread.start()
    thread.join()
    Finaliser()
    qWarning("a word of Qt")
    await asyncio.sleep(0.05)
    await owner.aclose()
    widget.close()
    return 0

sys.exit(run_app(app, main))
"""


def test_each_door_is_watched_and_told_once(tmp_path: Path) -> None:
    """Slots, painting, callbacks, tasks, threads and finalisers: each cause is shown once, all are logged, and the
    application goes on to its own end.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "REPORT IndexError: list index out of range",
        "REPORT KeyError: 'while painting'",
        "REPORT LookupError: in a task",
        "REPORT OSError: in a finaliser",
        "REPORT TypeError: in a callback",
        "REPORT ValueError: in a timer",
    ]
    log = (tmp_path / "parrot-desktop.log").read_text()
    assert log.count("while painting") >= 2
    assert "a word of Qt" in log
