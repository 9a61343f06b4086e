"""The made-up team of the sample workspace, at work for as long as its window is open."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from parrot_client.sample import start_life

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from parrot_desktop.controllers.live_workspace import LiveWorkspace

log = logging.getLogger(__name__)


class SampleLife:
    """A guest of the shell: begins when the sample is joined, ends when it is left."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None

    def workspace_joined(self, live: LiveWorkspace) -> None:
        if self._process is not None:
            return
        try:
            self._process = start_life(self._data_dir)
        except OSError as error:
            log.warning("the sample workspace stays as it is: %s", error)

    async def workspace_left(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        # It may take a moment; nobody waits for it but this thread.
        threading.Thread(target=process.wait, name="parrot-job", daemon=True).start()
