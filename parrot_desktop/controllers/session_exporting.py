"""Gathers all of a session and writes it to a file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.api.workspace import Blob, MessagesAfter
from parrot_desktop.domain.session_facts import metadata_facts
from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.export.session_export import ExportedImage, ExportKind, SessionExport, write_export
from parrot_wire.session import Image
from parrot_wire.times import to_ms
from parrot_wire.values import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_desktop.api.workspace import Workspace
    from parrot_desktop.domain.session_facts import FactContext
    from parrot_wire.session import Message, Part

PAGE = 500
MAX_PART_BYTES = 2_000_000
"""A longer part stays cut in the file."""
MAX_IMAGES_BYTES = 20_000_000
"""Of all images together; the rest is named."""


async def export_session(
    workspace: Workspace, session_id: str, path: Path, kind: ExportKind, *, context: FactContext, masked: bool
) -> int:
    """Write the file and return how many messages it holds. Raises WorkspaceError and OSError."""
    detail = await workspace.detail(session_id)
    turns = await workspace.turns(session_id)
    timeline = await workspace.timeline(session_id) if detail.kind is Kind.FLOW else None
    messages, images = await _all_messages(workspace, session_id, with_images=kind is ExportKind.HTML)
    owner = context.people.get(detail.owner)
    captions = Captions(context.words, person=owner.name if owner is not None else detail.owner, zone=context.zone)
    if timeline is not None:
        captions.steps = {step.id: step for step in timeline.steps}
    now = datetime.now(UTC)
    export = SessionExport(
        detail=detail,
        facts=metadata_facts(detail, context, to_ms(now.isoformat())),
        messages=messages,
        turns=turns,
        timeline=timeline,
        captions=captions,
        exported_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        images=images,
    )

    def write() -> None:
        path.write_bytes(write_export(export, kind, masked=masked))

    # Colouring code and masking secrets of a long transcript takes seconds.
    await asyncio.to_thread(write)
    return len(messages)


async def _all_messages(
    workspace: Workspace, session_id: str, *, with_images: bool
) -> tuple[list[Message], dict[PartPlace, ExportedImage]]:
    found: list[Message] = []
    images: dict[PartPlace, ExportedImage] = {}
    room = MAX_IMAGES_BYTES
    after = 0
    while True:
        page = await workspace.messages(session_id, MessagesAfter(after), limit=PAGE)
        for message in page.items:
            found.append(await _whole(workspace, session_id, message))
            for index, part in enumerate(message.parts):
                if with_images and room > 0 and isinstance(part, Image):
                    image = await _image(workspace, session_id, message.n, index)
                    if image is not None and len(image.data) <= room:
                        images[PartPlace(message.n, index)] = image
                        room -= len(image.data)
        if len(page.items) < PAGE:
            return found, images
        after = page.items[-1].n


async def _whole(workspace: Workspace, session_id: str, message: Message) -> Message:
    """The message with the parts whole that were cut, unless they are enormous."""
    parts: list[Part] = []
    for index, part in enumerate(message.parts):
        size: int | None = getattr(part, "full_bytes", None)
        if size is not None and size <= MAX_PART_BYTES:
            whole = await workspace.part(session_id, message.n, index)
            parts.append(part if isinstance(whole, Blob) else whole)
        else:
            parts.append(part)
    return type(message)(
        n=message.n,
        id=message.id,
        role=message.role,
        at=message.at,
        parts=tuple(parts),
        turn=message.turn,
        step=message.step,
        model=message.model,
    )


async def _image(workspace: Workspace, session_id: str, n: int, index: int) -> ExportedImage | None:
    try:
        blob = await workspace.part(session_id, n, index)
    except WorkspaceError:
        return None
    return ExportedImage(media_type=blob.media_type, data=blob.data) if isinstance(blob, Blob) else None
