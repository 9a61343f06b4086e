"""Terminal output as runs of styled text: colours are kept, every other escape is dropped.

Carriage returns and backspaces act as on a terminal line by line, so that a progress bar reads as its last state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parrot_desktop.domain.transcript.clean import clean

Colour = int | tuple[int, int, int]
"""A colour of the terminal's sixteen (0 to 15), or red, green and blue."""

_SGR = re.compile(r"\x1b\[([0-9;:]*)m|\x9b([0-9;:]*)m")


@dataclass(frozen=True, slots=True)
class Style:
    ink: Colour | None = None
    ground: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    inverse: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    style: Style


def runs(text: str) -> list[Run]:
    """Styled runs in order; joined, their texts are what is shown. No run is empty."""
    if "\r" in text or "\b" in text:
        text = "\n".join(_settled(line) for line in text.replace("\r\n", "\n").split("\n"))
    if "\x1b" not in text and "\x9b" not in text:
        shown = clean(text)
        return [Run(shown, PLAIN)] if shown else []
    found: list[Run] = []
    style, at = PLAIN, 0

    def add(piece: str) -> None:
        shown = clean(piece)
        if not shown:
            return
        if found and found[-1].style == style:
            found[-1] = Run(found[-1].text + shown, style)
        else:
            found.append(Run(shown, style))

    for match in _SGR.finditer(text):
        add(text[at : match.start()])
        style = _apply(style, match[1] if match[1] is not None else match[2])
        at = match.end()
    add(text[at:])
    return found


def plain(text: str) -> str:
    """The text as shown, without its colours."""
    return "".join(run.text for run in runs(text))


def _settled(line: str) -> str:
    """One line after its carriage returns and backspaces: what was written last."""
    if "\r" in line:
        pieces = [piece for piece in line.split("\r") if piece]
        line = pieces[-1] if pieces else ""
    while "\b" in line:
        shorter = re.sub("[^\x08]\x08", "", line)
        if shorter == line:
            return line.replace("\b", "")
        line = shorter
    return line


def _apply(style: Style, parameters: str) -> Style:
    codes = [int(code) if code.isdigit() else 0 for code in re.split("[;:]", parameters)]
    at = 0
    while at < len(codes):
        code = codes[at]
        at += 1
        if code in {38, 48}:
            colour, used = _extended(codes[at:])
            at += used
            if colour is not None:
                style = replace(style, ink=colour) if code == 38 else replace(style, ground=colour)
        else:
            style = _simple(style, code)
    return style


def _simple(style: Style, code: int) -> Style:
    match code:
        case 0:
            return PLAIN
        case 1:
            return replace(style, bold=True)
        case 2:
            return replace(style, dim=True)
        case 3:
            return replace(style, italic=True)
        case 4:
            return replace(style, underline=True)
        case 7:
            return replace(style, inverse=True)
        case 9:
            return replace(style, strike=True)
        case 22:
            return replace(style, bold=False, dim=False)
        case 23:
            return replace(style, italic=False)
        case 24:
            return replace(style, underline=False)
        case 27:
            return replace(style, inverse=False)
        case 29:
            return replace(style, strike=False)
        case 39:
            return replace(style, ink=None)
        case 49:
            return replace(style, ground=None)
        case _ if 30 <= code <= 37:
            return replace(style, ink=code - 30)
        case _ if 90 <= code <= 97:
            return replace(style, ink=code - 82)
        case _ if 40 <= code <= 47:
            return replace(style, ground=code - 40)
        case _ if 100 <= code <= 107:
            return replace(style, ground=code - 92)
        case _:
            return style


def _extended(codes: list[int]) -> tuple[Colour | None, int]:
    """The colour after 38 or 48, and how many codes it took."""
    if len(codes) >= 2 and codes[0] == 5:
        return _of_256(codes[1]), 2
    if len(codes) >= 4 and codes[0] == 2:
        red, green, blue = (min(255, value) for value in codes[1:4])
        return (red, green, blue), 4
    return None, len(codes)


def _of_256(number: int) -> Colour:
    number = min(255, number)
    if number < 16:
        return number
    if number >= 232:
        grey = 8 + (number - 232) * 10
        return grey, grey, grey
    steps = (0, 95, 135, 175, 215, 255)
    cube = number - 16
    return steps[cube // 36], steps[cube // 6 % 6], steps[cube % 6]
