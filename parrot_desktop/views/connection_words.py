"""How a connection stands, in a word or two."""

from __future__ import annotations

from parrot_desktop.domain.connection_state import ConnectionState
from parrot_desktop.i18n import tr


def connection_words(state: ConnectionState) -> str:
    match state:
        case ConnectionState.STARTING:
            return tr("Starting…")
        case ConnectionState.CONNECTING:
            return tr("Connecting…")
        case ConnectionState.LIVE:
            return tr("Live")
        case ConnectionState.RECONNECTING:
            return tr("Reconnecting…")
        case ConnectionState.OFFLINE:
            return tr("Offline")
        case ConnectionState.UNAUTHORISED:
            return tr("Not signed in")
        case ConnectionState.FAILED:
            return tr("Not connected")
