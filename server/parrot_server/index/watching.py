"""Notices of the kernel that something changed. They only make sooner what the sweep finds anyway."""

from __future__ import annotations

import errno
import logging
import os
from enum import IntEnum
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

# Opening and closing are no changes: our own reading would wake us.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
_COMING: list[type[FileSystemEvent]] = [DirCreatedEvent, DirMovedEvent]


class _Reach(IntEnum):
    """How much of a folder is followed."""

    COMING = 0
    """Folders that come into it."""
    FILES = 1
    """The files in it, but nothing deeper."""
    ALL = 2


_OUT_OF_WATCHES = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENFILE})


class Watcher:
    """Follows folders. ``on_path`` is told changed files, ``on_tree`` changed folders; both in other threads."""

    def __init__(self, on_path: Callable[[str], None], on_tree: Callable[[], None]) -> None:
        self._handler = _Handler(on_path, on_tree)
        self._observer: BaseObserver | None = None
        self._watches: dict[tuple[Path, _Reach], ObservedWatch] = {}
        self.problem: str | None = None
        """Why notices do not come, or not all of them; None while they do."""

    def follow(self, folders: Iterable[Path]) -> None:
        """Follow these and no others. Of a file, the files beside it are followed with it. Where one is not there, what
        is nearest above it tells when it comes."""
        if self.problem is not None:
            return
        wanted: dict[Path, _Reach] = {}
        for folder in folders:
            there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
            if there is not None:
                missing = _Reach.FILES if folder.is_file() else _Reach.COMING
                reach = _Reach.ALL if there == folder else missing
                wanted[there] = max(reach, wanted.get(there, reach))
        try:
            if self._observer is None:
                self._observer = Observer()
                self._observer.daemon = True
                self._observer.start()
            for key in [key for key in self._watches if wanted.get(key[0]) != key[1]]:
                self._observer.unschedule(self._watches.pop(key))
            for folder, reach in wanted.items():
                if (folder, reach) not in self._watches:
                    events = _COMING if reach is _Reach.COMING else _EVENTS
                    self._watches[folder, reach] = self._observer.schedule(
                        self._handler, str(folder), recursive=reach is _Reach.ALL, event_filter=events
                    )
        except OSError as error:
            self._give_up(_why(error))

    def check(self) -> None:
        """Notice that the observer has died, which it does without a word where watches run out later."""
        if self._observer is None or self.problem is not None:
            return
        if not self._observer.is_alive() or not all(emitter.is_alive() for emitter in self._observer.emitters):
            self._give_up("the system's file notices ended")

    def stop(self) -> None:
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=1)
        self._observer = None
        self._watches.clear()

    def _give_up(self, why: str) -> None:
        log.warning("following files by looking at them now and then: %s", why)
        self.stop()
        self.problem = why


class _Handler(FileSystemEventHandler):
    def __init__(self, on_path: Callable[[str], None], on_tree: Callable[[], None]) -> None:
        self._on_path = on_path
        self._on_tree = on_tree

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.is_directory:
            # A folder counts as modified with every file in it.
            if event.event_type != "modified":
                self._on_tree()
            return
        self._on_path(os.fsdecode(event.src_path))
        if event.dest_path:
            self._on_path(os.fsdecode(event.dest_path))


def _why(error: OSError) -> str:
    if error.errno in _OUT_OF_WATCHES:
        return "the system's limit of watched folders is reached (fs.inotify.max_user_watches)"
    return error.strerror or str(error)
