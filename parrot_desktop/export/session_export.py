"""What is exported, and how each kind of file is written and stamped."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from parrot_desktop.export.html import html_document
from parrot_desktop.export.markdown import markdown_document
from parrot_desktop.export.masking import mask, mask_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_desktop.domain.session_facts import Fact
    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.store import PartPlace
    from parrot_wire.session import Detail, Message, Timeline, Turn


class ExportKind(StrEnum):
    HTML = "html"
    MARKDOWN = "md"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedImage:
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExport:
    """All that is known of one session. ``facts`` are its metadata in words; costs are absent where withheld."""

    detail: Detail
    facts: Sequence[Fact]
    messages: Sequence[Message]
    turns: Sequence[Turn]
    timeline: Timeline | None
    captions: Captions
    exported_at: str
    images: Mapping[PartPlace, ExportedImage] = field(default_factory=dict["PartPlace", ExportedImage])


def write_export(export: SessionExport, kind: ExportKind, *, masked: bool) -> bytes:
    """The file. Its last line holds the SHA-256 of all bytes before that line (JSON: of its ``session`` as written)."""
    if masked:
        export = _masked(export)
    match kind:
        case ExportKind.HTML:
            return stamped(html_document(export))
        case ExportKind.MARKDOWN:
            return stamped(markdown_document(export))
        case ExportKind.JSON:
            return _json(export)


def stamped(text: str) -> bytes:
    """The text, and under it a comment with its SHA-256."""
    body = (text.rstrip("\n") + "\n").encode()
    return body + f"<!-- sha256 {hashlib.sha256(body).hexdigest()} of everything above this line -->\n".encode()


def verify(data: bytes) -> bool:
    """Whether the stamp of an HTML or Markdown export fits what stands above it."""
    body, separator, stamp = data.rstrip(b"\n").rpartition(b"\n")
    found = re.fullmatch(rb"<!-- sha256 ([0-9a-f]{64}) of everything above this line -->", stamp)
    return bool(found and separator and hashlib.sha256(body + b"\n").hexdigest().encode() == found[1])


def _json(export: SessionExport) -> bytes:
    session = {
        "detail": msgspec.to_builtins(export.detail),
        "turns": msgspec.to_builtins(list(export.turns)),
        "timeline": msgspec.to_builtins(export.timeline),
        "messages": msgspec.to_builtins(list(export.messages)),
    }
    body = json.dumps(session, ensure_ascii=False, indent=1)
    stamp = hashlib.sha256(body.encode()).hexdigest()
    head = json.dumps({"exported_at": export.exported_at, "sha256": stamp}, indent=1)
    return f'{{"export": {head},\n"session": {body}}}\n'.encode()


def _masked(export: SessionExport) -> SessionExport:
    detail = export.detail
    return replace(
        export,
        detail=msgspec.structs.replace(
            detail,
            title=mask(detail.title),
            status_detail=mask(detail.status_detail) if detail.status_detail else None,
            error=mask(detail.error) if detail.error else None,
        ),
        facts=[replace(fact, value=mask(fact.value)) for fact in export.facts],
        messages=[mask_message(message) for message in export.messages],
    )
