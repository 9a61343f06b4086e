"""A session as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.as_markdown import message_as_markdown
from parrot_desktop.domain.transcript.clean import one_line
from parrot_desktop.domain.transcript.store import TranscriptStore

if TYPE_CHECKING:
    from parrot_desktop.export.session_export import SessionExport


def markdown_document(export: SessionExport) -> str:
    """Facts first, then the transcript."""
    tr = export.captions.words.tr
    store = store_of(export)
    lines = [f"# {one_line(export.detail.title)}", ""]
    lines.extend(f"- **{fact.label}**: {one_line(fact.value, 1_000)}" for fact in export.facts)
    lines += [f"- **{tr('Exported')}**: {export.exported_at}", "", "---", ""]
    for message in export.messages:
        text = message_as_markdown(message, store, export.captions)
        if text:
            lines += [text, ""]
    return "\n".join(lines)


def store_of(export: SessionExport) -> TranscriptStore:
    """The messages where calls and results find each other."""
    store = TranscriptStore(max_chars=1 << 62)
    store.turns = {turn.n: turn for turn in export.turns}
    store.put(export.messages)
    return store
