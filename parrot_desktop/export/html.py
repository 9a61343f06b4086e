"""A session as one HTML file that stands alone: no scripts, nothing loaded from anywhere, both themes."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

from parrot_desktop.domain.transcript import cards, sections
from parrot_desktop.domain.transcript.ansi import runs
from parrot_desktop.domain.transcript.cards import Tone
from parrot_desktop.domain.transcript.clean import clean, one_line
from parrot_desktop.domain.transcript.diff import LineKind
from parrot_desktop.domain.transcript.pieces import Heading, PartPiece, StepLine, TurnLine, View, pieces_of
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.export.html_style import STYLE
from parrot_desktop.export.markdown import store_of
from parrot_desktop.richtext.highlight import spans
from parrot_desktop.richtext.markdown import MAX_CHARS, CodeBlock, Plain, link_target, make_parser, parse
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererProtocol
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from parrot_desktop.domain.transcript.ansi import Style
    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_desktop.export.session_export import SessionExport
    from parrot_wire.session import Message

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_IMAGE_KINDS = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def html_document(export: SessionExport) -> str:
    """The whole file."""
    tr = export.captions.words.tr
    title = escape(one_line(export.detail.title))
    facts = "".join(f"<dt>{escape(fact.label)}</dt><dd>{escape(clean(fact.value))}</dd>" for fact in export.facts)
    writer = _Writer(export, store_of(export))
    body = "".join(writer.message(message) for message in export.messages)
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n"
        f"<details open><summary>{escape(tr('What is known'))}</summary><dl>{facts}"
        f"<dt>{escape(tr('Exported'))}</dt><dd>{escape(export.exported_at)}</dd></dl></details>\n"
        f"{body}</main></body></html>\n"
    )


class _Writer:
    def __init__(self, export: SessionExport, store: TranscriptStore) -> None:
        self._export, self._store = export, store
        self._captions = export.captions
        self._markdown = _markdown_renderer()

    def message(self, message: Message) -> str:
        pieces = pieces_of(message, self._store, View())
        if not pieces:
            return ""
        inside = "".join(self._piece(message, piece) for piece in pieces)
        return f'<section id="m{message.n}">{inside}</section>\n'

    def _piece(self, message: Message, piece: Heading | TurnLine | StepLine | PartPiece) -> str:
        turns, captions = self._store.turns, self._captions
        match piece:
            case Heading():
                name, meta = captions.heading(piece, turns.get(piece.turn or 0))
                return f"<h2>{escape(name)} <small>{escape(meta)}</small></h2>"
            case TurnLine():
                text = captions.turn_line(piece, turns.get(piece.turn), model_before=piece.model)
                return f'<p class="turn">{escape(text)}</p>'
            case StepLine():
                name, meta = captions.step(piece.step)
                return f'<h2 class="step">{escape(name)} <small>{escape(meta)}</small></h2>'
            case PartPiece():
                return self._part(message, piece)

    def _part(self, message: Message, piece: PartPiece) -> str:
        tr = self._captions.words.tr
        match piece.part:
            case Text(text=text) if message.role in {MessageRole.USER, MessageRole.ASSISTANT}:
                css = "prompt" if message.role is MessageRole.USER else "answer"
                return f'<div class="{css}">{self.prose(text)}</div>'
            case Text(text=text):
                return _folded(tr("System message"), f"<pre>{escape(clean(text))}</pre>")
            case Thinking(text=text):
                return _folded(self._captions.thought(piece.thought_ms), f'<div class="quiet">{self.prose(text)}</div>')
            case ToolCall() as call:
                return self._tool(call, piece.result[1] if piece.result else None)
            case ToolResult(text=text):
                return _folded(tr("Result"), f"<pre>{output_html(text)}</pre>")
            case Image(media_type=media_type):
                return self._image(PartPlace(message.n, piece.index), media_type)
            case ErrorPart(text=text):
                return f'<pre class="bad">{output_html(text)}</pre>'
            case Notice(kind=kind, text=text):
                return _folded(f"{kind}: {one_line(text, 120)}", f"<pre>{escape(clean(text))}</pre>")

    def prose(self, text: str) -> str:
        """Markdown as HTML; what is not read as Markdown stands as it is."""
        if len(text) > MAX_CHARS or any(isinstance(segment, Plain) for segment in parse(text)):
            return f"<pre>{escape(clean(text))}</pre>"
        return self._markdown.render(clean(text))

    def _tool(self, call: ToolCall, result: ToolResult | None) -> str:
        words = self._captions.words
        folder = self._export.detail.cwd
        card = cards.card(call, words, folder=folder)
        said = " ".join(
            f'<span class="{word.tone}">{escape(word.text)}</span>'
            for word in cards.outcome(call, result, words, is_live=False)
        )
        inside = ""
        for section in sections.sections(call, result, words, folder=folder):
            label = f'<p class="label">{escape(section.label)}</p>' if section.label else ""
            inside += label + self._content(section.content)
        head = f"<b>{escape(card.label)}</b> <code>{escape(card.summary)}</code><span class=outcome>{said}</span>"
        return f'<details class="card"><summary>{head}</summary>{inside}</details>'

    def _content(self, content: sections.Content) -> str:
        match content:
            case sections.Command(text=text):
                return f"<pre>$ {code_html(clean(text), 'bash')}</pre>"
            case sections.Code(text=text, language=language, first_line=first):
                return f"<pre>{_numbered(code_html(clean(text), language), first)}</pre>"
            case sections.Output(text=text):
                return f"<pre>{output_html(text)}</pre>"
            case sections.Diff(file=file):
                css = {LineKind.ADDED: "add", LineKind.REMOVED: "del", LineKind.GAP: "gap", LineKind.SAME: "same"}
                lines = "".join(
                    f'<span class="{css[line.kind]}">{line.kind} {escape(clean(line.text))}\n</span>'
                    for line in file.lines
                )
                return f'<pre class="diff">{lines}</pre>'
            case sections.Todos(items=items):
                boxes = {"completed": "☑", "in_progress": "◐", "cancelled": "☒"}
                lines = "".join(f"<li>{boxes.get(item.state, '☐')} {escape(clean(item.text))}</li>" for item in items)
                return f'<ul class="todos">{lines}</ul>'
            case sections.Prose(text=text):
                return f'<div class="prose">{self.prose(text)}</div>'
            case sections.Note(text=text, tone=tone):
                css = "bad" if tone is Tone.BAD else "note"
                return f'<pre class="{css}">{escape(clean(text))}</pre>'

    def _image(self, place: PartPlace, media_type: str) -> str:
        image = self._export.images.get(place)
        if image is None or image.media_type not in _IMAGE_KINDS:
            return f'<p class="note">{escape(self._captions.words.tr("Image ({kind})", kind=media_type))}</p>'
        data = base64.b64encode(image.data).decode()
        return f'<p><img alt="" src="data:{image.media_type};base64,{data}"></p>'


def code_html(text: str, language: str) -> str:
    """Code with its colours as classes."""
    found: list[str] = []
    at = 0
    for span in spans(text, language):
        found.append(escape(text[at : span.start]))
        found.append(f'<i class="{span.ink}">{escape(text[span.start : span.end])}</i>')
        at = span.end
    return "".join([*found, escape(text[at:])])


def output_html(text: str) -> str:
    """What a program printed, with its colours."""
    found: list[str] = []
    for run in runs(text):
        css = _ansi_css(run.style)
        found.append(f'<span style="{css}">{escape(run.text)}</span>' if css else escape(run.text))
    return "".join(found)


_ANSI = ("#6b7280", "#d64550", "#2f9e62", "#a8790b", "#3b73e0", "#a14bc4", "#1d8a99", "#8a94a3")


def _ansi_css(style: Style) -> str:
    rules: list[str] = []
    for name, colour in (("color", style.ink), ("background", style.ground)):
        if isinstance(colour, int):
            rules.append(f"{name}:{_ANSI[colour % 8]}")
        elif colour is not None:
            rules.append(f"{name}:rgb({colour[0]},{colour[1]},{colour[2]})")
    if style.bold:
        rules.append("font-weight:700")
    if style.dim:
        rules.append("opacity:.7")
    if style.italic:
        rules.append("font-style:italic")
    if style.underline:
        rules.append("text-decoration:underline")
    return ";".join(rules)


def _numbered(code: str, first: int | None) -> str:
    if first is None:
        return code
    lines = code.split("\n")
    width = len(str(first + len(lines)))
    return "\n".join(f'<i class="no">{number:>{width}}</i> {line}' for number, line in enumerate(lines, first))


def _folded(label: str, inside: str) -> str:
    return f'<details><summary class="quiet">{escape(label)}</summary>{inside}</details>'


def _markdown_renderer() -> Any:
    """Markdown whose links lead to the web alone, and which loads no image."""
    parser = make_parser()

    def fence(_self: RendererProtocol, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
        info = tokens[at].info.split()
        block = CodeBlock(tokens[at].content.rstrip("\n"), info[0] if info else "")
        return f"<pre>{code_html(block.text, block.language)}</pre>\n"

    def image(_self: RendererProtocol, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
        return f"<em>🖼 {escape(tokens[at].content)}</em>"

    def link_open(
        _self: RendererProtocol, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        target = link_target(str(tokens[at].attrGet("href") or ""))
        if target is None or target.startswith("file:"):
            return "<a>"
        return f'<a href="{escape(target)}" rel="noreferrer noopener">'

    parser.add_render_rule("fence", fence)
    parser.add_render_rule("code_block", fence)
    parser.add_render_rule("image", image)
    parser.add_render_rule("link_open", link_open)
    return parser
