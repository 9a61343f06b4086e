"""Which sessions were open in windows of their own, by workspace, and how those windows lay."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QByteArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.settings import Settings

log = logging.getLogger(__name__)

MAX_WORKSPACES = 20
"""Whichever was left longest ago goes first."""


class OpenWindow(msgspec.Struct, frozen=True):
    """``place`` is `SessionWindow.dump_layout` as base64."""

    session: str
    place: str

    @property
    def layout(self) -> QByteArray:
        return QByteArray.fromBase64(QByteArray(self.place.encode()))


def open_window(session: str, layout: QByteArray) -> OpenWindow:
    return OpenWindow(session, base64.b64encode(bytes(layout.data())).decode())


def load_open_windows(settings: Settings, workspace: str) -> tuple[OpenWindow, ...]:
    """Of a workspace, in the order in which they were opened."""
    return _load(settings).get(workspace, ())


def save_open_windows(settings: Settings, workspace: str, windows: Sequence[OpenWindow]) -> None:
    """Takes the place of what was kept of that workspace."""
    kept = _load(settings)
    kept.pop(workspace, None)
    if windows:
        kept[workspace] = tuple(windows)
    newest = dict(list(kept.items())[-MAX_WORKSPACES:])
    settings.open_sessions = msgspec.json.encode(newest).decode() if newest else ""


def _load(settings: Settings) -> dict[str, tuple[OpenWindow, ...]]:
    text = settings.open_sessions
    try:
        return msgspec.json.decode(text, type=dict[str, tuple[OpenWindow, ...]]) if text else {}
    except msgspec.DecodeError as error:
        log.warning("the windows that were open cannot be read: %s", error)
        return {}
