"""``parrot://<workspace id>/sessions/<id>[?message=n|step=id]``: links to sessions, made and read.

A link comes from anywhere (a chat, a web page), so whatever is not exactly of this form is refused with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SCHEME = "parrot"

_WORKSPACE = re.compile(r"[a-z0-9-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")


class BadLink(ValueError):
    """Not a link to a session; the text says why."""


@dataclass(frozen=True, slots=True)
class SessionLink:
    """``message`` counts from 1; ``step`` is a step's id."""

    workspace: str
    session: str
    message: int | None = None
    step: str | None = None

    def __str__(self) -> str:
        link = f"{SCHEME}://{self.workspace}/sessions/{quote(self.session, safe='')}"
        if self.message is not None:
            return f"{link}?message={self.message}"
        if self.step is not None:
            return f"{link}?step={quote(self.step, safe='')}"
        return link


def parse_link(text: str) -> SessionLink:
    """Raises BadLink."""
    try:
        parts = urlsplit(text.strip())
    except ValueError as error:
        raise BadLink(f"not a link: {error}") from error
    if parts.scheme != SCHEME:
        raise BadLink(f"not a {SCHEME}:// link")
    if not _WORKSPACE.fullmatch(parts.netloc):
        raise BadLink("the link names no workspace")
    segments = parts.path.strip("/").split("/")
    if len(segments) != 2 or segments[0] != "sessions":
        raise BadLink("the link names no session")
    session = unquote(segments[1])
    if not _ID.fullmatch(session):
        raise BadLink("the link's session is no id")
    message: int | None = None
    step: str | None = None
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "message":
            if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) > 0):
                raise BadLink("the link's message is no number")
            message = int(value)
        elif name == "step":
            step = value
    return SessionLink(workspace=parts.netloc, session=session, message=message, step=step)
