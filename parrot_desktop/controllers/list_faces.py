"""Which face the middle of the window wears: rows, rows to come, or a reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.actions import ActionId
from parrot_desktop.domain.connection_state import Connection, ConnectionState
from parrot_desktop.i18n import number as written
from parrot_desktop.i18n import plural, tr
from parrot_desktop.views.faces import Face, FaceButton

if TYPE_CHECKING:
    from parrot_desktop.domain.connection_state import Indexing


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """``is_shown``: the rows are the server's answer to the filter in force, or the last known ones."""

    connection: Connection
    rows: int
    is_shown: bool
    is_narrowed: bool
    is_local: bool
    is_sample: bool = False
    indexing: Indexing | None = None
    workspace: str = ""
    hidden: int = 0
    """Rows that came and that somebody hid here."""
    is_needs: bool = False
    """The list is of what needs somebody."""
    has_no_stars: bool = False
    """The list is of what is starred, and nothing is."""


def face_of(state: ListState) -> Face | None:
    """None where the list itself, or rows to come, should be seen."""
    connection = state.connection
    match connection.state:
        case ConnectionState.UNAUTHORISED:
            return _not_signed_in(connection)
        case ConnectionState.FAILED if not state.rows:
            return _failed(connection, is_local=state.is_local)
        case ConnectionState.OFFLINE if not state.rows:
            return _offline(connection, is_local=state.is_local)
        case _:
            pass
    if state.rows or not state.is_shown:
        return None
    if state.indexing is not None and state.indexing.is_running:
        return _indexing(state.indexing)
    if state.hidden:
        return _all_hidden(state.hidden)
    if state.is_needs:
        return Face(
            icon="circle-check",
            title=tr("Nothing needs you"),
            text=tr("No run waits for a person, and none has failed in the last days."),
        )
    if state.has_no_stars:
        return _no_stars()
    return _no_match() if state.is_narrowed else _nothing_yet(state)


def shows_skeleton(state: ListState) -> bool:
    """Rows are on their way and there are none to show meanwhile."""
    return not state.is_shown and not state.rows


def _not_signed_in(connection: Connection) -> Face:
    return Face(
        icon="lock",
        title=tr("You are not signed in to this workspace"),
        text=connection.detail,
        buttons=(
            FaceButton(ActionId.CONNECT, tr("Connect…"), icon="plug", is_primary=True),
            FaceButton(ActionId.REFRESH, tr("Try again")),
        ),
        is_trouble=True,
    )


def _failed(connection: Connection, *, is_local: bool) -> Face:
    return Face(
        icon="unplug",
        title=tr("The workspace server did not start") if is_local else tr("This workspace cannot be opened"),
        text=connection.detail,
        buttons=(
            FaceButton(ActionId.REFRESH, tr("Try again"), icon="refresh-cw", is_primary=True),
            FaceButton(ActionId.OPEN_LOG, tr("Show logs"))
            if is_local
            else FaceButton(ActionId.CONNECT, tr("Connect…")),
        ),
        is_trouble=True,
    )


def _offline(connection: Connection, *, is_local: bool) -> Face:
    text = tr("It is tried again by itself, and the list comes back as it was.")
    return Face(
        icon="cloud-off",
        title=tr("The workspace server does not answer") if is_local else tr("The workspace is out of reach"),
        text=f"{connection.detail} {text}".strip(),
        buttons=(FaceButton(ActionId.REFRESH, tr("Retry now"), icon="refresh-cw", is_primary=True),),
        is_trouble=True,
    )


def _indexing(indexing: Indexing) -> Face:
    return Face(
        icon="list-tree",
        title=tr("Reading your agents' transcripts"),
        text=tr(
            "{done} of {total} files. The newest come first.",
            done=written(indexing.done),
            total=written(indexing.total),
        ),
        details=indexing.places,
        progress=(indexing.done, indexing.total),
    )


def _all_hidden(count: int) -> Face:
    return Face(
        icon="eye-off",
        title=plural(count, "{n} session is hidden", "{n} sessions are hidden"),
        text=tr("What is here, you have hidden on this desktop. It still counts."),
        buttons=(FaceButton(ActionId.SHOW_HIDDEN, tr("Show hidden sessions"), icon="eye", is_primary=True),),
    )


def _no_stars() -> Face:
    return Face(
        icon="star",
        title=tr("Nothing is starred yet"),
        text=tr("Press S on a row to star it, or Shift and S to star everything of its owner."),
        buttons=(FaceButton(ActionId.CLEAR_FILTER, tr("Clear filters"), icon="funnel-x", is_primary=True),),
    )


def _no_match() -> Face:
    return Face(
        icon="search",
        title=tr("No session matches"),
        text=tr("Nothing in this workspace is as the filters want it."),
        buttons=(FaceButton(ActionId.CLEAR_FILTER, tr("Clear filters"), icon="funnel-x", is_primary=True),),
    )


def _nothing_yet(state: ListState) -> Face:
    if state.is_sample:
        return Face(
            icon="sparkles", title=tr("The sample workspace is on its way"), text=tr("Its people start their work now.")
        )
    if not state.is_local:
        return Face(
            icon="inbox",
            title=tr("No sessions here yet"),
            text=tr("As soon as somebody's agents work in {workspace}, it shows here.", workspace=state.workspace),
        )
    places = state.indexing.places if state.indexing is not None else ()
    return Face(
        icon="inbox",
        title=tr("No agent sessions found on this machine"),
        text=tr("Parrot looked in these places, and shows what appears there at once:")
        if places
        else tr("This workspace reads no tools on this machine."),
        details=places,
        buttons=(
            FaceButton(ActionId.OPEN_SAMPLE, tr("Open the sample workspace"), icon="sparkles", is_primary=True),
            FaceButton(ActionId.CONNECT, tr("Connect to a workspace…"), icon="plug"),
        ),
    )
