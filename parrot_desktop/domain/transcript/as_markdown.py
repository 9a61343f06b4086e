"""A message as Markdown, as it is copied and exported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript import cards, sections
from parrot_desktop.domain.transcript.ansi import plain
from parrot_desktop.domain.transcript.clean import clean, one_line
from parrot_desktop.domain.transcript.pieces import Heading, PartPiece, StepLine, TurnLine, View, pieces_of
from parrot_desktop.domain.transcript.tools import ToolKind
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult

if TYPE_CHECKING:
    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_wire.session import Message


def message_as_markdown(message: Message, store: TranscriptStore, captions: Captions) -> str:
    """Text as it was written; tool calls with their results as fenced blocks."""
    found: list[str] = []
    for piece in pieces_of(message, store, View()):
        match piece:
            case Heading():
                name, meta = captions.heading(piece, store.turns.get(piece.turn or 0))
                found.append(f"### {name} · {meta}")
            case StepLine():
                found.append(f"## {' · '.join(word for word in captions.step(piece.step) if word)}")
            case TurnLine():
                continue
            case PartPiece():
                found.append(_part(piece, captions))
    return "\n\n".join(text for text in found if text)


def _part(piece: PartPiece, captions: Captions) -> str:
    tr = captions.words.tr
    match piece.part:
        case Text(text=text):
            return clean(text)
        case Thinking(text=text):
            return _quoted(clean(text))
        case ToolCall() as call:
            return _tool(call, piece.result[1] if piece.result else None, captions)
        case ToolResult(text=text):
            return fenced(plain(text))
        case Image(media_type=media_type):
            return tr("*Image ({kind})*", kind=media_type)
        case ErrorPart(text=text):
            return f"**{tr('Error')}**\n\n{fenced(plain(text))}"
        case Notice(kind=kind, text=text):
            return f"*{clean(kind)}*: {one_line(text, 400)}" if text else f"*{clean(kind)}*"


def _tool(call: ToolCall, result: ToolResult | None, captions: Captions) -> str:
    words = captions.words
    card = cards.card(call, words)
    outcome = " · ".join(word.text for word in cards.outcome(call, result, words, is_live=False))
    lines = [f"**{card.label}** {_inline(card.summary)}" + (f" · {outcome}" if outcome else "")]
    for section in sections.sections(call, result, words):
        match section.content:
            case sections.Command(text=text):
                lines.append(fenced(clean(text), "sh"))
            case sections.Code(text=text, language=language):
                lines.append(fenced(clean(text), language.rpartition(".")[2]))
            case sections.Output(text=text):
                lines.append(fenced(plain(text)))
            case sections.Diff(file=file):
                lines.append(fenced("\n".join(f"{line.kind}{clean(line.text)}" for line in file.lines), "diff"))
            case sections.Todos(items=items):
                lines.append(
                    "\n".join(
                        f"- [{'x' if item.state == 'completed' else ' '}] {one_line(item.text)}" for item in items
                    )
                )
            case sections.Prose(text=text):
                lines.append(_quoted(clean(text)))
            case sections.Note(text=text):
                if card.kind is not ToolKind.SHELL:
                    lines.append(clean(text))
    return "\n\n".join(lines)


def fenced(text: str, language: str = "") -> str:
    """A fence longer than any inside the text."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _inline(text: str) -> str:
    return "`" + text.replace("`", "'") + "`" if text else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
