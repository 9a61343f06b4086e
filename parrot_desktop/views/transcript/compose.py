"""From the pieces of a message to its blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from parrot_desktop.domain.status_words import step_glyph
from parrot_desktop.domain.transcript import cards
from parrot_desktop.domain.transcript.ansi import plain, runs
from parrot_desktop.domain.transcript.cards import Card, FilePlace, Tone, Word
from parrot_desktop.domain.transcript.clean import clean, one_line
from parrot_desktop.domain.transcript.diff import LineKind
from parrot_desktop.domain.transcript.pieces import Heading, PartPiece, StepLine, TurnLine, View, pieces_of
from parrot_desktop.domain.transcript.results import bytes_text
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.domain.transcript.tools import ToolKind, as_json
from parrot_desktop.richtext.markdown import CodeBlock, Plain, Prose, Table, parse
from parrot_desktop.views.transcript.block import Act, Block, Span, Target, TextBlock
from parrot_desktop.views.transcript.documents import (
    chunks,
    code_document,
    diff_document,
    line_chunks,
    output_document,
    plain_document,
    run_chunks,
    run_text,
)
from parrot_desktop.views.transcript.prose import ProseStyle, table_document
from parrot_desktop.views.transcript.prose_block import ProseBlock
from parrot_desktop.views.transcript.rows import (
    BoundaryBlock,
    CardBlock,
    CardFoot,
    FoldRow,
    HeadingBlock,
    ImageBlock,
    LabelBlock,
    ShowAllBlock,
    StepBlock,
    TodoBlock,
    TurnBlock,
)
from parrot_wire.session import ErrorPart, Image, Message, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QColor, QImage, QTextDocument

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.diff import DiffLine
    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.transcript.kit import TranscriptKit
    from parrot_wire.session import Part

SHOWN_LINES = 160
SHOWN_CHARS = 24_000
TAIL_LINES = 40
"""A longer text is cut: a program's output keeps its end too, where it usually says what became of it."""


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
    "reminder": ("info", "Reminder to the model"),
    "continued": ("corner-down-left", "Continued"),
    "info": ("info", "Note"),
}
"""What a program says of itself: icon and label by its kind."""


@dataclass(slots=True)
class Folding:
    """What a reader opened, and what was fetched for it."""

    opened: set[PartPlace] = field(default_factory=set[PartPlace])
    closed: set[PartPlace] = field(default_factory=set[PartPlace])
    """Parts folded by hand while everything is unfolded."""
    all_open: bool = False
    whole: set[PartPlace] = field(default_factory=set[PartPlace])
    """Shown uncut."""
    fetched: dict[PartPlace, Part] = field(default_factory=dict[PartPlace, "Part"])
    images: dict[PartPlace, QImage | None] = field(default_factory=dict[PartPlace, "QImage | None"])
    """None where the bytes are no image that can be shown."""

    def is_open(self, place: PartPlace) -> bool:
        return place in self.opened or (self.all_open and place not in self.closed)

    def clear(self) -> None:
        for held in (self.opened, self.closed, self.whole, self.fetched, self.images):
            held.clear()
        self.all_open = False

    def set_all(self, is_open: bool) -> None:
        self.all_open = is_open
        self.opened.clear()
        self.closed.clear()

    def toggle(self, place: PartPlace) -> bool:
        """Returns whether it is open now."""
        if self.is_open(place):
            self.opened.discard(place)
            self.closed.add(place)
            return False
        self.opened.add(place)
        self.closed.discard(place)
        return True


