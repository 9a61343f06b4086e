"""From the pieces of a message to its blocks."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from parrot_desktop.domain.status_words import step_glyph
from parrot_desktop.domain.transcript import cards, sections
from parrot_desktop.domain.transcript.asked import Todo
from parrot_desktop.domain.transcript.cards import Card, FilePlace, Tone, Word
from parrot_desktop.domain.transcript.clean import clean, one_line
from parrot_desktop.domain.transcript.pieces import Heading, PartPiece, StepLine, TurnLine, View, pieces_of
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.domain.transcript.tools import ToolKind, as_json
from parrot_desktop.richtext.markdown import CodeBlock, Plain, Prose, Table, parse
from parrot_desktop.views.transcript.block import Act, Block, Span, Target, TextBlock
from parrot_desktop.views.transcript.card_rows import CardBlock, CardFoot, LabelBlock, TodoBlock
from parrot_desktop.views.transcript.image_block import ImageBlock
from parrot_desktop.views.transcript.prose import ProseStyle, table_document
from parrot_desktop.views.transcript.prose_block import ProseBlock
from parrot_desktop.views.transcript.rows import BoundaryBlock, FoldRow, HeadingBlock, StepBlock, TurnBlock
from parrot_desktop.views.transcript.wells import SHOWN_CHARS, Wells
from parrot_wire.session import ErrorPart, Image, Message, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole, Status

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.transcript.folding import Folding
    from parrot_desktop.views.transcript.kit import TranscriptKit
    from parrot_wire.session import Part


_NOTICES = {
    "command": ("square-terminal", "Command"),
    "output": ("terminal", "Output"),
    "output_cut": ("scroll-text", "Output left out"),
    "error": ("circle-alert", "Error"),
    "retry": ("refresh-cw", "Tried again"),
    "subagent": ("bot", "Asked of an agent"),
    "agent_message": ("bot", "Message of an agent"),
    "context": ("text", "Context"),
    "attachment": ("file-text", "Attachment"),
    "file": ("file-text", "File"),
    "patch": ("file-diff", "Files changed"),
    "notification": ("bell", "Notification"),
    "reminder": ("info", "Reminder to the model"),
    "continued": ("corner-down-left", "Continued"),
    "info": ("info", "Note"),
}
"""What a program says of itself: icon and label by its kind."""


class Composer:
    """Makes the blocks of messages, for one session, kit and filter."""

    def __init__(
        self, kit: TranscriptKit, store: TranscriptStore, captions: Captions, folding: Folding, *, view: View
    ) -> None:
        self._kit, self._store, self._captions, self._folding = kit, store, captions, folding
        self._words = captions.words
        self._wells = Wells(kit, folding, captions.words)
        self.view = view
        self.folder: str | None = None
        """Where the session works: paths inside are shown from there."""
        self.is_live = False
        """Whether a call without a result may still get one."""

    def is_open(self, place: PartPlace) -> bool:
        return self._folding.is_open(place)

    def blocks_of(self, message: Message) -> list[Block]:
        """The blocks of a message, top to bottom; none where it has nothing to show."""
        found: list[Block] = []
        for piece in pieces_of(message, self._store, self.view):
            match piece:
                case Heading():
                    name, meta = self._captions.heading(piece, self._store.turns.get(piece.turn or 0))
                    is_first = message.n == 1 or bool(found)  # a step's line brings its own room
                    found.append(HeadingBlock(self._kit, name, meta, is_first=is_first))
                case TurnLine():
                    text = self._captions.turn_line(
                        piece, self._store.turns.get(piece.turn), model_before=self._model_before(message)
                    )
                    found.append(TurnBlock(self._kit, text))
                case StepLine():
                    found.append(self._step(piece.step, is_first=message.n == 1))
                case PartPiece():
                    found.extend(self._part(message, piece))
        return found

    def _part(self, message: Message, piece: PartPiece) -> list[Block]:
        place = PartPlace(message.n, piece.index)
        part = self._folding.fetched.get(place, piece.part)
        try:
            return self._blocks(message, place, part, piece)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's record does, its text is still shown
            return self._unrenderable(place, part, error)

    def _blocks(self, message: Message, place: PartPlace, part: Part, piece: PartPiece) -> list[Block]:
        match part:
            case Text():
                if message.role in {MessageRole.SYSTEM, MessageRole.TOOL}:
                    return self._folded(place, "info", self._words.tr("System message"), part.text, part.full_bytes)
                style = ProseStyle(keeps_breaks=message.role is MessageRole.USER)
                return self._markdown(place, part.text, style, part.full_bytes)
            case Thinking():
                return self._thinking(place, part, piece.thought_ms)
            case ToolCall():
                result_place, result = piece.result or (None, None)
                if result_place is not None:
                    fetched = self._folding.fetched.get(result_place)
                    result = fetched if isinstance(fetched, ToolResult) else result
                return self._tool(place, part, result_place, result)
            case ToolResult():
                return self._lone_result(place, part)
            case Image():
                return [self._image(place, part.media_type)]
            case ErrorPart():
                return self._error(place, part)
            case Notice():
                return self._notice(place, part)

    # Running text

    def _markdown(
        self,
        place: PartPlace,
        text: str,
        style: ProseStyle,
        full_bytes: int | None,
        *,
        card: Span | None = None,
        indent: int = 0,
    ) -> list[Block]:
        kit, part = self._kit, place.index
        found: list[Block] = []
        for segment in parse(text):
            gap = 0 if card is not None else kit.px(8 if found else 10)
            if card is not None and found:
                found.append(LabelBlock(kit, "", part=part))
            match segment:
                case Prose():
                    found.append(ProseBlock(kit, segment, style, part=part, gap=gap, card=card, indent=indent))
                case CodeBlock():
                    found.extend(
                        self._wells.code(part, segment.text, segment.language, card=card, gap=gap, indent=indent)
                    )
                case Table():
                    made = partial(table_document, segment, kit)
                    cells = sum(len(cell.content) for row in segment.rows for cell in row)
                    found.append(
                        TextBlock(
                            kit,
                            made,
                            chars=cells,
                            lines=2 * len(segment.rows),
                            part=part,
                            gap=gap + kit.px(2),
                            card=card,
                            indent=indent,
                        )
                    )
                case Plain():
                    if segment.reason:
                        found.append(self._aside(part, segment.reason, card=card, gap=gap))
                    found.extend(self._wells.plain(part, segment.text, card=card, gap=0, indent=indent))
        return [*found, *self._wells.cut(place, full_bytes, card=card)]

    def _aside(self, part: int, text: str, *, card: Span | None, gap: int) -> Block:
        if card is not None:
            return LabelBlock(self._kit, text, part=part)
        row = FoldRow(self._kit, "info", text, part=part, is_open=False, can_open=False)
        row.gap = gap
        return row

    # Thoughts, notes, errors

    def _thinking(self, place: PartPlace, part: Thinking, thought_ms: int | None) -> list[Block]:
        has_text = bool(part.text.strip())
        is_open = has_text and self._folding.is_open(place)
        row = FoldRow(
            self._kit,
            "brain",
            self._captions.thought(thought_ms),
            part=place.index,
            is_open=is_open,
            can_open=has_text,
        )
        if not is_open:
            return [row]
        style = ProseStyle(is_quiet=True)
        return [row, *self._markdown(place, part.text, style, part.full_bytes, indent=self._kit.px(38))]

    def _folded(
        self, place: PartPlace, icon: str, label: str, text: str, full_bytes: int | None, *, ink: QColor | None = None
    ) -> list[Block]:
        """A quiet row that unfolds to its text as it is."""
        is_open = self._folding.is_open(place)
        can_open = bool(text.strip())
        detail = "" if is_open else one_line(text)
        row = FoldRow(
            self._kit, icon, label, part=place.index, is_open=is_open, can_open=can_open, detail=detail, ink=ink
        )
        if not is_open or not can_open:
            return [row]
        return [row, *self._wells.long(place, text, full_bytes, language="", card=None, gap=self._kit.px(4))]

    def _error(self, place: PartPlace, part: ErrorPart) -> list[Block]:
        kit, t = self._kit, self._kit.tokens
        row = FoldRow(
            kit,
            "octagon-x",
            self._words.tr("Error"),
            part=place.index,
            is_open=True,
            can_open=False,
            ink=t.needs_look.ink,
        )
        row.gap = kit.px(10)
        body = self._wells.code(place.index, part.text.strip("\n"), "", card=None, gap=kit.px(4), kind="output")
        for block in body:
            if isinstance(block, TextBlock):
                block.set_tone(t.needs_look)
        return [row, *body, *self._wells.cut(place, part.full_bytes, card=None)]

    def _notice(self, place: PartPlace, part: Notice) -> list[Block]:
        tr, t = self._words.tr, self._kit.tokens
        match part.kind:
            case "compaction":
                return self._boundary(place, "layers", tr("Context compacted"), t.settled, part)
            case "interrupted":
                return self._boundary(
                    place, "circle-pause", one_line(part.text).strip("[]") or tr("Interrupted"), t.waiting, part
                )
            case "raw":
                text = _pretty(part.text)
                return self._folded(place, "code", tr("Record of a kind not known here"), text, part.full_bytes)
            case _:
                icon, label = _NOTICES.get(part.kind, ("info", ""))
                label = tr(label) if label else one_line(part.kind.replace("_", " "), 60).capitalize()
                ink = t.needs_look.ink if part.kind == "error" else None
                return self._folded(place, icon, label, part.text, part.full_bytes, ink=ink)

    def _boundary(self, place: PartPlace, icon: str, label: str, pair: Pair, part: Notice) -> list[Block]:
        can_open = "\n" in part.text.strip() or len(part.text) > 90
        is_open = can_open and self._folding.is_open(place)
        line = BoundaryBlock(self._kit, icon, label, pair, part=place.index, is_open=is_open, can_open=can_open)
        if not is_open:
            return [line]
        return [line, *self._markdown(place, part.text, ProseStyle(is_quiet=True), part.full_bytes)]

    def _unrenderable(self, place: PartPlace, part: Part, error: Exception) -> list[Block]:
        from parrot_desktop.domain.transcript.store import part_text

        note = self._words.tr("This part could not be shown as usual ({error})", error=type(error).__name__)
        shown = part_text(part)[:SHOWN_CHARS]
        return [
            self._aside(place.index, note, card=None, gap=self._kit.px(8)),
            *self._wells.plain(place.index, shown, card=None, gap=0),
        ]

    # Tools

    def _tool(
        self, place: PartPlace, call: ToolCall, result_place: PartPlace | None, result: ToolResult | None
    ) -> list[Block]:
        kit, words = self._kit, self._words
        card = cards.card(call, words, folder=self.folder)
        outcome = cards.outcome(call, result, words, is_live=self.is_live and self._is_last(place.n))
        is_open = self._folding.is_open(place)
        head = CardBlock(kit, card, outcome, part=place.index, is_open=is_open)
        if not is_open:
            return [head]
        found: list[Block] = [head]
        if card.place is not None:
            found.append(self._file_link(place.index, card.place))
        for section in sections.sections(call, result, words, folder=self.folder):
            owner = result_place if section.from_result and result_place is not None else place
            full = (result.full_bytes if result is not None else None) if section.from_result else call.full_bytes
            if section.label or not isinstance(section.content, sections.Note):
                found.append(LabelBlock(kit, section.label, part=place.index))
            found.extend(self._content(place.index, owner, section.content, full))
        if len(found) == 1:
            found.append(LabelBlock(kit, words.tr("Nothing more is recorded"), part=place.index))
        return [*found, CardFoot(kit, part=place.index)]

    def _file_link(self, part: int, place: FilePlace) -> Block:
        where = place.path if place.line is None else f"{place.path}:{place.line}"
        return LabelBlock(self._kit, clean(where), part=part, target=Target(Act.LINK, where, f"file:{where}"))

    def _content(self, part: int, owner: PartPlace, content: sections.Content, full_bytes: int | None) -> list[Block]:
        """A section of an opened card. ``part`` is the call's; ``owner`` is where the text comes from."""
        kit = self._kit
        card = Span.MIDDLE
        match content:
            case sections.Command():
                made: list[Block] = list(self._wells.code(part, content.text, "bash", card=card))
                if isinstance(made[0], TextBlock):
                    made[0].set_prompt("$")
                return made
            case sections.Output():
                return self._wells.long(owner, content.text, full_bytes, language="", card=card, part=part)
            case sections.Code():
                return self._wells.long(
                    owner,
                    content.text,
                    full_bytes,
                    language=content.language,
                    card=card,
                    part=part,
                    first_line=content.first_line,
                    is_output=False,
                )
            case sections.Diff():
                return self._wells.diff(owner, content.file.lines, content.file.path, part=part)
            case sections.Todos():
                return [TodoBlock(kit, Todo(clean(item.text), item.state), part=part) for item in content.items]
            case sections.Prose():
                return self._markdown(
                    PartPlace(owner.n, part), content.text, ProseStyle(), None, card=card
                ) + self._wells.cut(owner, full_bytes, card=card)
            case sections.Note():
                return self._note(part, content)

    def _note(self, part: int, note: sections.Note) -> list[Block]:
        if note.tone is Tone.MUTED and "\n" not in note.text and len(note.text) < 160:
            return [LabelBlock(self._kit, clean(note.text), part=part)]
        blocks = self._wells.code(part, note.text, "", card=Span.MIDDLE, kind="output")
        for block in blocks:
            if isinstance(block, TextBlock) and note.tone in {Tone.BAD, Tone.WAITING}:
                block.set_tone(self._kit.tokens.needs_look if note.tone is Tone.BAD else self._kit.tokens.waiting)
        return blocks

    def _image(self, place: PartPlace, media_type: str) -> Block:
        tr = self._words.tr
        image = self._folding.images.get(place)
        if place in self._folding.images and image is None:
            note = tr("{kind} cannot be shown", kind=clean(media_type)[:40])
        else:
            note = tr("Loading {kind}…", kind=clean(media_type)[:40])
        return ImageBlock(self._kit, place, image=image, note=note)

    def _lone_result(self, place: PartPlace, result: ToolResult) -> list[Block]:
        """A result whose call is not at hand."""
        call = ToolCall(call_id=result.call_id, name="", input=None)
        card = Card(ToolKind.OTHER, "corner-down-left", self._words.tr("Result"), one_line(result.text), None, None)
        outcome: tuple[Word, ...] = cards.outcome(call, result, self._words, is_live=False)
        is_open = self._folding.is_open(place)
        head = CardBlock(self._kit, card, outcome, part=place.index, is_open=is_open)
        if not is_open:
            return [head]
        gap = LabelBlock(self._kit, "", part=place.index)
        body = self._wells.long(place, result.text, result.full_bytes, language="", card=Span.MIDDLE)
        return [head, gap, *body, CardFoot(self._kit, part=place.index)]

    # Furniture

    def _step(self, step: str, *, is_first: bool) -> Block:
        name, meta = self._captions.step(step)
        known = self._captions.steps.get(step)
        status = known.status if known is not None else Status.PENDING
        glyph = step_glyph(known.skill if known is not None else None, name)
        pair = self._kit.tokens.status(status.group)
        return StepBlock(self._kit, name, meta, glyph, pair, is_first=is_first)

    def _is_last(self, n: int) -> bool:
        """Whether the agent said nothing after this message: only then may a call of it still run."""
        later = self._store.held(n + 1, min(self._store.total, n + 60))
        return self._store.total - n < 60 and all(message.role is not MessageRole.ASSISTANT for message in later)

    def _model_before(self, message: Message) -> str | None:
        for n in range(message.n - 1, max(0, message.n - 20), -1):
            before = self._store.get(n)
            if before is not None and before.role is MessageRole.ASSISTANT:
                return before.model
        return None


def _pretty(text: str) -> str:
    """A raw record in lines, where it is JSON."""
    try:
        return as_json(json.loads(text))
    except (ValueError, RecursionError):
        return text
