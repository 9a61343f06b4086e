"""The messages of a session: pages of them, one part whole, one record raw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server import scopes
from parrot_server.answers import bytes_response
from parrot_server.calls import Ask, Call, Parameter, answer
from parrot_server.problems import ApiProblem, bad_parameter, not_found
from parrot_server.raw_money import without_money
from parrot_server.routes.parameters import limit
from parrot_server.routes.reading import MessageReader, open_session
from parrot_server.transcripts import ImageBytes
from parrot_wire.answers import Messages
from parrot_wire.query import parse_limit
from parrot_wire.values import Scope

if TYPE_CHECKING:
    from starlette.responses import Response

    from parrot_server.routes.reading import Anchor

MAX_MESSAGES = 500
DEFAULT_MESSAGES = 100
_MAX_N = 10**12
_ANCHORS: tuple[Anchor, ...] = ("after", "before", "around")
_SAFE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"})
"""What is named so is sent so; an SVG can hold scripts, so it, and all else, travels as plain bytes."""


async def page(ask: Ask) -> Response:
    anchor, n = _place(ask)
    most = parse_limit(ask.params, default=DEFAULT_MESSAGES, most=MAX_MESSAGES)
    stored = await open_session(ask)
    return answer(ask, await MessageReader(ask.services).page(stored, anchor, n, most))


def _place(ask: Ask) -> tuple[Anchor, int | None]:
    given: list[tuple[Anchor, str]] = []
    for anchor in _ANCHORS:
        value = ask.param(anchor)
        if value is not None:
            given.append((anchor, value))
    if not given:
        return "after", 0
    if len(given) > 1:
        raise bad_parameter(given[1][0], f"cannot be given together with {given[0][0]}")
    anchor, value = given[0]
    if anchor == "before" and value == "end":
        return anchor, None
    return anchor, _number(anchor, value)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _MAX_N:
        raise bad_parameter(name, f"must be a message's number, not {text!r}")
    return int(text)


def _path_number(ask: Ask, name: str) -> int:
    text = ask.path(name)
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_MAX_N)):
        raise not_found("part")
    return int(text)


async def part(ask: Ask) -> Response:
    stored = await open_session(ask)
    found = await MessageReader(ask.services).part(stored, _path_number(ask, "n"), _path_number(ask, "i"))
    if found is None:
        raise not_found("part")
    if isinstance(found, ImageBytes):
        media_type = found.media_type if found.media_type in _SAFE_IMAGES else "application/octet-stream"
        return bytes_response(ask.request, found.data, media_type=media_type)
    return answer(ask, found)


async def raw(ask: Ask) -> Response:
    stored = await open_session(ask)
    found = await MessageReader(ask.services).raw(stored, _path_number(ask, "n"))
    if found is None:
        raise ApiProblem(404, "The source's own record of this message is not there.")
    if not scopes.sees_cost(ask.principal, spend_tracking=ask.services.workspace.spend_tracking):
        found = without_money(found)
    media_type = "application/x-ndjson" if b"\n" in found.strip() else "application/json"
    return bytes_response(ask.request, found, media_type=media_type)


_NUMBER = {"type": "integer", "minimum": 0}
_RIGHTS = "A flow needs flows.read."

CALLS = (
    Call(
        method="GET",
        path="/v1/sessions/{id}/messages",
        name="messages",
        summary="Messages in order; without a place, the first ones. Long texts are cut and carry `full_bytes`.",
        handler=page,
        scopes=(Scope.SESSIONS_READ,),
        rights=_RIGHTS,
        parameters=(
            Parameter(name="after", description="Messages that follow this number.", schema=_NUMBER),
            Parameter(
                name="before",
                description="Messages that precede this number; `end` is the last page.",
                schema={"oneOf": [_NUMBER, {"const": "end"}]},
            ),
            Parameter(name="around", description="This message and those about it.", schema=_NUMBER),
            limit(default=DEFAULT_MESSAGES, most=MAX_MESSAGES),
        ),
        answer=Messages,
        problems=(404,),
    ),
    Call(
        method="GET",
        path="/v1/sessions/{id}/messages/{n}/parts/{i}",
        name="part",
        summary="One part whole, as JSON; an image as its bytes. Parts count from 0.",
        handler=part,
        scopes=(Scope.SESSIONS_READ,),
        rights=_RIGHTS,
        problems=(404,),
    ),
    Call(
        method="GET",
        path="/v1/sessions/{id}/messages/{n}/raw",
        name="raw",
        summary="The source's own record of a message; without ai-spend.read without the amounts in it.",
        handler=raw,
        scopes=(Scope.SESSIONS_READ,),
        rights=_RIGHTS,
        problems=(404,),
    ),
)
