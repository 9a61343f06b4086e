"""What was last known of a workspace, and what was said of it: one file a workspace, for the owner's eyes alone.

Kept so that nothing is told twice after a restart. It holds titles, as the notifications did; never transcripts.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import msgspec

from parrot_desktop.domain.alerts import Alert, Known

log = logging.getLogger(__name__)

MAX_HISTORY = 200


class Remembered(msgspec.Struct):
    """``history`` is newest first; the first ``unseen`` of it were not looked at yet."""

    known: Known
    history: list[Alert] = []
    unseen: int = 0

    def add(self, alerts: tuple[Alert, ...]) -> None:
        """Alerts in the order they came."""
        self.history = [*reversed(alerts), *self.history][:MAX_HISTORY]
        self.unseen = min(self.unseen + len(alerts), MAX_HISTORY)


def load(path: Path) -> Remembered:
    """Empty where there is none, or where it cannot be read: then old work is no news."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Remembered)
    except FileNotFoundError:
        return Remembered(Known())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("what was last known cannot be read, and is learned anew: %s", error)
        return Remembered(Known())


def save(path: Path, remembered: Remembered) -> None:
    """Written aside and renamed. A disk that refuses is logged."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(remembered))
        Path(name).replace(path)
    except OSError as error:
        log.warning("what was last known cannot be kept: %s", error)
