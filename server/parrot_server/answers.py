"""JSON answers as bytes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from starlette.responses import Response

from parrot_wire.codec import encode

if TYPE_CHECKING:
    from starlette.requests import Request

COMPRESS_FROM_BYTES = 16_000
"""A page of 50 rows has some 25 kB; below that the round trip costs more than the bytes."""
_LEVEL = 1
"""Rows are repetitive: the first level takes four fifths away at a fifth of the time of the sixth."""


def json_response(request: Request, value: object, *, status: int = 200) -> Response:
    """The value as JSON; never cached, because it is somebody's work and changes at any moment."""
    return bytes_response(request, encode(value), media_type="application/json", status=status)


def bytes_response(request: Request, body: bytes, *, media_type: str, status: int = 200) -> Response:
    """Bytes, compressed where that is worth it and the client can read it."""
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if len(body) >= COMPRESS_FROM_BYTES and not media_type.startswith("image/"):
        headers["vary"] = "accept-encoding"
        # An answer to a POST may be kept as it is, for whoever repeats it with other headers.
        if request.method != "POST" and takes_gzip(request.headers.get("accept-encoding", "")):
            headers["content-encoding"] = "gzip"
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
            body = packer.compress(body) + packer.flush()
    return Response(body, status, media_type=media_type, headers=headers)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether the header names gzip (or anything) with a weight above zero."""
    for entry in accept_encoding.lower().split(","):
        name, _, weight = entry.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.strip().removeprefix("q=").strip("0.") != "" or not weight
    return False
