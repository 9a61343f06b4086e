"""What stands in place of a session, or of its transcript, that cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.actions import ActionId
from parrot_desktop.api.errors import Conflict, Forbidden, NotFound, WorkspaceError
from parrot_desktop.domain.run_timeline import readable
from parrot_desktop.i18n import tr
from parrot_desktop.views.faces import Face, FaceButton
from parrot_wire.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_wire.session import Detail


def transcript_face(detail: Detail | None, total: int, times: TimeTexts) -> Face | None:
    """A transcript that is gone or empty says so; None where there are messages, or nothing is known yet."""
    if detail is None or total:
        return None
    if detail.transcript_gone_since is not None:
        since = times.moment(to_ms(detail.transcript_gone_since))
        return Face(
            "scroll-text",
            tr("The transcript is gone"),
            tr("Its file was deleted ({since}). What is known of the session stays.", since=since),
            details=(detail.source_file,) if detail.source_file else (),
        )
    text = tr("What is said will appear here.") if detail.status.is_active else tr("Nothing was said in it.")
    return Face("message-square", tr("No messages"), text)


def opening_face() -> Face:
    """While a session is loaded for the first time."""
    return Face("loader-circle", tr("Opening…"), "")


def trouble_face(error: WorkspaceError) -> Face:
    """A session that could not be loaded."""
    match error:
        case NotFound():
            text = tr("It was deleted, or it is not for you to see.")
            return Face("search", tr("No such session"), text, is_trouble=True)
        case Forbidden():
            return Face("lock", tr("You may not open this session"), str(error), is_trouble=True)
        case _:
            button = FaceButton(ActionId.REFRESH, tr("Try again"), "refresh-cw", is_primary=True)
            return Face("cloud-off", tr("The session could not be loaded"), str(error), buttons=(button,))


def refusal(error: WorkspaceError, people: Mapping[str, Person], times: TimeTexts) -> str:
    """Why a decision at a checkpoint was not taken."""
    if isinstance(error, Conflict) and error.earlier:
        return tr("It was decided before: {earlier}", earlier=readable(error.earlier, people, times))
    return str(error)
