"""Aider's chat history: Markdown for people, from which runs, prompts, answers and rounded figures are taken.

``# aider chat started at 2026-01-01 10:00:00`` begins a run (local time), ``#### `` a line of a prompt, ``> `` a line
that Aider says itself, among them the model and what a request used. The rest is the answer.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from parrot_server.index.loose import number
from parrot_server.index.sources.base import TurnState
from parrot_server.index.tally import micros, tokens
from parrot_wire.session import Notice, Part, Text, Tokens
from parrot_wire.values import MessageRole

STARTED = b"# aider chat started at "
_STARTED = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_INPUT_AT = re.compile(r"# (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)?\s*$")
_MODEL = re.compile(r"(?:Main model|Model): (\S+)")
_VERSION = re.compile(r"Aider v(\S+)")
_TOKENS = re.compile(r"Tokens: ")
_COUNT = re.compile(r"([\d.,]+)([kKM]?) (sent|cache write|cache hit|received)")
_COST = re.compile(r"Cost: \$([\d.]+) message")
_TIMES = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000}
_FORMAT = "%Y-%m-%d %H:%M:%S"


class Used(NamedTuple):
    """What one request used, rounded as Aider shows it. ``cost`` in micro-dollars."""

    tokens: Tokens
    cost: int | None


class Piece(NamedTuple):
    """What was said without interruption, by whom, and the lines as they stand there."""

    role: MessageRole
    parts: tuple[Part, ...]
    raw: str
    used: Used | None = None


class Run(NamedTuple):
    """One run of Aider. ``started_ms`` since 1970, of this machine's local time."""

    started_ms: int | None
    version: str
    model: str | None
    pieces: list[Piece]

    @property
    def is_talk(self) -> bool:
        return any(piece.role is not MessageRole.SYSTEM for piece in self.pieces)

    @property
    def state(self) -> TurnState:
        said = [piece.role for piece in self.pieces if piece.role is not MessageRole.SYSTEM]
        if not said:
            return TurnState.NONE
        return TurnState.OPEN if said[-1] is MessageRole.USER else TurnState.CLOSED


def parse_run(text: str) -> Run:
    """One run, from its header on."""
    lines = text.split("\n")
    header = _STARTED.match(lines[0]) if lines else None
    pieces: list[Piece] = []
    version, model = "", None
    # A prompt's lines end in two blanks, an answer's headings of the same level do not; old histories have neither.
    has_blanks = any(line.startswith("#### ") and line.endswith("  ") for line in lines)
    role, held = MessageRole.SYSTEM, list[str]()
    for line in [*lines[1:], None]:
        now = None if line is None else _role_of(line, has_blanks=has_blanks)
        if line is not None and (now is role or now is None):
            held.append(line)
            continue
        piece = _piece(role, held)
        if piece is not None:
            pieces.append(piece)
        if line is not None and now is not None:
            role, held = now, [line]
    for piece in pieces:
        if piece.role is MessageRole.SYSTEM:
            version = _first(_VERSION, piece.raw) or version
            model = _first(_MODEL, piece.raw) or model
    return Run(local_ms(header[1]) if header is not None else None, version, model, pieces)


def local_ms(text: str) -> int | None:
    """Milliseconds since 1970 of a date and time on this machine's clock."""
    try:
        return int(datetime.strptime(text, _FORMAT).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def prompt_times(text: str) -> list[int]:
    """When something was typed, of ``.aider.input.history`` (ms since 1970), in its order."""
    found = (_INPUT_AT.match(line) for line in text.split("\n"))
    times = (local_ms(match[1]) for match in found if match is not None)
    return [at for at in times if at is not None]


def _role_of(line: str, *, has_blanks: bool) -> MessageRole | None:
    """None for a line that goes on with what was said."""
    if not line.strip():
        return None
    if line.startswith("#### ") or line.rstrip() == "####":
        return MessageRole.USER if line.endswith("  ") or not has_blanks else MessageRole.ASSISTANT
    return MessageRole.SYSTEM if line.startswith(">") else MessageRole.ASSISTANT


def _piece(role: MessageRole, lines: list[str]) -> Piece | None:
    raw = "\n".join(lines)
    match role:
        case MessageRole.USER:
            words = "\n".join(line.removeprefix("####").strip() for line in lines).strip()
            return Piece(role, (Text(text=words),), raw) if words else None
        case MessageRole.ASSISTANT:
            words = "\n".join(line.rstrip() for line in lines).strip()
            return Piece(role, (Text(text=words),), raw) if words else None
        case _:
            words = "\n".join(line.removeprefix(">").strip() for line in lines).strip()
            return Piece(role, (Notice(kind="output", text=words),), raw, _used(words)) if words else None


def _used(words: str) -> Used | None:
    """What the request before used; several lines of it add up."""
    sent = write = hit = received = 0
    cost: int | None = None
    is_told = False
    for line in words.split("\n"):
        if _TOKENS.search(line) is None:
            continue
        is_told = True
        for amount, scale, kind in _COUNT.findall(line):
            counted = int((number(amount.replace(",", "")) or 0) * _TIMES[scale])
            match kind:
                case "sent":
                    sent += counted
                case "cache write":
                    write += counted
                case "cache hit":
                    hit += counted
                case _:
                    received += counted
        charge = _COST.search(line)
        if charge is not None:
            cost = (cost or 0) + (micros(float(Decimal(charge[1]))) or 0)
    if not is_told:
        return None
    return Used(tokens(input=sent, output=received, cache_read=hit, cache_write=write), cost)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match is not None else None
