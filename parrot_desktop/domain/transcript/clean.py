"""Text from transcripts made safe to draw: whatever could hide, reorder or forge what is read becomes visible.

Ordinary right-to-left text is left alone; only the invisible characters that reorder text show as their numbers.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    # CSI; OSC, DCS, SOS, PM and APC up to their end; other two-character escapes.
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|\x9b[0-?]*[ -/]*[@-~]"
)
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f\ud800-\udfff]"
)
_DROPPED = re.compile("[\u200b\u2060\ufeff]")
_ANY = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def strip_escapes(text: str) -> str:
    """The text without terminal escapes."""
    return _ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text else text


def clean(text: str) -> str:
    """Text that is safe to draw: no escapes, one kind of newline, nothing invisible that changes what is read.

    Control characters become their pictures (``␀``), characters that reorder or hide text become ``⟨U+202E⟩``.
    """
    if _ANY.search(text) is None:
        return text
    text = _NEWLINES.sub("\n", strip_escapes(text))
    return _UNSEEN.sub(_shown, _DROPPED.sub("", text))


def one_line(text: str, limit: int = 300) -> str:
    """The start of the text on one line, for a summary."""
    return " ".join(clean(text[: limit * 4]).split())[:limit]


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"⟨U+{code:04X}⟩"
