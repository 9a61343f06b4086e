"""Content in the form of Google's model API, which Gemini CLI and its forks keep: text, thoughts, calls, what came of
them, and data."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from parrot_server.index.loose import JSON, obj, shown, string, whole
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import Image, Notice, ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parrot_wire.session import Part

OUTCOMES = {"success": True, "error": False, "cancelled": False}
"""Status of a recorded call -> whether it went well. A shell's command that failed is a success all the same."""

_EXIT = re.compile(r"^Exit Code: (-?\d+)", re.MULTILINE)
# Some versions write their line breaks as two characters.
_EXIT_ESCAPED = re.compile(r"\\nExit Code: (-?\d+)")


def call_part(call: JSON) -> ToolCall:
    return ToolCall(call_id=string(call.get("id")), name=string(call.get("name")) or "tool", input=call.get("args"))


def response_part(response: JSON, status: str | None) -> ToolResult:
    """A ``functionResponse``. status: of the recorded call, where that is known; an exit code has the last word."""
    body = obj(response.get("response"))
    error = shown(body.get("error"))
    text = shown(body.get("output")) or error or (shown(body) if body else "")
    match = _EXIT.search(text) or _EXIT_ESCAPED.search(text)
    exit_code = whole(match[1]) if match is not None else None
    ok = OUTCOMES.get(status or "", None if status else not error)
    if exit_code:
        ok = False
    return ToolResult(call_id=string(response.get("id")), ok=ok, text=text, exit_code=exit_code)


def other_parts(piece: JSON) -> list[Part]:
    """Images, and files that are only named."""
    data = obj(piece.get("inlineData"))
    if _is_image(data):
        return [Image(media_type=string(data.get("mimeType")))]
    named = obj(piece.get("fileData")).get("fileUri") or data.get("mimeType")
    return [Notice(kind="file", text=shown(named))] if named else []


def images_of(pieces: Iterable[JSON]) -> list[ImageBytes]:
    """The images among the pieces of a content, in their order; one whose bytes are broken has none."""
    found: list[ImageBytes] = []
    for piece in pieces:
        data = obj(piece.get("inlineData"))
        if _is_image(data):
            try:
                raw = base64.b64decode(string(data.get("data")), validate=False)
            except (binascii.Error, ValueError):
                raw = b""
            found.append(ImageBytes(media_type=string(data.get("mimeType")), data=raw))
    return found


def _is_image(data: JSON) -> bool:
    return string(data.get("mimeType")).startswith("image/") and bool(string(data.get("data")))