class Composer:
    """Makes the blocks of messages, for one session, kit and filter."""

    def __init__(
        self, kit: TranscriptKit, store: TranscriptStore, captions: Captions, folding: Folding, *, view: View
    ) -> None:
        self._kit, self._store, self._captions, self._folding = kit, store, captions, folding
        self._words = captions.words
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
                    found.extend(self._code(part, segment.text, segment.language, card=card, gap=gap, indent=indent))
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
                    found.extend(self._plain(part, segment.text, card=card, gap=0, indent=indent))
        return [*found, *self._cut(place, full_bytes, card=card)]

    def _plain(self, part: int, text: str, *, card: Span | None, gap: int, indent: int = 0) -> list[Block]:
        kit = self._kit
        found: list[Block] = []
        for chunk in chunks(clean(text)):
            made = partial(plain_document, chunk, kit)
            lines = chunk.count("\n") + 1
            found.append(
                TextBlock(
                    kit,
                    made,
                    chars=len(chunk),
                    lines=lines,
                    part=part,
                    gap=0 if found else gap,
                    card=card,
                    indent=indent,
                    text=partial(_as_is, chunk),
                )
            )
        return found

    def _aside(self, part: int, text: str, *, card: Span | None, gap: int) -> Block:
        if card is not None:
            return LabelBlock(self._kit, text, part=part)
        row = FoldRow(self._kit, "info", text, part=part, is_open=False, can_open=False)
        row.gap = gap
        return row

    def _code(
        self,
        part: int,
        text: str,
        language: str,
        *,
        card: Span | None,
        gap: int = 0,
        indent: int = 0,
        first_line: int | None = None,
        is_cut: bool = False,
        kind: str = "code",
    ) -> list[Block]:
        """A well of fixed-pitch text. ``is_cut``: a block follows in the same well. ``kind``: code or output."""
        kit = self._kit
        pieces: list[tuple[str, Callable[[], QTextDocument]]]
        if kind == "output":
            pieces = [(run_text(chunk), partial(output_document, chunk, kit)) for chunk in run_chunks(runs(text))]
        else:
            text = clean(text)
            pieces = [(chunk, partial(code_document, chunk, language, kit)) for chunk in chunks(text)]
        found: list[Block] = []
        line = first_line
        width = len(str((first_line or 1) + text.count("\n")))
        for number, (chunk, make) in enumerate(pieces):
            count = chunk.count("\n") + 1
            gutter: Sequence[str] = ()
            if line is not None:
                gutter = [str(at).rjust(width) for at in range(line, line + count)]
                line += count
            found.append(
                TextBlock(
                    kit,
                    make,
                    chars=len(chunk),
                    lines=count,
                    is_mono=True,
                    part=part,
                    gap=gap if number == 0 else 0,
                    card=card,
                    well=_span(number, len(pieces) + is_cut),
                    gutter=gutter,
                    indent=indent,
                    copy_text=partial(_copied, text) if number == 0 else None,
                    text=partial(_as_is, chunk),
                )
            )
        return found

    def _cut(
        self, place: PartPlace, full_bytes: int | None, *, card: Span | None, well: Span | None = None
    ) -> list[Block]:
        """The way to the rest of a part that the server cut."""
        if full_bytes is None or place in self._folding.fetched:
            return []
        text = self._words.tr("Show all ({size})", size=bytes_text(full_bytes))
        return [ShowAllBlock(self._kit, text, part=place.index, card=card, well=well)]

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
        return [row, *self._long(place, text, full_bytes, language="", card=None, gap=self._kit.px(4))]

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
        body = self._code(place.index, part.text.strip("\n"), "", card=None, gap=kit.px(4), kind="output")
        for block in body:
            if isinstance(block, TextBlock):
                block.set_tone(t.needs_look)
        return [row, *body, *self._cut(place, part.full_bytes, card=None)]

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
            *self._plain(place.index, shown, card=None, gap=0),
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
        for section in cards.sections(call, result, words, folder=self.folder):
            owner = result_place if section.from_result and result_place is not None else place
            full = (result.full_bytes if result is not None else None) if section.from_result else call.full_bytes
            if section.label or not isinstance(section.content, cards.Note):
                found.append(LabelBlock(kit, section.label, part=place.index))
            found.extend(self._content(place.index, owner, section.content, full))
        if len(found) == 1:
            found.append(LabelBlock(kit, words.tr("Nothing more is recorded"), part=place.index))
        return [*found, CardFoot(kit, part=place.index)]

    def _file_link(self, part: int, place: FilePlace) -> Block:
        where = place.path if place.line is None else f"{place.path}:{place.line}"
        return LabelBlock(self._kit, clean(where), part=part, target=Target(Act.LINK, where, f"file:{where}"))

    def _content(self, part: int, owner: PartPlace, content: cards.Content, full_bytes: int | None) -> list[Block]:
        """A section of an opened card. ``part`` is the call's; ``owner`` is where the text comes from."""
        kit = self._kit
        card = Span.MIDDLE
        match content:
            case cards.Command():
                made: list[Block] = list(self._code(part, content.text, "bash", card=card))
                if isinstance(made[0], TextBlock):
                    made[0].set_prompt("$")
                return made
            case cards.Output():
                return self._long(owner, content.text, full_bytes, language="", card=card, part=part)
            case cards.Code():
                return self._long(
                    owner,
                    content.text,
                    full_bytes,
                    language=content.language,
                    card=card,
                    part=part,
                    first_line=content.first_line,
                    is_output=False,
                )
            case cards.Diff():
                return self._diff(owner, content.file.lines, content.file.path, part=part)
            case cards.Todos():
                return [TodoBlock(kit, cards.Todo(clean(item.text), item.state), part=part) for item in content.items]
            case cards.Prose():
                return self._markdown(
                    PartPlace(owner.n, part), content.text, ProseStyle(), None, card=card
                ) + self._cut(owner, full_bytes, card=card)
            case cards.Note():
                return self._note(part, content)

    def _note(self, part: int, note: cards.Note) -> list[Block]:
        if note.tone is Tone.MUTED and "\n" not in note.text and len(note.text) < 160:
            return [LabelBlock(self._kit, clean(note.text), part=part)]
        blocks = self._code(part, note.text, "", card=Span.MIDDLE, kind="output")
        for block in blocks:
            if isinstance(block, TextBlock) and note.tone in {Tone.BAD, Tone.WAITING}:
                block.set_tone(self._kit.tokens.needs_look if note.tone is Tone.BAD else self._kit.tokens.waiting)
        return blocks

    def _long(
        self,
        owner: PartPlace,
        text: str,
        full_bytes: int | None,
        *,
        language: str,
        card: Span | None,
        gap: int = 0,
        part: int | None = None,
        first_line: int | None = None,
        is_output: bool = True,
    ) -> list[Block]:
        """Fixed-pitch text, cut where it is long until all of it is asked for."""
        kit = self._kit
        part = owner.index if part is None else part
        kind = "output" if is_output else "code"
        is_server_cut = full_bytes is not None and owner not in self._folding.fetched
        lines = text.split("\n")
        is_long = len(lines) > SHOWN_LINES + TAIL_LINES or len(text) > SHOWN_CHARS * 1.3
        if owner in self._folding.whole or not (is_long or is_server_cut):
            return self._code(part, text, language, card=card, gap=gap, first_line=first_line, kind=kind, is_cut=False)
        size = full_bytes if full_bytes is not None else len(text.encode("utf-8", "replace"))
        head = "\n".join(lines[:SHOWN_LINES])[:SHOWN_CHARS]
        tail = ""
        if is_output and not is_server_cut and len(lines) > SHOWN_LINES + TAIL_LINES:
            tail = "\n".join(lines[-TAIL_LINES:])[-SHOWN_CHARS // 4 :]
        found = self._code(part, head, language, card=card, gap=gap, first_line=first_line, kind=kind, is_cut=True)
        if tail:
            hidden = len(lines) - SHOWN_LINES - TAIL_LINES
            label = self._words.plural(
                hidden,
                "{n} line is left out · Show all ({size})",
                "{n} lines are left out · Show all ({size})",
                size=bytes_text(size),
            )
        else:
            label = self._words.tr("Show all ({size})", size=bytes_text(size))
        found.append(ShowAllBlock(kit, label, part=part, card=card, well=Span.MIDDLE if tail else Span.BOTTOM))
        if tail:
            pieces = runs(tail)
            found.append(
                TextBlock(
                    kit,
                    partial(output_document, pieces, kit),
                    chars=len(tail),
                    lines=TAIL_LINES,
                    is_mono=True,
                    part=part,
                    card=card,
                    well=Span.BOTTOM,
                    text=partial(run_text, pieces),
                )
            )
        return found

    def _diff(self, owner: PartPlace, lines: Sequence[DiffLine], path: str, *, part: int) -> list[Block]:
        kit = self._kit
        is_cut = len(lines) > SHOWN_LINES * 2 and owner not in self._folding.whole
        shown = lines[: SHOWN_LINES * 2] if is_cut else lines
        pieces = list(line_chunks(shown))
        width = max((len(str(line.new or line.old or "")) for line in shown), default=0)
        found: list[Block] = []
        language = path.replace("\\", "/").rpartition("/")[2]
        for number, piece in enumerate(pieces):
            made = partial(diff_document, piece, language, kit)
            found.append(
                TextBlock(
                    kit,
                    made,
                    chars=sum(len(line.text) for line in piece),
                    lines=len(piece),
                    is_mono=True,
                    part=part,
                    card=Span.MIDDLE,
                    well=_span(number, len(pieces) + is_cut),
                    gutter=[_diff_gutter(line, width) for line in piece],
                    grounds=[kit.diff_grounds.get(line.kind) for line in piece],
                    copy_text=partial(_diff_text, lines) if number == 0 else None,
                    text=partial(_shown_text, piece),
                )
            )
        if is_cut:
            text = self._words.plural(len(lines), "Show the {n} line", "Show all {n} lines")
            found.append(ShowAllBlock(kit, text, part=part, card=Span.MIDDLE, well=Span.BOTTOM))
        return found

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
        body = self._long(place, result.text, result.full_bytes, language="", card=Span.MIDDLE)
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


def _span(number: int, count: int) -> Span:
    if count == 1:
        return Span.WHOLE
    if number == 0:
        return Span.TOP
    return Span.BOTTOM if number == count - 1 else Span.MIDDLE


def _as_is(text: str) -> str:
    return text


def _diff_gutter(line: DiffLine, width: int) -> str:
    number = line.new if line.new is not None else line.old
    sign = {LineKind.ADDED: "+", LineKind.REMOVED: "\N{MINUS SIGN}", LineKind.GAP: "⋯"}.get(line.kind, " ")
    return f"{str(number or '').rjust(width)} {sign}" if width else sign


def _copied(text: str) -> str:
    """Output is copied without its colours."""
    return plain(text)


def _shown_text(lines: Sequence[DiffLine]) -> str:
    return "\n".join(clean(line.text).replace("\n", " ") for line in lines)


def _diff_text(lines: Sequence[DiffLine]) -> str:
    return "\n".join(f"{line.kind}{line.text}" for line in lines)


def _pretty(text: str) -> str:
    """A raw record in lines, where it is JSON."""
    try:
        return as_json(json.loads(text))
    except (ValueError, RecursionError):
        return text
