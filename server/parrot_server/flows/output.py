"""What a command prints, made readable while it comes: text without terminal codes, and its last line."""

from __future__ import annotations

import codecs
import re

_ESCAPE = re.compile(
    r"""\x1b\[[0-?]*[ -/]*[@-~]      # control sequences: colours, cursor moves
      | \x1b\][^\x07\x1b]*(?:\x07|\x1b\\)  # operating system commands: titles, links
      | \x1b[PX^_][^\x1b]*\x1b\\     # other strings
      | \x1b[ -/]*[0-~]              # short ones
      | [\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]""",
    re.VERBOSE,
)
_UNFINISHED_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)?\Z")
_LONGEST_ESCAPE = 4_000
MAX_LINE_CHARS = 200_000
MAX_RESULT_CHARS = 32_000


class OutputText:
    """Bytes in, lines out. A line that is written over (``\\r``, as progress bars do) counts as its last state."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held: str = ""
        self.line: str = ""
        """The line that is being written."""
        self._last_whole = ""

    @property
    def last_line(self) -> str:
        """The last line that says something, the one being written included; cut at `MAX_RESULT_CHARS`."""
        return self.line.strip()[:MAX_RESULT_CHARS] or self._last_whole

    def finish(self) -> str:
        """The end: what was held back, and the line that was being written."""
        rest = self._feed(b"", final=True) + self.line
        self._last_whole, self.line = self.last_line, ""
        return rest

    def feed(self, data: bytes) -> str:
        """The lines that this completes, each with its newline."""
        return self._feed(data, final=False)

    def _feed(self, data: bytes, *, final: bool) -> str:
        text: str = self._held + self._decoder.decode(data, final)
        self._held = ""
        unfinished = _UNFINISHED_ESCAPE.search(text)
        if unfinished and len(text) - unfinished.start() < _LONGEST_ESCAPE:
            self._held = "" if final else text[unfinished.start() :]
            text = text[: unfinished.start()]
        text = _ESCAPE.sub("", text)
        if text.endswith("\r") and not final:
            self._held = "\r" + self._held  # its newline may be in the next piece
            text = text[:-1]
        *lines, rest = (self.line + text).replace("\r\n", "\n").split("\n")
        lines = [_overwritten(line) for line in lines]
        self.line = _overwritten(rest)[-MAX_LINE_CHARS:]
        said = next((line.strip() for line in reversed(lines) if line.strip()), None)
        if said is not None:
            self._last_whole = said[:MAX_RESULT_CHARS]
        return "".join(line + "\n" for line in lines)


def _overwritten(line: str) -> str:
    """What a terminal would still show: the last piece between carriage returns that holds something."""
    if "\r" not in line:
        return line
    return next((piece for piece in reversed(line.split("\r")) if piece), "")
